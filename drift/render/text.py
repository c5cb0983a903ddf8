"""The report for a person in a terminal or a CI log: 80 columns, plain ASCII around the names."""

from __future__ import annotations

import functools
import re
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from drift.escape import visible
from drift.findings import (
    Changes,
    Difference,
    Finding,
    Remedy,
    Report,
    Severity,
    StaleAcceptance,
    Standing,
    Subject,
    Verdict,
)
from drift.render import wording

WIDTH: Final = 80
_MANY: Final = 5
"""Findings, above which an index helps."""
_SHORT: Final = 12
"""Digits of a fingerprint that tell findings apart."""


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

_UNQUOTED: Final = re.compile(r"[a-zA-Z0-9@%+=:,./_ -]+")

_VERDICTS: Final = {
    Verdict.IN_SYNC: _Style.GOOD,
    Verdict.DRIFTED: _Style.ERROR,
    Verdict.UNVERIFIED: _Style.WARNING,
}
_SIGNS: Final = {"-": _Style.REMOVED, "+": _Style.ADDED}


def render(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    """Return findings, the worst first, then what else is worth knowing, then the verdict.

    Many findings begin with the verdict and an index; what was said of one is not said again of
    the next.
    """
    writer = _Writer(width=width, color=color)
    verdict = list(writer.verdict(report))
    blocks = []
    if len(report.open_findings) > _MANY:
        blocks += [verdict, list(writer.index(report.open_findings))]
    if report.changes is not None:
        blocks.append(list(writer.changes(report.changes)))
    blocks += [list(writer.finding(finding)) for finding in report.open_findings]
    blocks += [
        list(writer.accepted(report.accepted_findings)),
        list(writer.stale(report.stale_acceptances)),
        list(writer.notes(report)),
        verdict,
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


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

    def index(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Name every finding on a line."""
        kinds = max(len(finding.kind) for finding in findings)
        for finding in findings:
            yield f"  {finding.kind:<{kinds}}  {_named(finding.subject)}"

    def changes(self, changes: Changes) -> Iterator[str]:
        """Say what is new since the run before, what is still open, and what is not any more."""
        yield from self._wrapped(f"{wording.changes_headline(changes)}.", indent="Changes: ")
        for standing in Standing:
            tracked = changes.of(standing)
            if tracked:
                yield f"  {self._styled(wording.STANDINGS[standing], _Style.LABEL)}"
            for one in tracked:
                how = "" if one.standing is Standing.NEW and not one.was else wording.standing(one)
                line = f"    {one.kind}  {_named(one.subject)}"
                yield f"{line}  ({how})" if how else line

    def accepted(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Name what somebody decided to live with, and why."""
        if findings:
            yield "Accepted:"
        for finding in findings:
            yield f"  {finding.kind}  {_named(finding.subject)}"
            if finding.accepted is not None:
                yield from self._wrapped(visible(wording.accepted(finding.accepted)), indent="    ")

    def stale(self, entries: Sequence[StaleAcceptance]) -> Iterator[str]:
        """Name the rules that accept nothing any more."""
        if entries:
            yield "Acceptances to look at:"
        for entry in entries:
            yield from self._wrapped(visible(wording.stale(entry)), indent="  ")
            yield from self._wrapped(visible(wording.accepted(entry.acceptance)), indent="    ")

    def finding(self, finding: Finding) -> Iterator[str]:
        style = _Style.ERROR if finding.severity is Severity.ERROR else _Style.WARNING
        # As much of the fingerprint as `drift accept` needs.
        short = self._styled(visible(finding.fingerprint[:_SHORT]), _Style.FAINT)
        yield self._styled(finding.kind, style) + f"  {visible(finding.subject.name)}  {short}"
        if where := _where(finding.subject):
            yield from self._wrapped(where, indent="  ", style=_Style.FAINT)
        yield from self._wrapped(visible(finding.message), indent="  ")
        if finding.differences:
            yield ""
        for difference in finding.differences:
            yield from self._difference(difference)
        for unread in finding.unverified_fields:
            yield from self._wrapped(f"{visible(wording.not_compared(unread))}.", indent="    ")
        if finding.impact or finding.notes or finding.remedies:
            yield ""
        yield from self._reasons(finding)
        for note in wording.worth_saying(finding.notes):
            yield from self._labelled("Note", f"{note.sentence} ({note})")
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
        declared = visible(wording.shown(difference.declared))
        live = visible(wording.shown(difference.live))
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
        for told in wording.column_changes(change):
            yield from self._wrapped(
                visible(told.text), indent=f"      {told.sign} ", style=_SIGNS.get(told.sign)
            )

    def _value(self, side: str, value: str, style: _Style) -> Iterator[str]:
        yield from self._wrapped(value, indent=f"      {side:<9} ", style=style)

    def _remedy(self, finding: Finding, remedy: Remedy) -> Iterator[str]:
        before = self._said_of(finding, remedy.action, remedy.text)
        text = visible(remedy.text) if before is None else f"As for {before}:"
        yield from self._labelled(wording.ACTIONS[remedy.action], text)
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
        for word in _words(command):
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
        for remark in wording.remarks(report):
            about = f"{visible(wording.some(remark.names))}: " if remark.names else ""
            yield from self._labelled("Note", f"{about}{remark.note.sentence} ({remark.note})")
        if report.pending:
            names = [entry.subject.name for entry in report.pending]
            yield from self._labelled(
                "Pending", f"the previewed deployment will create {visible(wording.some(names))}"
            )

    def verdict(self, report: Report) -> Iterator[str]:
        """Say how it ended, in numbers, and how much of AWS was seen."""
        yield from self._wrapped(
            f"{wording.counts(report)}.",
            indent=f"{wording.VERDICTS[report.verdict]}: ",
            head_style=_VERDICTS[report.verdict],
        )
        for entry in report.coverage:
            yield f"  {visible(wording.coverage_place(entry))}  {wording.coverage_status(entry)}"

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
        lines = _lines(text, max(self._width - len(indent), 20))
        for number, line in enumerate(lines or ("",)):
            head = indent if number == 0 else " " * len(indent)
            if number == 0 and head_style is not None:
                head = self._styled(head, head_style)
            yield head + (line if style is None else self._styled(line, style))

    def _styled(self, text: str, style: _Style) -> str:
        return f"{style}{text}{_RESET}" if self._color else text


# Thousands of findings say the same few sentences, and wrapping takes most of the time.
@functools.lru_cache(maxsize=4096)
def _lines(text: str, width: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, width=width, break_long_words=False, break_on_hyphens=False))


def _words(command: str) -> list[str]:
    """Split a command into its words, each quoted as it has to be."""
    # shlex looks at one character after the other: too slow for the thousands without quotes.
    if _UNQUOTED.fullmatch(command):
        return command.split()
    return [shlex.quote(word) for word in shlex.split(command)]


def _where(subject: Subject) -> str:
    """Name everything that helps to find it, on one line if it fits."""
    position = subject.declared_at
    parts = (
        wording.stack(subject),
        f"{position.file}:{position.line}" if position is not None else "",
        subject.resource_id or "",
        wording.place(subject.account, subject.region),
    )
    return visible(" | ".join(part for part in parts if part))


def _named(subject: Subject) -> str:
    """Name what a finding is about, and where."""
    return visible("  ".join(part for part in (subject.name, subject.resource_id) if part))
