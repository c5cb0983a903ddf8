"""One line on standard error that says how far the reading of AWS has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from drift.escape import visible
from drift.live.terms import Progress


def display(
    stream: TextIO, *, quiet: bool
) -> tuple[Callable[[Progress], None], Callable[[], None]]:
    """Return what to call after each account and region, and what to call at the end.

    Both do nothing where nobody looks: on a stream that is no terminal, or when asked to be quiet.
    """
    if quiet or not stream.isatty():
        return lambda _progress: None, lambda: None

    def show(progress: Progress) -> None:
        listing = progress.listing
        found = f"{len(listing.flow_logs)} flow logs"
        _line(stream, f"read {progress.done}/{progress.total}: {listing.region}, {found}")

    return show, lambda: _line(stream, "")


def _line(stream: TextIO, text: str) -> None:
    # Back to the start of the line and clear it: the next text takes its place.
    stream.write(f"\r\x1b[2K{visible(text)[:79]}")
    stream.flush()
