"""One listing: pages to flow logs, narrowed or not, and never without end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from drift.errors import UsageError
from drift.identifiers import FLOW_LOG_ID
from drift.live.response import EntryReader, MalformedEntryError
from drift.live.terms import Fault, FaultError, Limits, Signs
from drift.model import Coverage, Filter, LiveFlowLog, Narrowing

Pages: TypeAlias = Callable[[Narrowing], Iterable[Sequence[object]]]
"""Asks AWS for a listing, page by page."""

MOST_IDS: Final = 1000
_MOST_VALUES: Final = 200
"""What EC2 takes in one request: FlowLogIds, and values of one filter."""


def check(narrowing: Narrowing) -> None:
    """Refuse what AWS would refuse, or, worse, take for a request for everything."""
    ids = narrowing.flow_log_ids
    for flow_log_id in ids:
        if not FLOW_LOG_ID.fullmatch(flow_log_id):
            raise UsageError(
                f"--flow-log-id {flow_log_id!r} is not the id of a flow log",
                next_step="An id looks like fl-0123456789abcdef0.",
            )
    if len(set(ids)) > MOST_IDS:
        raise UsageError(
            f"--flow-log-id is given {len(set(ids))} times; AWS takes {MOST_IDS} at most",
            next_step="Leave --flow-log-id out: everything is then read, 1,000 to a page.",
        )
    for condition in narrowing.filters:
        if not condition.name or not condition.values:
            raise UsageError(
                f"--filter {condition.name!r} has no name or no value",
                next_step="Write it as --filter Name=traffic-type,Values=ALL.",
            )
        if len(condition.values) > _MOST_VALUES:
            raise UsageError(
                f"--filter {condition.name!r} has {len(condition.values)} values; "
                f"AWS takes {_MOST_VALUES} at most",
                next_step="Give fewer values, or leave the filter out.",
            )


def flow_logs(  # noqa: PLR0913 -- what is asked, how it is read, and when it is too much
    pages: Pages,
    narrowing: Narrowing,
    *,
    account: str | None,
    region: str,
    pulse: Signs,
    limits: Limits,
) -> tuple[LiveFlowLog, ...]:
    """Return the flow logs of a listing, each once.

    One unknown id makes DescribeFlowLogs refuse all of them. The filter of the same name answers
    with what is there, so it is asked instead.
    """
    read = EntryReader(account, region).read
    try:
        return _collected(pages(narrowing), read, pulse, limits)
    except FaultError as error:
        if error.fault.code != "InvalidFlowLogId.NotFound" or not narrowing.flow_log_ids:
            raise
    return tuple(
        flow_log
        for narrower in _by_filter(narrowing)
        for flow_log in _collected(pages(narrower), read, pulse, limits)
    )


def _by_filter(narrowing: Narrowing) -> Iterator[Narrowing]:
    ids = tuple(dict.fromkeys(narrowing.flow_log_ids))
    for start in range(0, len(ids), _MOST_VALUES):
        batch = Filter(name="flow-log-id", values=ids[start : start + _MOST_VALUES])
        yield Narrowing(filters=(*narrowing.filters, batch))


def _collected(
    pages: Iterable[Sequence[object]],
    read: Callable[[object], LiveFlowLog],
    pulse: Signs,
    limits: Limits,
) -> tuple[LiveFlowLog, ...]:
    found: dict[str, LiveFlowLog] = {}
    barren = 0
    for number, page in enumerate(pages):
        if barren >= limits.barren_pages or number >= limits.pages:
            raise FaultError(_endless(number, barren))
        before = len(found)
        try:
            for entry in page:
                flow_log = read(entry)
                found.setdefault(flow_log.flow_log_id, flow_log)
        except MalformedEntryError as error:
            raise FaultError(_malformed(error)) from error
        barren = 0 if len(found) > before else barren + 1
        pulse.answer()
    return tuple(found.values())


def _endless(pages: int, barren: int) -> Fault:
    without = f", the last {barren} without a new flow log" if barren else ""
    return Fault(
        status=Coverage.FAILED,
        reason=f"AWS keeps giving a NextToken: {pages} pages so far{without}",
        next_step="Run again; if AWS_ENDPOINT_URL names an emulator, check how it pages.",
    )


def _malformed(error: MalformedEntryError) -> Fault:
    return Fault(
        status=Coverage.FAILED,
        reason=f"the reply of AWS could not be read: {error}",
        next_step="Run again; if it stays so, something else answers in place of AWS.",
    )
