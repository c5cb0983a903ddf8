"""Which columns of a LogFormat moved, and from where to where."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from drift.findings import Difference
from drift.log_format import columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A column that both formats have, and that overtook another one."""

    column: str
    declared: int
    """Its place in the declared format, from 1."""
    live: int
    """Its place in the live one."""


def moved(difference: Difference) -> tuple[Moved, ...]:
    """Return the fewest columns whose moving explains the new order, in the live order."""
    change = difference.log_format
    if change is None or not change.reordered:
        return ()
    if not (isinstance(difference.declared, str) and isinstance(difference.live, str)):
        return ()
    return _moved(difference.declared, difference.live)


@lru_cache(maxsize=512)
def _moved(declared: str, live: str) -> tuple[Moved, ...]:
    places: dict[str, list[int]] = defaultdict(list)
    for number, column in enumerate(columns(declared), start=1):
        places[column].append(number)
    # The n-th occurrence of a column in the one is the n-th in the other.
    pairs = [
        Moved(column=column, declared=places[column].pop(0), live=number)
        for number, column in enumerate(columns(live), start=1)
        if places[column]
    ]
    stayed = _longest_rise([pair.declared for pair in pairs])
    return tuple(pair for pair in pairs if pair.declared not in stayed)


def _longest_rise(numbers: list[int]) -> frozenset[int]:
    """Return the members of a longest increasing subsequence of different numbers."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        length = bisect_left(ends, number)
        before[number] = ends[length - 1] if length else None
        ends[length : length + 1] = [number]
    chain: set[int] = set()
    step = ends[-1] if ends else None
    while step is not None:
        chain.add(step)
        step = before[step]
    return frozenset(chain)
