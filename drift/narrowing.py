"""What a run that asks AWS for less than everything (`--filter`, `--flow-log-id`) can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from drift import arn
from drift.fields import declared_destination
from drift.model import DeclaredFlowLog, Filter, LogDestinationType, Narrowing, Unknown


def sees_whole_resources(narrowing: Narrowing) -> bool:
    """Whether everything on a resource is seen once anything on it is.

    Only then can a flow log be called missing, replaced or unmanaged: every other filter may hide
    what stands in its place, or the flow log itself.
    """
    return not narrowing.flow_log_ids and all(
        condition.name == "resource-id" for condition in narrowing.filters
    )


def asks_by_id(narrowing: Narrowing) -> bool:
    """Whether ids are all that is asked for: what is not in the answer is then gone for sure."""
    return bool(narrowing) and all(
        condition.name == "flow-log-id" for condition in narrowing.filters
    )


def asks_for(narrowing: Narrowing, declared: DeclaredFlowLog) -> bool:
    """Whether a flow log as declared would be in the answer; what is not known counts as yes."""
    if narrowing.flow_log_ids and declared.flow_log_id not in narrowing.flow_log_ids:
        return False
    return all(_holds(condition, declared) for condition in narrowing.filters)


def _holds(condition: Filter, declared: DeclaredFlowLog) -> bool:  # noqa: PLR0911 -- one a filter
    asked = declared.flow_log
    match condition.name:
        case "resource-id":
            return _any_matches(condition, [asked.resource_id])
        case "traffic-type":
            return _any_matches(condition, [asked.traffic_type])
        case "log-destination-type":
            kind = asked.log_destination_type or LogDestinationType.CLOUD_WATCH_LOGS.value
            return _any_matches(condition, [kind])
        case "flow-log-id":
            return _any_matches(condition, [declared.flow_log_id])
        case "log-group-name":
            return _any_matches(condition, [_log_group_name(declared)])
        case "tag-key" if not isinstance(asked.tags, Unknown):
            return _any_matches(condition, asked.tags)
        case name if name.startswith("tag:") and not isinstance(asked.tags, Unknown):
            return _any_matches(condition, [asked.tags.get(name.removeprefix("tag:"))])
        case _:
            # deliver-log-status is nothing that is declared; tags may be unknown.
            return True


def _any_matches(condition: Filter, values: Iterable[str | Unknown | None]) -> bool:
    return any(
        isinstance(value, Unknown)
        or (value is not None and any(_pattern(want).fullmatch(value) for want in condition.values))
        for value in values
    )


@lru_cache(maxsize=1024)
def _pattern(value: str) -> re.Pattern[str]:
    """EC2 filter values are case-sensitive and take `*` and `?` as wildcards."""
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(char) or re.escape(char) for char in value), re.DOTALL)


def _log_group_name(declared: DeclaredFlowLog) -> str | Unknown | None:
    destination = declared_destination(declared)
    if not isinstance(destination, str):
        return destination
    group = arn.log_group(destination, None, None)
    return None if group is None else group.name
