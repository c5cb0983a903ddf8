"""The report as workflow commands, which GitHub Actions shows as annotations.

GitHub shows the first ten errors, warnings and notices of a step and drops the rest without a
word, and cuts a message at 4,096 characters: the worst come first, and a last notice sums up.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, assert_never

from drift.escape import visible
from drift.findings import Finding, Report, Severity
from drift.render import wording

PER_LEVEL: Final = 10
"""Annotations of a level that GitHub shows of one step."""

_TITLE: Final = 120
_LINE: Final = 300
_DIFFERENCES: Final = 6
_WHERE_TO_READ: Final = (
    "Why it matters and the ways back are in the text output, the Markdown summary and the JSON "
    "report."
)


class _Level(StrEnum):
    """The commands that make an annotation."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


def render(report: Report) -> str:
    """Return a line for each annotation, the worst finding first, and a last one that sums up."""
    room = dict.fromkeys(_Level, PER_LEVEL)
    room[_Level.NOTICE] -= 1  # the last one
    lines: list[str] = []
    left = 0
    for finding in (*report.open_findings, *report.accepted_findings):
        level = _level(finding)
        if room[level]:
            room[level] -= 1
            lines.append(_annotation(report, finding, level))
        else:
            left += 1
    stale = report.stale_acceptances
    shown = stale[: room[_Level.WARNING]]
    lines += [
        _command(_Level.WARNING, "Acceptance to look at", _line(wording.stale(entry)))
        for entry in shown
    ]
    left += len(stale) - len(shown)
    more = [f"{wording.plural(left, 'more annotation')} would not be shown."] if left else []
    read = [_WHERE_TO_READ] if report.findings else []
    text = [f"{wording.headline(report)}.", *more, *read]
    lines.append(_command(_Level.NOTICE, "VPC flow logs", "\n".join(text)))
    return "\n".join(lines) + "\n"


def _level(finding: Finding) -> _Level:
    if finding.accepted is not None:
        return _Level.NOTICE
    match finding.severity:
        case Severity.ERROR:
            return _Level.ERROR
        case Severity.WARNING:
            return _Level.WARNING
        case _:
            assert_never(finding.severity)


def _annotation(report: Report, finding: Finding, level: _Level) -> str:
    subject = finding.subject
    on = f" on {subject.resource_id}" if subject.resource_id else ""
    accepted = "Accepted: " if finding.accepted is not None else ""
    title = f"{accepted}{wording.KINDS[finding.kind]}: {subject.name}{on}"
    text = "\n".join(map(_line, _told(finding)))
    path = report.path_in_repository(subject)
    if path is None or subject.declared_at is None:
        return _command(level, title, text)
    return _command(level, title, text, file=path, line=subject.declared_at.line)


def _told(finding: Finding) -> Iterator[str]:
    if finding.accepted is not None:
        yield wording.accepted(finding.accepted)
    yield finding.message
    yield from wording.differing(finding, _DIFFERENCES)
    if where := wording.whereabouts(finding.subject):
        yield where


def _line(text: str) -> str:
    """Return foreign text on one line, and not too long: line ends are what `_told` makes."""
    return "".join(wording.cut(visible(text), _LINE))


def _command(
    level: _Level, title: str, text: str, *, file: str | None = None, line: int | None = None
) -> str:
    """Write a workflow command as the runner reads it."""
    properties = {"file": file, "line": line, "title": "".join(wording.cut(title, _TITLE))}
    told = ",".join(
        f"{name}={_property(visible(str(value)))}"
        for name, value in properties.items()
        if value is not None
    )
    return f"::{level} {told}::{_data(text)}"


def _data(text: str) -> str:
    # https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
