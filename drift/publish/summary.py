"""The summary of a job in GitHub Actions, to which every step may add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from drift.errors import OutputError

LIMIT: Final = 1024 * 1024
"""Bytes; a step that writes more has no summary at all."""

_TOO_LITTLE: Final = 4096


def add(path: Path, render: Callable[[int], str]) -> bool:
    """Add what `render` returns for a limit in bytes; False if there is no room left."""
    try:
        before = path.stat().st_size if path.exists() else 0
        # Whether it is at the beginning of a line is not known; a blank line ends any block.
        room = LIMIT - before - 3
        if room < _TOO_LITTLE:
            return False
        text = ("\n\n" if before else "") + render(room).rstrip("\n") + "\n"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(
            f"cannot write the job's summary, {path}: {error.strerror or error}",
            next_step="unset GITHUB_STEP_SUMMARY, or let it name a file that can be written",
        ) from error
    return True
