"""What every renderer says in the same words: labels, counts and short sentences.

Plain text, unescaped: each renderer escapes what it gets for its own format.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, assert_never

from drift.findings import (
    Acceptance,
    AcceptanceProblem,
    Action,
    Changes,
    CoverageEntry,
    Difference,
    Finding,
    Kind,
    Note,
    Report,
    StaleAcceptance,
    Standing,
    Subject,
    TrackedFinding,
    UnverifiedField,
    Value,
    Verdict,
)
from drift.log_format import LogFormatChange
from drift.model import Coverage, DeclarationSource

NOTHING: Final = "(none)"
"""Stands for an absent value."""

ACTIONS: Final = {
    Action.REVERT: "Revert",
    Action.ADOPT: "Adopt",
    Action.DELETE: "Delete",
    Action.GRANT: "Grant",
    Action.INSPECT: "Look",
}

KINDS: Final = {
    Kind.REPLACED: "Replaced",
    Kind.MISSING: "Missing",
    Kind.MODIFIED: "Modified",
    Kind.TAGS_MODIFIED: "Other tags",
    Kind.COLLISION: "Will collide",
    Kind.UNMANAGED: "Unmanaged",
    Kind.UNDELIVERED: "Undelivered",
    Kind.UNVERIFIED: "Not verified",
}

GISTS: Final = {
    Kind.REPLACED: "another one stands in its place",
    Kind.MISSING: "gone, and nothing stands in its place",
    Kind.MODIFIED: "not as declared",
    Kind.TAGS_MODIFIED: "tags not as declared",
    Kind.COLLISION: "a live twin stands in the way",
    Kind.UNMANAGED: "declared by nothing that was read",
    Kind.UNDELIVERED: "its records do not arrive",
    Kind.UNVERIFIED: "could not be read or compared",
}
"""What a kind says of a flow log, where there are no fields to name."""

STANDINGS: Final = {
    Standing.NEW: "New",
    Standing.STILL_OPEN: "Still open",
    Standing.RESOLVED: "Resolved",
    Standing.UNVERIFIED: "Could not be verified",
}

VERDICTS: Final = {
    Verdict.IN_SYNC: "In sync",
    Verdict.DRIFTED: "Drifted",
    Verdict.UNVERIFIED: "Not verified",
}

REORDERED: Final = "the columns that both have stand in another order"

_SAID_BY_A_FINDING: Final = frozenset(
    {Note.DELIVERY_FAILED, Note.NOT_ACTIVE, Note.CREATE_WOULD_COLLIDE}
)
"""Notes that repeat what a finding of its own says better."""


# -- the whole report --------------------------------------------------------------------------


def counts(report: Report) -> str:
    """Return the report in numbers: `1 missing, 2 in sync; 3 flow logs declared, 2 live`."""
    summary = report.summary
    counted = (
        (summary.replaced, "replaced"),
        (summary.missing, "missing"),
        (summary.modified, "modified"),
        (summary.tags_modified, "with other tags"),
        (summary.collision, "about to collide"),
        (summary.undelivered, "undelivered"),
        (summary.unmanaged, "unmanaged"),
        (summary.unverified, "not verified"),
        (summary.accepted, "accepted"),
        (summary.in_sync, "in sync"),
        (len(report.pending), "to be created"),
    )
    parts = [f"{number} {what}" for number, what in counted if number]
    scale = f"{plural(summary.declared, 'flow log')} declared, {summary.live} live"
    return f"{', '.join(parts) or 'nothing to compare'}; {scale}"


def headline(report: Report) -> str:
    """Return how it ended, in a line: `Drifted: 1 missing; 3 flow logs declared, 2 live`."""
    return f"{VERDICTS[report.verdict]}: {counts(report)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A note on flow logs in sync, or on the whole run where there are none."""

    note: Note
    names: tuple[str, ...] = ()


def remarks(report: Report) -> tuple[Remark, ...]:
    """Return what is worth knowing although nothing is wrong, one for each kind of note."""
    named: dict[Note, list[str]] = defaultdict(list)
    for entry in report.in_sync:
        for note in worth_saying(entry.notes):
            named[note].append(entry.subject.name)
    return (
        *(Remark(note=note) for note in report.notes),
        *(Remark(note=note, names=tuple(names)) for note, names in named.items()),
    )


