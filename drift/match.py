"""Find the live flow log that each declaration stands for, without guessing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drift import arn
from drift.fields import (
    DESTINATION_EQUIVALENCES,
    Pair,
    declared_destination,
    live_destination,
)
from drift.model import DeclaredFlowLog, Lifecycle, LiveFlowLog, Unknown


class MatchedBy(StrEnum):
    """What made a declaration and a live flow log a pair."""

    ID = "id"
    RESOURCE_DESTINATION_TRAFFIC = "resource+destination+traffic"
    RESOURCE_DESTINATION = "resource+destination"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A declaration and the live flow log that is it, or stands in its place."""

    declared: DeclaredFlowLog
    live: LiveFlowLog
    by: MatchedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Everything on both sides, each once; only several declarations may share a live id."""

    matches: tuple[Match, ...]
    alone: tuple[DeclaredFlowLog, ...]
    """Declarations that nothing live stands for."""
    unclaimed: tuple[LiveFlowLog, ...]
    """Live flow logs that no declaration claims."""


def match(
    declared: Sequence[DeclaredFlowLog],
    live: Sequence[LiveFlowLog],
    claimed_ids: frozenset[str] = frozenset(),
    *,
    stand_ins: bool = True,
) -> Matching:
    """Pair by id, then what is left by what it watches and where it delivers.

    A pair other than by id is only made where exactly one on each side is left for it, never
    across resources, and not at all unless `stand_ins`: where `live` may lack a flow log that
    exists, nothing stands in its place. `claimed_ids` are live ids that belong to somebody
    without being declared.
    """
    by_id = {found.flow_log_id: found for found in live}
    matches = [
        Match(declared=asked, live=by_id[asked.flow_log_id], by=MatchedBy.ID)
        for asked in declared
        if asked.flow_log_id in by_id
    ]
    taken = claimed_ids | {found.live.flow_log_id for found in matches}
    alone = [asked for asked in declared if asked.flow_log_id not in by_id]
    unclaimed = [found for found in live if found.flow_log_id not in taken]

    # Those that exist, or did, come first if they fit as well: a stand-in is the old one's before
    # it is in the way of a new one. The full twin of a new one stands in for nobody else: it may be
    # what the new one is to replace.
    gone = [asked for asked in alone if asked.lifecycle is Lifecycle.CREATED]
    new = [asked for asked in alone if asked.lifecycle is Lifecycle.TO_CREATE]
    for step, of_new in _STEPS if stand_ins else ():
        pairs, left, unclaimed = _pair_off(new if of_new else gone, unclaimed, step)
        matches += pairs
        new, gone = (left, gone) if of_new else (new, left)
    return Matching(matches=tuple(matches), alone=(*gone, *new), unclaimed=tuple(unclaimed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One way of pairing what is left: the keys bring candidates together, `agree` decides."""

    by: MatchedBy
    declared_key: Callable[[DeclaredFlowLog], Hashable]
    live_key: Callable[[LiveFlowLog], Hashable]
    agree: Callable[[Pair], bool]


def _pair_off(
    declared: list[DeclaredFlowLog], live: list[LiveFlowLog], step: _Step
) -> tuple[list[Match], list[DeclaredFlowLog], list[LiveFlowLog]]:
    """Pair those that have no other choice on either side; return the pairs and both rests."""
    candidates: dict[Hashable, list[LiveFlowLog]] = defaultdict(list)
    for found in live:
        candidates[step.live_key(found)].append(found)
    suitors: dict[str, list[Match]] = defaultdict(list)
    contested: set[Hashable] = set()
    for asked in declared:
        key = step.declared_key(asked)
        agreeing = (
            Match(declared=asked, live=found, by=step.by)
            for found in (candidates.get(key, ()) if key is not None else ())
            if step.agree(Pair(declared=asked, live=found))
        )
        first, second = next(agreeing, None), next(agreeing, None)
        if second is not None:
            # It has a choice, so whoever else wants one of these would be guessing.
            contested.add(key)
        elif first is not None:
            suitors[first.live.flow_log_id].append(first)
    pairs = [
        wanting[0]
        for wanting in suitors.values()
        if len(wanting) == 1 and step.declared_key(wanting[0].declared) not in contested
    ]
    paired_declared = {id(pair.declared) for pair in pairs}
    paired_live = {pair.live.flow_log_id for pair in pairs}
    return (
        pairs,
        [asked for asked in declared if id(asked) not in paired_declared],
        [found for found in live if found.flow_log_id not in paired_live],
    )


def _resource(side: DeclaredFlowLog | LiveFlowLog) -> str | None:
    """None, which pairs with nothing, where it is not known."""
    resource_id = side.flow_log.resource_id
    return None if isinstance(resource_id, Unknown) else resource_id


def _place(destination: str | Unknown | None) -> str | None:
    """Return a rough key of a destination that is the same for all spellings of it."""
    if not isinstance(destination, str):
        return None
    text = arn.without_wildcard(destination)
    group = arn.log_group(text, None, None)
    return group.name if group is not None else text.removesuffix("/")


def _declared_place(declared: DeclaredFlowLog) -> Hashable:
    resource, place = _resource(declared), _place(declared_destination(declared))
    return None if resource is None or place is None else (resource, place)


def _live_place(live: LiveFlowLog) -> Hashable:
    return (_resource(live), _place(live_destination(live)))


def _same_destination(pair: Pair) -> bool:
    asked, actual = declared_destination(pair.declared), live_destination(pair.live)
    return asked == actual or any(
        equivalence.holds(asked, actual, pair) for equivalence in DESTINATION_EQUIVALENCES
    )


def _same_traffic(pair: Pair) -> bool:
    return (
        not pair.resource_type.takes_traffic_type
        or pair.declared.flow_log.traffic_type == pair.live.flow_log.traffic_type
    )


def could_be(declared: DeclaredFlowLog, live: LiveFlowLog) -> bool:
    """Whether the declaration may be in the account and region where this one was found."""
    return (declared.account is None or live.account in (None, declared.account)) and (
        declared.region is None or live.region in (None, declared.region)
    )


_BY_DESTINATION_AND_TRAFFIC: Final = _Step(
    by=MatchedBy.RESOURCE_DESTINATION_TRAFFIC,
    declared_key=_declared_place,
    live_key=_live_place,
    agree=lambda pair: (
        could_be(pair.declared, pair.live) and _same_traffic(pair) and _same_destination(pair)
    ),
)
_BY_DESTINATION: Final = _Step(
    by=MatchedBy.RESOURCE_DESTINATION,
    declared_key=_declared_place,
    live_key=_live_place,
    agree=lambda pair: could_be(pair.declared, pair.live) and _same_destination(pair),
)
_BY_RESOURCE: Final = _Step(
    by=MatchedBy.RESOURCE,
    declared_key=_resource,
    live_key=_resource,
    agree=lambda pair: could_be(pair.declared, pair.live),
)

_STEPS: Final = (
    (_BY_DESTINATION_AND_TRAFFIC, False),
    # Only a full twin stands in the way: one log group may take ACCEPT and REJECT logs apart.
    (_BY_DESTINATION_AND_TRAFFIC, True),
    (_BY_DESTINATION, False),
    (_BY_RESOURCE, False),
)
"""What is tried in turn, and whether for those that are still to be created."""
