"""The report for a person in a terminal or a CI log: 80 columns, plain ASCII around the names."""

from __future__ import annotations

import shlex
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, assert_never

from drift.escape import visible
from drift.findings import (
    Action,
    Difference,
    Finding,
    Note,
    Remedy,
    Report,
    Severity,
    Subject,
    Value,
    Verdict,
)
from drift.model import Coverage

WIDTH: Final = 80
_MANY: Final = 5
"""Findings, above which an index helps."""


class _Style(StrEnum):
    """ANSI colours."""

    ERROR = "\x1b[1;31m"
    WARNING = "\x1b[1;33m"
    GOOD = "\x1b[1;32m"
    LABEL = "\x1b[1m"
    REMOVED = "\x1b[31m"
    ADDED = "\x1b[32m"
    FAINT = "\x1b[2m"


_RESET: Final = "\x1b[0m"

_SAID_BY_A_FINDING: Final = frozenset(
    {Note.DELIVERY_FAILED, Note.NOT_ACTIVE, Note.CREATE_WOULD_COLLIDE}
)
"""Notes that repeat what a finding of its own says better."""

_LABELS: Final = {
    Action.REVERT: "Revert",
    Action.ADOPT: "Adopt",
    Action.DELETE: "Delete",
    Action.GRANT: "Grant",
    Action.INSPECT: "Look",
}


