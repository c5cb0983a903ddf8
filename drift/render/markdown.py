"""The report in GitHub's and GitLab's Markdown: a pull request's comment, a job's summary.

Verdict and table come first, all else is folded. The same outcome is the same text, whenever it
was found: it tells no time of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from drift.findings import (
    Changes,
    Difference,
    Finding,
    Kind,
    Remedy,
    Report,
    Severity,
    Standing,
    Subject,
    TrackedFinding,
    Verdict,
)
from drift.model import Coverage
from drift.render import wording
from drift.render.gfm import block, code, command, html_code, line, prose

LIMIT: Final = 64_000
"""Bytes of UTF-8 that a report takes at most. GitHub speaks of 65,536 characters, and has counted
code points and bytes at different times and places: no count of a text is greater than its bytes.
The rest is for a marker and a line below."""

_NAME: Final = 80
_PATH: Final = 200
_SENTENCE: Final = 600
"""Characters of a name, of a file and line, of a sentence."""
_FINDING: Final = 8_000
"""Bytes that the details of one finding take at most."""

_ICONS: Final = {Severity.ERROR: "🔴", Severity.WARNING: "🟡"}
_VERDICTS: Final = {
    Verdict.IN_SYNC: "✅ VPC flow logs are in sync",
    Verdict.DRIFTED: "❌ VPC flow logs have drifted",
    Verdict.UNVERIFIED: "⚠️ VPC flow logs could not be verified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """How much of a finding is told."""

    text: int
    """Characters of a value or a sentence."""
    items: int
    """Differences, reasons, columns, commands: of each as many."""


_SIZES: Final = (
    _Size(text=_SENTENCE, items=64),
    _Size(text=200, items=12),
    _Size(text=40, items=3),
)
"""From all that anybody needs to the little that always fits."""


def render(report: Report, *, limit: int = LIMIT) -> str:
    """Return the report in at most `limit` bytes of UTF-8, from 4,096 on.

    What does not fit is left out as whole findings, the least bad first, and a line says how many.
    """
    head = [f"### {_VERDICTS[report.verdict]}", f"{wording.counts(report)}."]
    tail = [
        *_accepted(report, limit // 12),
        *_stale(report, limit // 16),
        *_remarks(report, limit // 16),
        *_coverage(report, limit // 12),
    ]
    if report.changes is not None:
        head.insert(1, _changes(report.changes, limit // 5))
    listed = _index(report, limit // 3)
    room = limit - _bytes("\n\n".join([*head, *listed.parts, *tail])) - _bytes(_LEFT_OUT) - 64
    details = _details(report, report.open_findings[: listed.count], room)
    return "\n\n".join([*head, *listed.parts, *details, *tail]) + "\n"


_LEFT_OUT: Final = (
    "All of it is in the job's text output (`drift check`, or `drift render -o text`) and in the "
    "JSON report."
)


# -- changes -----------------------------------------------------------------------------------


def _changes(changes: Changes, room: int) -> str:
    parts = [f"**{wording.changes_headline(changes)}**"]
    share = room // len(Standing)
    for standing in Standing:
        tracked = changes.of(standing)
        if not tracked:
            continue
        fit = _fit((f"- {_tracked(one)}" for one in tracked), share)
        label = f"{wording.STANDINGS[standing]}: {len(tracked):,}"
        entries = "\n".join([*fit, *_and_more(len(tracked) - len(fit), "- ")])
        # What is news is read at once; what people know already can be opened.
        if standing is Standing.STILL_OPEN:
            parts.append(_folded(label, entries))
        else:
            parts.append(f"**{label}**\n\n{entries}")
    return "\n\n".join(parts)


def _tracked(one: TrackedFinding) -> str:
    news = one.standing is Standing.NEW and one.was is None
    how = "" if news else f", {wording.standing(one)}"
    return f"{wording.KINDS[one.kind]}: {_named(one.subject)}{how}"


# -- findings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """The table of findings."""

    parts: tuple[str, ...]
    count: int
    """How many findings are in it."""


def _index(report: Report, room: int) -> _Index:
    findings = report.open_findings
    if not findings:
        return _Index(parts=(), count=0)
    ages = {
        one.fingerprint: "new"
        if one.standing is Standing.NEW
        else wording.plural(one.nights, "night")
        for one in (report.changes.tracked if report.changes else ())
        if one.standing in {Standing.NEW, Standing.STILL_OPEN}
    }
    columns = ["Finding", "Flow log", "Where", "What", *(["Open"] if ages else [])]
    rows = (
        [
            _kind(finding),
            "<br>".join(_who(report, finding.subject)),
            "<br>".join(_where(finding.subject)),
            _what(finding),
            *([ages.get(finding.fingerprint, "")] if ages else []),
        ]
        for finding in findings
    )
    fit = _fit(map(_row, rows), room)
    left = len(findings) - len(fit)
    parts = [_table(columns, fit)]
    if left:
        parts.append(f"**{wording.plural(left, 'more finding')}** not listed here. {_LEFT_OUT}")
    return _Index(parts=tuple(parts), count=len(fit))


def _details(report: Report, findings: Sequence[Finding], room: int) -> list[str]:
    """Return each finding folded, as long as there is room; then how many are left out."""
    parts: list[str] = []
    for finding in findings:
        part = next(
            (
                part
                for size in _SIZES
                if _bytes(part := _detail(report, finding, size)) <= min(room, _FINDING)
            ),
            None,
        )
        if part is None:
            left = wording.plural(len(findings) - len(parts), "listed finding")
            parts.append(f"The details of **{left}** are left out here. {_LEFT_OUT}")
            break
        parts.append(part)
        room -= _bytes(part) + 2
    return parts


def _detail(report: Report, finding: Finding, size: _Size) -> str:
    subject = finding.subject
    name = html_code(subject.name, most=_NAME)
    on = f" on {html_code(subject.resource_id, most=_NAME)}" if subject.resource_id else ""
    return _folded(
        f"{_ICONS[finding.severity]} <b>{wording.KINDS[finding.kind]}</b>: {name}{on}",
        "\n\n".join(_told(report, finding, size)),
    )


def _told(report: Report, finding: Finding, size: _Size) -> Iterator[str]:
    subject = finding.subject
    where = (
        wording.stack(subject),
        wording.position(report, subject),
        wording.place(subject.account, subject.region),
        subject.declared_id,
        subject.live_id if subject.live_id != subject.declared_id else None,
    )
    yield " · ".join(
        [f"`{finding.kind}`", *(code(part, most=min(size.text, _PATH)) for part in where if part)]
    )
    yield prose(finding.message, most=size.text)
    if finding.differences:
        yield "**Declared (`-`) and live (`+`)**"
        yield block("\n".join(_differences(finding.differences, size)), "diff")
    if finding.unverified_fields:
        yield _bullets(
            (
                f"{code(unread.field, most=_NAME)} was not compared: "
                f"{prose(unread.reason, most=size.text)}"
                for unread in finding.unverified_fields
            ),
            size.items,
        )
    if finding.impact:
        yield "**Why it matters**"
        yield _bullets((prose(reason, most=size.text) for reason in finding.impact), size.items)
    for note in wording.worth_saying(finding.notes):
        yield f"**Note:** {note.sentence} (`{note}`)"
    for remedy in finding.remedies:
        yield from _remedy(remedy, size)
    # What nobody could verify cannot be accepted.
    use = "" if finding.kind is Kind.UNVERIFIED else ", which `drift accept` takes"
    yield f"Fingerprint: {code(finding.fingerprint, most=_NAME)}{use}"


def _differences(differences: Sequence[Difference], size: _Size) -> Iterator[str]:
    """Return the lines of a diff: declared is what was, live is what is."""
    for difference in differences[: size.items]:
        yield f"  {line(difference.field, most=size.text)}"
        if difference.log_format is None:
            if difference.declared is not None:
                yield f"-   {line(wording.shown(difference.declared), most=size.text)}"
            if difference.live is not None:
                yield f"+   {line(wording.shown(difference.live), most=size.text)}"
            continue
        change = difference.log_format
        for sign, columns in (("-", change.removed), ("+", change.added)):
            for column in columns[: size.items]:
                yield f"{sign}   {line(column, most=size.text)}"
            if len(columns) > size.items:
                yield f"{sign}   … {wording.plural(len(columns) - size.items, 'more column')}"
        if change.reordered:
            yield f"!   {wording.REORDERED}"
    if len(differences) > size.items:
        yield f"  … {wording.plural(len(differences) - size.items, 'more difference')}"


def _remedy(remedy: Remedy, size: _Size) -> Iterator[str]:
    """Return a way out; each command has a block, and so a button, of its own.

    They ask questions: pasted at once, the next one would be taken for an answer.
    """
    yield f"**{wording.ACTIONS[remedy.action]}:** {prose(remedy.text, most=size.text)}"
    for text in remedy.commands[: size.items]:
        if len(text) <= 4 * size.text:
            yield block(command(text), "sh")
        else:
            # One that is cut would be another one.
            yield f"(a command of {len(text):,} characters is left out here)"
    if len(remedy.commands) > size.items:
        yield f"(and {wording.plural(len(remedy.commands) - size.items, 'more command')})"


# -- what else there is ------------------------------------------------------------------------


def _accepted(report: Report, room: int) -> Iterator[str]:
    findings = report.accepted_findings
    if not findings:
        return
    rows = (
        _row(
            [
                _kind(finding),
                "<br>".join(_who(report, finding.subject)),
                "<br>".join(_where(finding.subject)),
                prose(wording.accepted(finding.accepted), most=200) if finding.accepted else "",
            ]
        )
        for finding in findings
    )
    fit = _fit(rows, room)
    table = _table(["Finding", "Flow log", "Where", "Accepted because"], fit)
    more = _and_more(len(findings) - len(fit))
    yield _folded(f"Accepted: {len(findings):,}", "\n\n".join([table, *more]))


def _stale(report: Report, room: int) -> Iterator[str]:
    entries = report.stale_acceptances
    if not entries:
        return
    fit = _fit(
        (
            f"- {prose(wording.stale(entry), most=200)} "
            f"({prose(wording.accepted(entry.acceptance), most=200)})"
            for entry in entries
        ),
        room,
    )
    yield "**Acceptances to look at**"
    yield "\n".join([*fit, *_and_more(len(entries) - len(fit), "- ")])


def _remarks(report: Report, room: int) -> Iterator[str]:
    told = []
    for remark in wording.remarks(report):
        about = f"{_some(remark.names)}: " if remark.names else ""
        told.append(f"- **Note:** {about}{remark.note.sentence} (`{remark.note}`)")
    if report.pending:
        names = [entry.subject.name for entry in report.pending]
        told.append(f"- **Pending:** the previewed deployment will create {_some(names)}")
    if told:
        yield "\n".join(_fit(told, room))


def _coverage(report: Report, room: int) -> Iterator[str]:
    # What could not be read is what somebody looks for in here.
    entries = sorted(report.coverage, key=lambda entry: entry.status is Coverage.READ)
    if not entries:
        return
    rows = (
        _row(
            [
                code(wording.coverage_place(entry), most=_NAME),
                wording.coverage_status(entry),
                prose(entry.reason or "", most=200),
            ]
        )
        for entry in entries
    )
    fit = _fit(rows, room)
    read = sum(entry.status is Coverage.READ for entry in entries)
    table = _table(["Account and region", "Status", "Why"], fit)
    yield _folded(
        f"Coverage: {read:,} of {len(entries):,} accounts and regions read",
        "\n\n".join([table, *_and_more(len(entries) - len(fit))]),
    )


# -- pieces ------------------------------------------------------------------------------------


def _kind(finding: Finding) -> str:
    return f"{_ICONS[finding.severity]} {wording.KINDS[finding.kind]}".replace(" ", "&nbsp;")


def _who(report: Report, subject: Subject) -> Iterator[str]:
    """Name a flow log: by the program's name and file, else by AWS's."""
    yield code(subject.name, most=_NAME)
    if where := wording.position(report, subject):
        yield code(where, most=_PATH)


def _where(subject: Subject) -> Iterator[str]:
    for part in (subject.resource_id, wording.place(subject.account, subject.region)):
        if part:
            yield code(part, most=_NAME)


def _named(subject: Subject) -> str:
    on = " on " if subject.resource_id else ""
    return code(subject.name, most=_NAME) + on + ", ".join(_where(subject))


def _what(finding: Finding) -> str:
    """Name the fields that differ; where none do, say what happened."""
    fields = [difference.field for difference in finding.differences]
    fields += [f"{unread.field} (not compared)" for unread in finding.unverified_fields]
    if not fields:
        return wording.GISTS[finding.kind]
    # One below the other, and not many: a wide column would squeeze the others.
    return "<br>".join(
        [*(code(field, most=_NAME) for field in fields[:2]), *_and_more(len(fields) - 2)]
    )


def _some(names: Sequence[str]) -> str:
    return wording.some(code(name, most=_NAME) for name in names)


def _bullets(entries: Iterable[str], most: int) -> str:
    lines = [f"- {entry}" for entry in entries]
    return "\n".join([*lines[:most], *_and_more(len(lines) - most, "- ")])


def _and_more(count: int, begin: str = "") -> list[str]:
    return [f"{begin}and {count:,} more"] if count > 0 else []


def _folded(summary: str, body: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def _table(columns: Sequence[str], rows: Iterable[str]) -> str:
    return "\n".join([_row(columns), _row(["---"] * len(columns)), *rows])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fit(lines: Iterable[str], room: int) -> list[str]:
    """Return the lines that fit, and look no further than that."""
    kept: list[str] = []
    for text in lines:
        room -= _bytes(text) + 1
        if room < 0:
            break
        kept.append(text)
    return kept


def _bytes(text: str) -> int:
    return len(text.encode())
