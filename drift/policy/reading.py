"""What is live, for a stack: each account and region is read once; what is new is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from drift import plan
from drift.errors import DriftError
from drift.live import ec2
from drift.live.listing import MOST_IDS
from drift.live.terms import Access, Target
from drift.model import (
    EVERYTHING,
    Coverage,
    Declarations,
    DeclaredFlowLog,
    Inventory,
    Lifecycle,
    Listing,
    LiveFlowLog,
    Narrowing,
)
from drift.policy.resources import Contents
from drift.policy.secrets import Secrets

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
    inventory = _without_secrets(_asked(contents, ask), contents.secrets)
    if not just_deployed:
        return inventory
    for pause in patience.pauses:
        fresh = _unlisted(contents, inventory)
        if not fresh:
            break
        patience.sleep(pause)
        ids = tuple(sorted({asked.flow_log_id for asked in fresh if asked.flow_log_id}))
        # By as many ids as AWS takes; for more, listing everything again costs no more.
        narrowing = Narrowing(flow_log_ids=ids) if len(ids) <= MOST_IDS else EVERYTHING
        try:
            found = ask(_targets_of(contents.declared, fresh), narrowing)
        except DriftError:
            break  # What was read before still holds.
        inventory = _with(inventory, found)
    return inventory


def _asked(contents: Contents, ask: Ask) -> Inventory:
    try:
        return ask(_targets(contents), EVERYTHING)
    except DriftError as error:
        raise DriftError(
            contents.secrets.hidden_in(error.cause),
            next_step=contents.secrets.hidden_in(error.next_step),
        ) from error


def _without_secrets(inventory: Inventory, secrets: Secrets) -> Inventory:
    """Hide the profiles and roles of providers, where they are secret, in what AWS answered."""
    return replace(
        inventory,
        listings=tuple(
            replace(
                listing,
                reason=listing.reason and secrets.hidden_in(listing.reason),
                next_step=listing.next_step and secrets.hidden_in(listing.next_step),
            )
            for listing in inventory.listings
        ),
    )


def _targets(contents: Contents) -> tuple[Target, ...]:
    """Return each account and region of the stack's flow logs, and of what they could watch.

    One that is still to be created, in a place that is not known yet, can't be drift anywhere.
    """
    placed = [asked for asked in contents.declared.flow_logs if asked.urn not in contents.placeless]
    return (
        *_targets_of(contents.declared, placed),
        *dict.fromkeys(_places_of_watched(contents)),
    )


def _targets_of(declared: Declarations, flow_logs: Sequence[DeclaredFlowLog]) -> tuple[Target, ...]:
    if not flow_logs:
        return ()  # `plan` would take it for a question about the ambient region.
    return plan.targets(
        replace(declared, flow_logs=tuple(flow_logs)), plan.Where(), ec2.ambient_region
    )


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
