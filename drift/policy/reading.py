"""What is live, for a stack: each account and region is read once; what is new is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from drift import plan
from drift.live import ec2
from drift.live.terms import Access, Target
from drift.model import (
    EVERYTHING,
    Coverage,
    DeclaredFlowLog,
    Inventory,
    Lifecycle,
    Listing,
    LiveFlowLog,
    Narrowing,
)
from drift.policy.resources import Contents

Ask = Callable[[Sequence[Target], Narrowing], Inventory]
"""Reads AWS; raises `DriftError` where nobody could be asked at all."""

_ACCESS: Final = Access(
    # The program itself, which may come from a stranger, has just been run with these credentials,
    # and its provider has sent signed requests to these endpoints.
    provider_endpoints=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a flow log that was just created is looked for."""

    pauses: tuple[float, ...] = (1, 2, 3, 4)
    """Seconds before each further look."""
    sleep: Callable[[float], None] = time.sleep


def ask_aws(targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
    """Read AWS with the credentials that each target names."""
    return ec2.read(targets, _ACCESS, narrowing)


def live(contents: Contents, *, just_deployed: bool, patience: Patience, ask: Ask) -> Inventory:
    """Return what is live wherever the stack has flow logs, or something they could watch.

    DescribeFlowLogs may not list a flow log in the seconds after it was created: after a
    deployment, those that are not there are looked up by id for a while.
    """
    inventory = ask(_targets(contents), EVERYTHING)
    if not just_deployed:
        return inventory
    for pause in patience.pauses:
        fresh = _unlisted(contents, inventory)
        if not fresh:
            break
        patience.sleep(pause)
        ids = tuple(sorted({asked.flow_log_id for asked in fresh if asked.flow_log_id}))
        declared = replace(contents.declared, flow_logs=tuple(fresh))
        found = ask(
            plan.targets(declared, plan.Where(), ec2.ambient_region), Narrowing(flow_log_ids=ids)
        )
        inventory = _with(inventory, found)
    return inventory


def _targets(contents: Contents) -> tuple[Target, ...]:
    """Return each account and region of the stack's flow logs, and of what they could watch."""
    declared = contents.declared
    of_flow_logs = (
        plan.targets(declared, plan.Where(), ec2.ambient_region) if declared.flow_logs else ()
    )
    return (*of_flow_logs, *dict.fromkeys(_places_of_watched(contents)))


def _places_of_watched(contents: Contents) -> Iterator[Target]:
    """Yield where the rest of the stack is; what is still to be created has no flow logs."""
    for watched in contents.watched:
        if isinstance(watched.resource_id, str):
            region = watched.region or ec2.ambient_region()
            if region is not None:
                yield Target(
                    account=watched.account, region=region, credentials=(watched.credentials,)
                )


def _unlisted(contents: Contents, inventory: Inventory) -> list[DeclaredFlowLog]:
    listed = {
        flow_log.flow_log_id for listing in inventory.listings for flow_log in listing.flow_logs
    }
    return [
        asked
        for asked in contents.declared.flow_logs
        if asked.lifecycle is Lifecycle.CREATED
        and asked.flow_log_id is not None
        and asked.flow_log_id not in listed
        and any(
            listing.could_hold(asked.account, asked.region) and listing.status is Coverage.READ
            for listing in inventory.listings
        )
    ]


def _with(inventory: Inventory, found: Inventory) -> Inventory:
    """Put what was found by id where it would have been listed."""
    late = [flow_log for listing in found.listings for flow_log in listing.flow_logs]
    return replace(
        inventory, listings=tuple(_completed(listing, late) for listing in inventory.listings)
    )


def _completed(listing: Listing, late: Sequence[LiveFlowLog]) -> Listing:
    known = {flow_log.flow_log_id for flow_log in listing.flow_logs}
    new = tuple(
        flow_log
        for flow_log in late
        if flow_log.flow_log_id not in known
        and listing.could_hold(flow_log.account, flow_log.region)
    )
    return replace(listing, flow_logs=(*listing.flow_logs, *new)) if new else listing
