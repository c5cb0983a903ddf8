"""One listing: narrowed, repeated, endless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import pytest

from drift.errors import UsageError
from drift.live import listing
from drift.live.calls import Pulse
from drift.live.terms import Fault, FaultError, Limits
from drift.model import Coverage, Filter, Narrowing
from tests.live.fakes import DENIED, page

LIMITS = Limits(pages=10, barren_pages=3)
NOT_FOUND = Fault(
    status=Coverage.FAILED, reason="no", next_step="Ask.", code="InvalidFlowLogId.NotFound"
)


def ids_of(pages: listing.Pages, narrowing: Narrowing | None = None) -> list[str]:
    found = listing.flow_logs(
        pages,
        narrowing or Narrowing(),
        account="111111111111",
        region="us-east-1",
        pulse=Pulse(LIMITS),
        limits=LIMITS,
    )
    assert {(one.account, one.region) for one in found} <= {("111111111111", "us-east-1")}
    return [one.flow_log_id for one in found]


def fault_of(pages: listing.Pages) -> str:
    with pytest.raises(FaultError) as caught:
        ids_of(pages)
    assert caught.value.fault.status is Coverage.FAILED
    return caught.value.fault.reason


def test_all_pages_and_each_flow_log_once() -> None:
    pages = [page("fl-1", "fl-2"), page(), page("fl-2", "fl-3")]
    assert ids_of(lambda _: pages) == ["fl-1", "fl-2", "fl-3"]


def test_pages_that_repeat_without_end() -> None:
    def repeat(_: Narrowing) -> Iterator[Sequence[object]]:
        for number in count():
            yield page(f"fl-{number % 2}")

    assert fault_of(repeat) == (
        "AWS keeps giving a NextToken: 5 pages so far, the last 3 without a new flow log"
    )


def test_new_pages_without_end() -> None:
    assert fault_of(lambda _: (page(f"fl-{number}") for number in count())) == (
        "AWS keeps giving a NextToken: 10 pages so far"
    )


def test_some_empty_pages_are_usual() -> None:
    pages = [page(), page(), page(), page("fl-1")][1:]
    assert ids_of(lambda _: pages) == ["fl-1"]


def test_an_entry_that_is_none_spoils_the_listing() -> None:
    assert fault_of(lambda _: [page("fl-1"), [{"ResourceId": "vpc-1"}]]) == (
        "the reply of AWS could not be read: an entry of FlowLogs has no FlowLogId"
    )


def test_an_unknown_id_is_asked_again_by_filter() -> None:
    ids = tuple(f"fl-{number:03}" for number in range(250))
    traffic = Filter(name="traffic-type", values=("ALL",))
    asked: list[Narrowing] = []

    def pages(narrowing: Narrowing) -> Iterator[Sequence[object]]:
        asked.append(narrowing)
        if narrowing.flow_log_ids:
            raise FaultError(NOT_FOUND)
        yield page(narrowing.filters[-1].values[0])

    narrowing = Narrowing(filters=(traffic,), flow_log_ids=(*ids, "fl-000"))
    assert ids_of(pages, narrowing) == ["fl-000", "fl-200"]
    assert asked == [
        narrowing,
        Narrowing(filters=(traffic, Filter(name="flow-log-id", values=ids[:200]))),
        Narrowing(filters=(traffic, Filter(name="flow-log-id", values=ids[200:]))),
    ]


@pytest.mark.parametrize("fault", [DENIED, NOT_FOUND], ids=lambda fault: fault.code)
def test_other_faults_pass(fault: Fault) -> None:
    def pages(_: Narrowing) -> Iterator[Sequence[object]]:
        raise FaultError(fault)

    with pytest.raises(FaultError) as caught:
        ids_of(pages)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("narrowing", "cause"),
    [
        (
            Narrowing(flow_log_ids=("fl-1", "vpc-1")),
            "--flow-log-id 'vpc-1' is not the id of a flow log",
        ),
        (
            Narrowing(flow_log_ids=tuple(f"fl-{number}" for number in range(1001))),
            "--flow-log-id is given 1001 times; AWS takes 1000 at most",
        ),
        (
            Narrowing(filters=(Filter(name="traffic-type", values=()),)),
            "--filter 'traffic-type' has no name or no value",
        ),
        (
            Narrowing(filters=(Filter(name="", values=("ALL",)),)),
            "--filter '' has no name or no value",
        ),
        (
            Narrowing(filters=(Filter(name="tag:a", values=tuple(map(str, range(201)))),)),
            "--filter 'tag:a' has 201 values; AWS takes 200 at most",
        ),
    ],
    ids=["id", "many ids", "no value", "no name", "many values"],
)
def test_what_cannot_be_asked(narrowing: Narrowing, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        listing.check(narrowing)
    assert caught.value.cause == cause
    assert caught.value.next_step


def test_what_can_be_asked() -> None:
    listing.check(Narrowing())
    listing.check(
        Narrowing(
            filters=(Filter(name="tag:Owner", values=("",)),),
            flow_log_ids=tuple(f"fl-{number}" for number in range(1000)),
        )
    )
