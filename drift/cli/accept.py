"""`drift accept`: a rule for one finding, written into drift.toml."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from drift.errors import UsageError
from drift.escape import visible
from drift.settings import ENVIRONMENT

if TYPE_CHECKING:
    from drift.acceptance import Rule
    from drift.findings import Finding, Report
    from drift.settings.file import SettingsFile

_FEW: Final = 8
"""Digits of a fingerprint that nobody types by accident."""


@click.command()
@click.argument("fingerprint")
@click.option("--reason", metavar="TEXT", required=True, help="Why, for whoever reads the report.")
@click.option("--owner", metavar="NAME", help="Who decided it, or looks after it.")
@click.option(
    "--until", metavar="DATE", help="The last day (UTC) on which it is accepted: 2026-12-31."
)
@click.option(
    "--report",
    "document",
    metavar="FILE",
    default="drift.json",
    show_default=True,
    help="Report that `drift check -o json=FILE` wrote, or - for standard input.",
)
@click.option(
    "--config",
    metavar="FILE",
    envvar=ENVIRONMENT,
    show_envvar=True,
    help="File to write to. Default: the one that `drift check` reads, or a new drift.toml here.",
)
def accept(
    fingerprint: str,
    reason: str,
    owner: str | None,
    until: str | None,
    document: str,
    config: str | None,
) -> None:
    """Accept one finding: it is listed as accepted and fails no run.

    FINGERPRINT is that of the finding in the report; its first 8 digits will do. The rule covers
    this very finding: whatever differs tomorrow beside or instead of it is a finding again.
    """
    from drift import report_file
    from drift.acceptance import covering, refusal, rule_for
    from drift.findings import Acceptance
    from drift.outputs import write_files
    from drift.settings.file import NAME, SHARED_NAME, SHARED_TABLE
    from drift.settings.writing import as_toml, with_rule

    today = datetime.now(UTC).date()
    decision = Acceptance(
        reason=_plain("--reason", reason),
        owner=None if owner is None else _plain("--owner", owner),
        until=None if until is None else _day(until, today),
    )
    report = report_file.read(document, stdin=sys.stdin.buffer)
    finding = _finding(report, fingerprint)
    why_not = refusal(finding)
    if why_not is not None:
        raise UsageError(
            f"{_named(finding)} can't be accepted: {why_not}",
            next_step="make it readable, as the report tells, and check again",
        )
    file, rules = _file(config)
    already = covering(finding, rules, today)
    if already:
        places = ", ".join(rule.place for rule in already)
        raise UsageError(
            f"{_named(finding)} is accepted already, by {places}",
            next_step="edit it there, or take it out first",
        )
    target = Path(NAME if config is None else config) if file is None else file.path
    table = SHARED_TABLE if target.name == SHARED_NAME else ()
    rule = rule_for(finding, decision, str(target))
    comment = _comment(finding)
    write_files({target: with_rule("" if file is None else file.text, rule, comment, table)})
    click.echo(f"{visible(str(target) if file is None else file.shown)} accepts this now:\n")
    click.echo(as_toml(rule, comment, table), nl=False)


def _plain(option: str, text: str) -> str:
    """Return a text that reads the same wherever it is shown."""
    if not text.strip():
        raise UsageError(f"{option} says nothing", next_step="say it in a sentence")
    if visible(text) != text:
        raise UsageError(
            f"{option} {text!r} has characters that can't be seen",
            next_step="write it on one line, in plain text",
        )
    return text.strip()


def _day(text: str, today: date) -> str:
    from drift.settings.keys import is_date

    if not is_date(text):
        raise UsageError(f"{text!r} is no day", next_step="write it as 2026-12-31")
    if text < today.isoformat():
        raise UsageError(
            f"--until {text} has passed: today is {today.isoformat()} (UTC)",
            next_step="name a day to come",
        )
    return text


def _finding(report: Report, prefix: str) -> Finding:
    """Return the finding that is meant."""
    wanted = prefix.lower()
    if not re.fullmatch(r"[0-9a-f]{1,32}", wanted, re.ASCII):
        raise UsageError(
            f"{prefix!r} is no fingerprint",
            next_step="copy it from the report: 32 hexadecimal digits, of which 8 will do",
        )
    if len(wanted) < _FEW:
        raise UsageError(
            f"{prefix!r} is too short to be sure which finding is meant",
            next_step=f"give {_FEW} digits or more",
        )
    found = {
        finding.fingerprint: finding
        for finding in report.findings
        if finding.fingerprint.startswith(wanted)
    }
    if not found:
        raise UsageError(
            f"the report has no finding {prefix}",
            next_step="check again, and copy the fingerprint from the new report",
        )
    if len(found) > 1:
        raise UsageError(
            f"{prefix} may be any of {', '.join(sorted(found))}", next_step="give more digits"
        )
    return next(iter(found.values()))


def _file(config: str | None) -> tuple[SettingsFile | None, Sequence[Rule]]:
    """Return the file to add to, and the rules that it has; None for a new one."""
    from drift.cli.configured import settings_file, tables
    from drift.settings.file import read

    if config is not None and not Path(config).exists():
        return None, ()
    file = settings_file(config)
    return (None, ()) if file is None else (file, read(file, tables()).rules)


def _comment(finding: Finding) -> str:
    """Say to a person what the fingerprint stands for."""
    from drift.render import wording

    subject = finding.subject
    place = (
        wording.stack(subject),
        subject.resource_id,
        wording.place(subject.account, subject.region),
    )
    where = ", ".join(part for part in place if part)
    fields = ", ".join(difference.field for difference in finding.differences)
    return f"{finding.kind} {subject.name} ({where}){': ' if fields else ''}{fields}"


def _named(finding: Finding) -> str:
    return f"{finding.kind} {visible(finding.subject.name)}"
