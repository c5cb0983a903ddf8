"""What a history tells, apart from the tables it is kept in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drift.findings import Acceptance, Difference, Kind, Subject


class Seen(StrEnum):
    """How a finding stood at a run: as in `Standing`, or accepted."""

    NEW = "new"
    STILL_OPEN = "still-open"
    RESOLVED = "resolved"
    UNVERIFIED = "unverified"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run that was recorded, in numbers."""

    name: str
    """The `--name` it was recorded under, else the stacks of its estate."""
    at: datetime
    verdict: str
    drifted: int
    other: int
    unverified: int
    accepted: int
    new: int
    still_open: int
    resolved: int
    unseen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Runs one after another at which a finding stood the same."""

    seen: Seen
    first: datetime
    last: datetime
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that a history knows of one finding."""

    name: str
    """That of the runs, as in `PastRun`."""
    fingerprint: str
    kind: Kind
    subject: Subject
    """As it was last seen, as are message and differences."""
    message: str
    differences: tuple[Difference, ...]
    first_seen: datetime
    """Since when it is, or was last, open or accepted."""
    nights: int
    accepted: Acceptance | None
    """Why, if it was accepted when it was last seen."""
    stretches: tuple[Stretch, ...]
    """Oldest first. Between two of them it was not there, or nothing was run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was, or would be, forgotten."""

    runs: int
    findings: int
    """Those that no remaining run knows of."""
    kept: int
    """The runs that remain."""