def render(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    """Return findings, the worst first, then what else is worth knowing, then the verdict.

    Many findings begin with the verdict and an index; what was said of one is not said again of
    the next.
    """
    writer = _Writer(width=width, color=color)
    verdict = list(writer.verdict(report))
    blocks = []
    if len(report.findings) > _MANY:
        blocks += [verdict, list(writer.index(report))]
    blocks += [list(writer.finding(finding)) for finding in report.findings]
    blocks += [block for block in (list(writer.notes(report)), verdict) if block]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def detail(finding: Finding, *, width: int = WIDTH) -> str:
    """Return one finding without its heading, for where something else names it already."""
    lines = list(_Writer(width=width, color=False).finding(finding))[1:]
    return textwrap.dedent("\n".join(lines))


class _Writer:
    """Lays text out; all that is foreign goes through `visible` on its way in."""

    def __init__(self, *, width: int, color: bool) -> None:
        self._width = width
        self._color = color
        self._said: dict[tuple[object, ...], str] = {}

    def index(self, report: Report) -> Iterator[str]:
        """Name every finding on a line."""
        kinds = max(len(finding.kind) for finding in report.findings)
        for finding in report.findings:
            where = finding.subject.resource_id or ""
            line = f"  {finding.kind:<{kinds}}  {visible(finding.subject.name)}"
            yield f"{line}  {visible(where)}".rstrip()

    def finding(self, finding: Finding) -> Iterator[str]:
        style = _Style.ERROR if finding.severity is Severity.ERROR else _Style.WARNING
        yield self._styled(finding.kind, style) + f"  {visible(finding.subject.name)}"
        if where := _where(finding.subject):
            yield from self._wrapped(where, indent="  ", style=_Style.FAINT)
        yield from self._wrapped(visible(finding.message), indent="  ")
        if finding.differences:
            yield ""
        for difference in finding.differences:
            yield from self._difference(difference)
        for unread in finding.unverified_fields:
            yield from self._wrapped(
                f"{visible(unread.field)} was not compared: {visible(unread.reason)}.",
                indent="    ",
            )
        if finding.impact or finding.notes or finding.remedies or finding.accepted:
            yield ""
        yield from self._reasons(finding)
        for note in finding.notes:
            if note not in _SAID_BY_A_FINDING:
                yield from self._labelled("Note", f"{note.sentence} ({note})")
        if finding.accepted is not None:
            yield from self._labelled("Accepted", visible(finding.accepted.reason))
        for remedy in finding.remedies:
            yield from self._remedy(finding, remedy)

    def _reasons(self, finding: Finding) -> Iterator[str]:
        said = [self._said_of(finding, reason) for reason in finding.impact]
        reasons = [
            visible(reason)
            for reason, before in zip(finding.impact, said, strict=True)
            if before is None
        ]
        reasons += dict.fromkeys(f"As for {before}." for before in said if before is not None)
        for number, reason in enumerate(reasons):
            yield from self._labelled("" if number else "Why", reason)

    def _said_of(self, finding: Finding, *what: object) -> str | None:
        """Return of which finding the same was said already; remember it for the next ones."""
        name = visible(finding.subject.name)
        first = self._said.setdefault((finding.kind, *what), name)
        return None if first == name else first

    def _difference(self, difference: Difference) -> Iterator[str]:
        """Show a difference on one line if it fits, else one line a side."""
        name = visible(difference.field)
        declared, live = _shown(difference.declared), _shown(difference.live)
        change = difference.log_format
        head = "    " + self._styled(f"{name}:", _Style.LABEL)
        if change is None and len(f"    {name}: declared {declared}, live {live}") <= self._width:
            yield (
                f"{head} declared {self._styled(declared, _Style.REMOVED)}, "
                f"live {self._styled(live, _Style.ADDED)}"
            )
            return
        yield head
        if change is None:
            yield from self._value("declared", declared, _Style.REMOVED)
            yield from self._value("live", live, _Style.ADDED)
            return
        for sign, columns, style in (
            ("-", change.removed, _Style.REMOVED),
            ("+", change.added, _Style.ADDED),
        ):
            if columns:
                yield from self._wrapped(
                    visible(" ".join(columns)), indent=f"      {sign} ", style=style
                )
        if change.reordered:
            yield from self._wrapped(
                "the columns that both have stand in another order", indent="      ~ "
            )

    def _value(self, side: str, value: str, style: _Style) -> Iterator[str]:
        yield from self._wrapped(value, indent=f"      {side:<9} ", style=style)

    def _remedy(self, finding: Finding, remedy: Remedy) -> Iterator[str]:
        before = self._said_of(finding, remedy.action, remedy.text)
        text = visible(remedy.text) if before is None else f"As for {before}:"
        yield from self._labelled(_LABELS[remedy.action], text)
        for command in remedy.commands:
            yield from self._command(command)

    def _command(self, command: str) -> Iterator[str]:
        """Break a long command before its options, so that it can still be pasted."""
        indent = " " * 11
        line = visible(command)
        if len(indent) + len(line) <= self._width:
            yield indent + line
            return
        lines: list[str] = []
        for word in map(shlex.quote, shlex.split(command)):
            if not lines or word.startswith("--"):
                lines.append(word)
            else:
                lines[-1] += f" {word}"
        if len(lines) == 1:
            yield indent + line
            return
        yield f"{indent}{visible(lines[0])} \\"
        for more in lines[1:-1]:
            yield f"{indent}  {visible(more)} \\"
        yield f"{indent}  {visible(lines[-1])}"

    def notes(self, report: Report) -> Iterator[str]:
        """Say what is worth knowing although nothing is wrong, one line a kind of note."""
        named: dict[Note, list[str]] = defaultdict(list)
        for entry in report.in_sync:
            for note in entry.notes:
                if note not in _SAID_BY_A_FINDING:
                    named[note].append(entry.subject.name)
        for note in report.notes:
            yield from self._labelled("Note", f"{note.sentence} ({note})")
        for note, names in named.items():
            yield from self._labelled("Note", f"{visible(_some(names))}: {note.sentence} ({note})")
        if report.pending:
            names = [entry.subject.name for entry in report.pending]
            yield from self._labelled(
                "Pending", f"the previewed deployment will create {visible(_some(names))}"
            )

    def verdict(self, report: Report) -> Iterator[str]:
        """Say how it ended, in numbers, and how much of AWS was seen."""
        match report.verdict:
            case Verdict.IN_SYNC:
                head, style = "In sync", _Style.GOOD
            case Verdict.DRIFTED:
                head, style = "Drifted", _Style.ERROR
            case Verdict.UNVERIFIED:
                head, style = "Not verified", _Style.WARNING
            case _:
                assert_never(report.verdict)
        yield from self._wrapped(
            f"{_counts(report)}.", indent=f"{head}: ", style=None, head_style=style
        )
        for entry in report.coverage:
            place = f"{entry.account or 'account unknown'} {entry.region}"
            if entry.status is Coverage.READ:
                text = f"read, {entry.flow_logs} {_plural('flow log', entry.flow_logs)}"
            else:
                text = f"not read ({entry.status})"
            yield f"  {visible(place)}  {text}"

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        yield from self._wrapped(text, indent=f"  {label:<9}", head_style=_Style.LABEL)

    def _wrapped(
        self,
        text: str,
        *,
        indent: str,
        style: _Style | None = None,
        head_style: _Style | None = None,
    ) -> Iterator[str]:
        """Wrap text behind a first indent that may hold a label; words are never broken."""
        lines = textwrap.wrap(
            text,
            width=max(self._width - len(indent), 20),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(lines or [""]):
            head = indent if number == 0 else " " * len(indent)
            if number == 0 and head_style is not None:
                head = self._styled(head, head_style)
            yield head + (line if style is None else self._styled(line, style))

    def _styled(self, text: str, style: _Style) -> str:
        return f"{style}{text}{_RESET}" if self._color else text


def _where(subject: Subject) -> str:
    """Name everything that helps to find it, on one line if it fits."""
    position = subject.declared_at
    parts = (
        "/".join(part for part in (subject.project, subject.stack) if part),
        f"{position.file}:{position.line}" if position is not None else "",
        subject.resource_id or "",
        " ".join(part for part in (subject.account, subject.region) if part),
    )
    return visible(" | ".join(part for part in parts if part))


def _shown(value: Value) -> str:
    match value:
        case None:
            return "(none)"
        case bool():
            return "true" if value else "false"
        case str():
            # White space at an end, or two spaces in a row, would not be seen.
            plain = value == value.strip() and value and "  " not in value
            return visible(value) if plain else f'"{visible(value)}"'
        case int():
            return str(value)
        case tuple():
            return visible("; ".join(value))
        case _:
            assert_never(value)


def _counts(report: Report) -> str:
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
    scale = (
        f"{summary.declared} {_plural('flow log', summary.declared)} declared, {summary.live} live"
    )
    return f"{', '.join(parts) or 'nothing to compare'}; {scale}"


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _some(names: Iterable[str], most: int = 5) -> str:
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
