"""The streams a command was started with: a terminal or not, open or not, and who reads them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.outputs import Terminal


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Let whoever reads standard output close it early, as `head` does: no error, same verdict."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal(*, no_color: bool) -> Terminal:
    """Return how wide and colourful text may be on standard output."""
    from drift.outputs import Terminal

    if sys.stdout is None or not sys.stdout.isatty():
        return Terminal()
    plain = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns
    return Terminal(width=min(max(width, 60), 100), color=not plain)