def worth_saying(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Leave out the notes that a finding of its own says better."""
    return tuple(note for note in notes if note not in _SAID_BY_A_FINDING)


# -- one finding -------------------------------------------------------------------------------


def stack(of: Subject | DeclarationSource) -> str:
    """Return `project/stack`, as much of it as is known."""
    return "/".join(part for part in (of.project, of.stack) if part)


def place(account: str | None, region: str | None) -> str:
    """Return `123456789012 us-east-1`, as much of it as is known."""
    return " ".join(part for part in (account, region) if part)


def whereabouts(subject: Subject) -> str:
    """Return `net/prod, 123456789012 us-east-1`, as much of it as is known."""
    parts = (stack(subject), place(subject.account, subject.region))
    return ", ".join(part for part in parts if part)


def position(report: Report, subject: Subject) -> str | None:
    """Return `infra/net/network.py:12`, of a declaration whose file is in the repository."""
    path = report.path_in_repository(subject)
    if path is None or subject.declared_at is None:
        return None
    return f"{path}:{subject.declared_at.line}"


def shown(value: Value) -> str:
    """Return a field's value for a person; white space that would not be seen gets quotes."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case str():
            plain = value == value.strip() and value and "  " not in value
            return value if plain else f'"{value}"'
        case int():
            return str(value)
        case tuple():
            return "; ".join(value)
        case _:
            assert_never(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """What happened to some columns of a LogFormat."""

    sign: str
    """`-`, `+` or `~`."""
    label: str
    """The same as a word: removed, added, reordered."""
    text: str
    """The columns; for reordered ones a sentence."""


def column_changes(change: LogFormatChange) -> tuple[ColumnChange, ...]:
    """Return how the live columns differ, one entry each for removed, added and reordered."""
    told = (
        ColumnChange(sign="-", label="removed", text=" ".join(change.removed)),
        ColumnChange(sign="+", label="added", text=" ".join(change.added)),
        ColumnChange(sign="~", label="reordered", text=REORDERED if change.reordered else ""),
    )
    return tuple(one for one in told if one.text)


def difference(one: Difference) -> str:
    """Return a difference on one line: `TrafficType: declared ALL, live REJECT`."""
    if one.log_format is None:
        return f"{one.field}: declared {shown(one.declared)}, live {shown(one.live)}"
    changes = column_changes(one.log_format)
    told = [
        change.label if change.sign == "~" else f"{change.label} {change.text}"
        for change in changes
    ]
    return f"{one.field}: {', '.join(told)}"


def not_compared(unread: UnverifiedField) -> str:
    """Return `LogFormat was not compared: a secret: ciphertext is not decrypted`."""
    return f"{unread.field} was not compared: {unread.reason}"


def differing(finding: Finding, most: int | None = None) -> tuple[str, ...]:
    """Return a line for each difference and for what was not compared, and how many are left."""
    told = (
        *map(difference, finding.differences),
        *map(not_compared, finding.unverified_fields),
    )
    if most is None or len(told) <= most:
        return told
    return (*told[:most], f"and {plural(len(told) - most, 'more difference')}")


# -- coverage, acceptances ---------------------------------------------------------------------


def coverage_place(entry: CoverageEntry) -> str:
    """Return the account and region that an entry is about."""
    return place(entry.account or "account unknown", entry.region)


def coverage_status(entry: CoverageEntry) -> str:
    """Return `read, 7 flow logs` or `not read (denied)`."""
    if entry.status is Coverage.READ:
        return f"read, {plural(entry.flow_logs, 'flow log')}"
    return f"not read ({entry.status})"


def accepted(acceptance: Acceptance) -> str:
    """Return why a finding is accepted, by whom and how long: `reason (owner, until date)`."""
    limits = (acceptance.owner, f"until {acceptance.until}" if acceptance.until else None)
    more = ", ".join(limit for limit in limits if limit)
    return f"{acceptance.reason} ({more})" if more else acceptance.reason


def stale(entry: StaleAcceptance) -> str:
    """Return what is wrong with a rule that accepts nothing any more, and what to do."""
    match entry.problem:
        case AcceptanceProblem.EXPIRED:
            when = f"on {entry.acceptance.until}" if entry.acceptance.until else "meanwhile"
            problem = f"expired {when}: what it accepted counts again"
        case AcceptanceProblem.UNMATCHED:
            problem = "matches no finding any more: remove it"
        case _:
            assert_never(entry.problem)
    return f"{entry.rule} {problem}"


# -- changes since the run before --------------------------------------------------------------


def changes_headline(changes: Changes) -> str:
    """Return `1 new, 2 still open, 1 resolved since 2026-03-02 06:00 UTC`."""
    told = [
        f"{number} {STANDINGS[standing].lower()}"
        for standing in Standing
        if (number := len(changes.of(standing)))
    ]
    if changes.previous_at is None:
        return f"{', '.join(told) or 'nothing open'}; the first run, with none before it"
    return f"{', '.join(told) or 'nothing new'} since {moment(changes.previous_at)}"


def standing(one: TrackedFinding) -> str:
    """Return how long a finding has been, or was, open: `for 3 nights, since 2026-03-01`."""
    since = f"since {one.first_seen:%Y-%m-%d}"
    match one.standing:
        case Standing.NEW:
            return "changed since the run before" if one.was else "new"
        case Standing.STILL_OPEN:
            return f"for {plural(one.nights, 'night')}, {since}"
        case Standing.RESOLVED:
            return f"after {plural(one.nights, 'night')}"
        case Standing.UNVERIFIED:
            return f"open for {plural(one.nights, 'night')} when last seen, {since}"
        case _:
            assert_never(one.standing)


def rfc3339(at: datetime) -> str:
    """Return a time for programs, to the second: `2026-03-02T06:00:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(at: datetime) -> str:
    """Return a time to the minute: `2026-03-02 06:00 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


# -- grammar -----------------------------------------------------------------------------------


def plural(number: int, noun: str) -> str:
    """Return `1 night`, `2 nights`."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def cut(text: str, most: int) -> tuple[str, str]:
    """Return as much of a text as `most` allows, and a remark on how much more there is."""
    if len(text) <= most:
        return text, ""
    return text[:most], f"… ({len(text) - most:,} more characters)"


def some(names: Iterable[str], most: int = 5) -> str:
    """Return the first names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
