"""Drift that a drift.toml accepts: no violation, but a line of what the engine shows.

The engine runs a pack in the pack's own folder and does not tell the project's. So the file has to
be named, by an environment variable, which reaches the pack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from drift.errors import SettingsFileError
from drift.escape import visible
from drift.explain import listed
from drift.findings import Report
from drift.settings import ENVIRONMENT

_MOST_NAMES: Final = 6


def accepted(
    report: Report, path: str | None, today: date, announce: Callable[[str], None]
) -> Report:
    """Return the report with what the file accepts marked, and tell which findings those are.

    Where the file can't be followed that is told, and nothing is accepted.
    """
    if not path:
        return report
    from drift import acceptance
    from drift.settings import file as files

    try:
        rules = files.rules_of(files.open_file(Path(path)))
    except SettingsFileError as error:
        cause, next_step = visible(error.cause), visible(error.next_step)
        announce(f"flow-log-drift accepts nothing: {ENVIRONMENT}: {cause}\n  -> {next_step}")
        return report
    marked = acceptance.accepted(report, rules, today)
    names = [
        f"{finding.kind} of {finding.subject.name}"
        for finding in marked.findings
        if finding.accepted is not None
    ]
    if names:
        announce(visible(f"flow-log-drift: accepted by {path}: {listed(names, _MOST_NAMES)}"))
    # What a preview shows is one stack, and not all of that: no rule is stale for it.
    return replace(marked, stale_acceptances=())
