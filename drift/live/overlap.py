"""Listings that turned out to be of the same account and region, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drift.model import Coverage, Listing


def once_each(listings: Iterable[Listing]) -> tuple[Listing, ...]:
    """Return one listing for each account and region, in fixed order.

    Of two with the same account, one that was read outweighs one that was not. One whose account
    nobody could tell is the same as another that shares a flow log with it: AWS gives no id twice.
    """
    best_first = sorted(listings, key=_rank)
    doubtful = {found.region for found in best_first if found.account is None}
    kept: list[Listing] = []
    accounts: set[tuple[str, str]] = set()
    holders: dict[tuple[str, str], int] = {}
    """By region and flow log id, where in `kept` it is; of regions where that matters."""
    for found in best_first:
        region = found.region
        ids = [one.flow_log_id for one in found.flow_logs] if region in doubtful else []
        if found.account is None:
            at = next((holders[region, one] for one in ids if (region, one) in holders), None)
            if at is None and found in kept:
                continue
        elif (region, found.account) in accounts:
            continue
        else:
            accounts.add((region, found.account))
            at = None
        if at is None:
            at = len(kept)
            kept.append(found)
        else:
            kept[at] = _joined(kept[at], found)
        for one in ids:
            holders.setdefault((region, one), at)
    return tuple(sorted(kept, key=_order))


def _rank(listing: Listing) -> tuple[bool, bool, bool, int, str, str]:
    """Sort what is known best first, so that all the rest is joined to it."""
    return (
        listing.status is not Coverage.READ,
        listing.account is None,
        not listing.account_confirmed,
        -len(listing.flow_logs),
        listing.status,
        listing.reason or "",
    )


def _order(listing: Listing) -> tuple[bool, str, str, str, str, list[str]]:
    return (
        listing.account is None,
        listing.region,
        listing.account or "",
        listing.status,
        listing.reason or "",
        sorted(one.flow_log_id for one in listing.flow_logs) if listing.account is None else [],
    )


def _joined(known: Listing, same: Listing) -> Listing:
    """Add what only the second one saw: it was created in between."""
    seen = {one.flow_log_id for one in known.flow_logs}
    new = [one for one in same.flow_logs if one.flow_log_id not in seen]
    more = tuple(replace(one, account=known.account) for one in new)
    return replace(known, flow_logs=known.flow_logs + more) if more else known
