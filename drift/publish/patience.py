"""Asking again: how long to wait for a server, and when to give up."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from drift.errors import PublishError
from drift.publish.errors import UnavailableError

_T = TypeVar("_T")


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a response asks to wait; None if it asks for nothing.

    `Retry-After` in either of its forms, else GitHub's `x-ratelimit-reset` of a limit that is used
    up, else GitLab's `RateLimit-Reset`.
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    asked = named.get("retry-after")
    if asked is not None:
        if re.fullmatch(r"[0-9]{1,9}", asked):
            return float(asked)
        try:
            return max(0.0, parsedate_to_datetime(asked).timestamp() - now)
        except ValueError:
            return None
    for remaining, reset in (
        ("x-ratelimit-remaining", "x-ratelimit-reset"),
        ("ratelimit-remaining", "ratelimit-reset"),
    ):
        at = named.get(reset, "")
        if named.get(remaining) == "0" and re.fullmatch(r"[0-9]{1,12}", at):
            # A second more, since nobody knows when within that second it is.
            return max(0.0, int(at) - now) + 1
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often to ask, and how long to wait for it in all."""

    attempts: int = 6
    seconds: float = 300.0
    """In all. A CI job that waits for an hour costs more than a comment is worth."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    tell: Callable[[str], None] = lambda _: None
    """Takes a line for whoever watches."""

    def insist(self, call: Callable[[], _T]) -> _T:
        """Return what the call returns; ask again while it is `UnavailableError`, within limits."""
        left = self.seconds
        for attempt in range(1, self.attempts + 1):
            try:
                return call()
            except UnavailableError as error:
                wait = float(2 ** (attempt - 1)) if error.wait is None else error.wait
                if attempt == self.attempts:
                    raise PublishError(
                        f"{error.cause}; asked {attempt} times", next_step=error.next_step
                    ) from error
                if wait > left:
                    until = datetime.fromtimestamp(self.now() + wait, UTC)
                    raise PublishError(
                        f"{error.cause}; it asks to wait until {until:%Y-%m-%d %H:%M:%S} UTC",
                        next_step="run this again then",
                    ) from error
                self.tell(f"{error.cause}; asking again in {wait:.0f} s")
                left -= wait
                self.sleep(wait)
        raise AssertionError  # pragma: no cover -- the last attempt returns or raises
