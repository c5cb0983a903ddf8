"""The hidden first line of a comment: whose result it holds, how that was, and of when."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from drift.findings import Report

START: Final = "<!-- flow-log-drift:comment "
"""What every comment of this tool begins with; what merely quotes it does not begin with it."""

UNKNOWN: Final = "unknown"
"""The key of a check that could not run, so that nobody knows whose result it would have been."""

_MARKER: Final = re.compile(
    re.escape(START) + r"key=(?P<key>[0-9a-f]{32}|unknown) state=(?P<state>[a-z-]+)"
    r" at=(?P<at>\S+)(?: run=(?P<number>[0-9]{1,18})\.(?P<attempt>[0-9]{1,18}))? -->"
)


class State(StrEnum):
    """What a comment says."""

    IN_SYNC = "in-sync"
    IN_SYNC_AGAIN = "in-sync-again"
    """In sync, where the comment said something else before."""
    DRIFTED = "drifted"
    UNVERIFIED = "unverified"
    COULD_NOT_RUN = "could-not-run"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Run:
    """A run of the CI server; the later one has the higher number."""

    number: int
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What the next run has to know of a comment."""

    key: str
    state: State
    at: datetime
    """When the result was made, UTC."""
    run: Run | None = None

    def line(self) -> str:
        """Return the first line of the comment, which a reader does not see."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        run = "" if self.run is None else f" run={self.run.number}.{self.run.attempt}"
        return f"{START}key={self.key} state={self.state} at={at}{run} -->"


def read(body: str) -> tuple[Marker, str] | None:
    """Split a comment into its marker and the text below it; None if it begins with none."""
    found = _MARKER.match(body)
    if found is None or found["state"] not in frozenset(State):
        return None
    try:
        at = datetime.fromisoformat(found["at"])
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    run = (
        None
        if found["number"] is None
        else Run(number=int(found["number"]), attempt=int(found["attempt"]))
    )
    marker = Marker(key=found["key"], state=State(found["state"]), at=at, run=run)
    return marker, body[found.end() :].lstrip()


def key_of(report: Report) -> str:
    """Return the identity of a result: the projects and stacks in it, however often and ordered."""
    stacks = {(source.project, source.stack) for source in report.sources} | {
        (finding.subject.project, finding.subject.stack) for finding in report.findings
    }
    # What belongs to no stack, such as a region that could not be read, tells no identity.
    return _digest("stacks", sorted((one or "", two or "") for one, two in stacks if one or two))


def key_named(name: str) -> str:
    """Return the identity that a user chose."""
    return _digest("name", [name])


def _digest(sort: str, what: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps([sort, list(what)]).encode()).hexdigest()[:32]
