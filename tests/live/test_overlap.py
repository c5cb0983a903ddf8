"""Listings of the same account and region, told once."""

from __future__ import annotations

from itertools import permutations

import pytest

from drift.live.overlap import once_each
from drift.model import Coverage, FlowLog, Listing, LiveFlowLog
from tests.live.fakes import ACCOUNT, OTHER

EAST, WEST = "us-east-1", "us-west-2"


def read(account: str | None, *ids: str, region: str = EAST, confirmed: bool = True) -> Listing:
    return Listing(
        account=account,
        region=region,
        account_confirmed=confirmed and account is not None,
        flow_logs=tuple(
            LiveFlowLog(flow_log_id=one, account=account, region=region, flow_log=FlowLog())
            for one in ids
        ),
    )


def failed(account: str | None, reason: str) -> Listing:
    return Listing(account=account, region=EAST, status=Coverage.FAILED, reason=reason)


@pytest.mark.parametrize(
    ("listings", "once"),
    [
        ([], []),
        (
            [read(ACCOUNT, "fl-1"), read(OTHER, "fl-2"), read(ACCOUNT, "fl-3", region=WEST)],
            [read(ACCOUNT, "fl-1"), read(OTHER, "fl-2"), read(ACCOUNT, "fl-3", region=WEST)],
        ),
        ([failed(ACCOUNT, "no"), read(ACCOUNT, "fl-1")], [read(ACCOUNT, "fl-1")]),
        ([failed(ACCOUNT, "a"), failed(ACCOUNT, "b")], [failed(ACCOUNT, "a")]),
        (
            [read(ACCOUNT, "fl-1"), read(ACCOUNT, "fl-2", confirmed=False)],
            [read(ACCOUNT, "fl-1")],
        ),
        ([read(None, "fl-1", "fl-2"), read(None, "fl-1", "fl-2")], [read(None, "fl-1", "fl-2")]),
        ([read(None), read(None)], [read(None)]),
        ([failed(None, "a"), failed(None, "b")], [failed(None, "a"), failed(None, "b")]),
        (
            [read(None, "fl-1"), read(None, "fl-1", region=WEST)],
            [read(None, "fl-1"), read(None, "fl-1", region=WEST)],
        ),
        ([read(None, "fl-1"), read(None, "fl-2")], [read(None, "fl-1"), read(None, "fl-2")]),
        ([read(None, "fl-1"), read(ACCOUNT, "fl-1")], [read(ACCOUNT, "fl-1")]),
        (
            [read(None, "fl-1", "fl-2"), read(ACCOUNT, "fl-1"), read(None, "fl-2")],
            [read(ACCOUNT, "fl-1", "fl-2")],
        ),
        (
            [read(None, "fl-1"), read(ACCOUNT, "fl-2"), read(OTHER, "fl-1", confirmed=False)],
            [read(ACCOUNT, "fl-2"), read(OTHER, "fl-1", confirmed=False)],
        ),
        (
            [read(None, "fl-1"), failed(ACCOUNT, "no")],
            [failed(ACCOUNT, "no"), read(None, "fl-1")],
        ),
    ],
    ids=[
        "nothing",
        "different places",
        "read outweighs failed",
        "two that failed",
        "confirmed outweighs unconfirmed",
        "unknown, the same",
        "unknown, both empty",
        "unknown, failed differently",
        "another region",
        "unknown, nothing in common",
        "unknown is known",
        "created in between",
        "unknown is one of two",
        "known but failed",
    ],
)
def test_once_each(listings: list[Listing], once: list[Listing]) -> None:
    for shuffled in permutations(listings):
        assert once_each(shuffled) == tuple(once)
