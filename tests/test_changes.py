"""What changed between two runs: this one then, that one now, exactly this told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.changes import NO_PAST, Past, changes, past_of, trend_point
from drift.check import check
from drift.findings import (
    Acceptance,
    Changes,
    Finding,
    Kind,
    PlaceCount,
    Report,
    Standing,
    Verdict,
)
from drift.model import (
    Coverage,
    Declarations,
    DeclarationSource,
    Filter,
    Inventory,
    Lifecycle,
    Narrowing,
)
from tests.build import (
    ACCOUNT,
    LIVE_A,
    OTHER_ACCOUNT,
    OTHER_VPC,
    REGION,
    TO_S3,
    A,
    declarations,
    declared,
    flow_log_id,
    inventory,
    live,
    urn,
)

MONDAY: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
NIGHT: Final = timedelta(days=1)
TUESDAY: Final = MONDAY + NIGHT

EDITED: Final = replace(LIVE_A, flow_log=replace(TO_S3, traffic_type="REJECT"))
EDITED_MORE: Final = replace(LIVE_A, flow_log=replace(TO_S3, traffic_type="ACCEPT"))
UNDELIVERED: Final = replace(LIVE_A, deliver_logs_status="FAILED")
STRANGER: Final = live(9, replace(TO_S3, resource_id=OTHER_VPC))


def run(
    asked: Declarations, found: Inventory, past: Past = NO_PAST, at: datetime = MONDAY
) -> Report:
    report = replace(check(asked, found), generated_at=at)
    return replace(report, changes=changes(report, past))


def told(report: Report) -> list[tuple[Standing, Kind, int]]:
    assert report.changes is not None
    return [(one.standing, one.kind, one.nights) for one in report.changes.tracked]


def then(before: Report, asked: Declarations, found: Inventory, *, nights: int = 1) -> Report:
    return run(asked, found, past_of(before), before.generated_at + nights * NIGHT)


def test_the_first_run() -> None:
    report = run(declarations(A), inventory(EDITED))
    [finding] = report.findings
    assert report.changes is not None
    assert report.changes.previous_at is None
    [new] = report.changes.tracked
    assert (new.standing, new.fingerprint, new.subject, new.message, new.first_seen, new.was) == (
        Standing.NEW,
        finding.fingerprint,
        finding.subject,
        finding.message,
        MONDAY,
        None,
    )
    assert report.changes.trend == (trend_point(report),)


def test_still_open_counts_nights_by_days() -> None:
    first = run(declarations(A), inventory(EDITED))
    same_day = run(declarations(A), inventory(EDITED), past_of(first), MONDAY + timedelta(hours=17))
    assert told(same_day) == [(Standing.STILL_OPEN, Kind.MODIFIED, 1)]
    third = then(same_day, declarations(A), inventory(EDITED), nights=2)
    assert told(third) == [(Standing.STILL_OPEN, Kind.MODIFIED, 3)]
    assert third.changes is not None
    assert third.changes.previous_at == same_day.generated_at
    assert third.changes.tracked[0].first_seen == MONDAY
    assert len(third.changes.trend) == 3


def test_a_clock_that_goes_back_is_no_night_less_than_one() -> None:
    first = run(declarations(A), inventory(EDITED))
    assert told(then(first, declarations(A), inventory(EDITED), nights=-3)) == [
        (Standing.STILL_OPEN, Kind.MODIFIED, 1)
    ]


def test_resolved_was_open_until_the_run_before() -> None:
    first = run(declarations(A), inventory(EDITED))
    second = then(first, declarations(A), inventory(EDITED))
    third = then(second, declarations(A), inventory(LIVE_A))
    assert told(third) == [(Standing.RESOLVED, Kind.MODIFIED, 2)]
    assert told(then(third, declarations(A), inventory(LIVE_A))) == []
    back = then(third, declarations(A), inventory(EDITED))
    assert told(back) == [(Standing.NEW, Kind.MODIFIED, 1)]


def test_another_difference_of_the_same_flow_log_is_new_and_says_what_was() -> None:
    first = run(declarations(A), inventory(EDITED))
    second = then(first, declarations(A), inventory(EDITED_MORE))
    assert told(second) == [(Standing.NEW, Kind.MODIFIED, 1)]
    assert second.changes is not None
    assert second.changes.tracked[0].was == first.findings[0].fingerprint


def test_an_unmanaged_one_that_is_declared_now() -> None:
    first = run(declarations(A), inventory(LIVE_A, STRANGER))
    assert told(first) == [(Standing.NEW, Kind.UNMANAGED, 1)]
    adopted = declared("b", 9, replace(TO_S3, resource_id=OTHER_VPC))
    assert told(then(first, declarations(A, adopted), inventory(LIVE_A, STRANGER))) == [
        (Standing.RESOLVED, Kind.UNMANAGED, 1)
    ]
    imperfect = replace(adopted, flow_log=replace(adopted.flow_log, traffic_type="REJECT"))
    second = then(first, declarations(A, imperfect), inventory(LIVE_A, STRANGER))
    assert told(second) == [(Standing.NEW, Kind.MODIFIED, 1)]
    assert second.changes is not None
    assert second.changes.tracked[0].was == first.findings[0].fingerprint


def test_one_that_was_renamed_in_the_program() -> None:
    first = run(declarations(A), inventory(EDITED))
    second = then(first, declarations(replace(A, urn=urn("renamed"))), inventory(EDITED))
    assert told(second) == [(Standing.NEW, Kind.MODIFIED, 1)]
    assert second.changes is not None
    assert second.changes.tracked[0].was == first.findings[0].fingerprint


def test_delivery_is_another_question_than_drift() -> None:
    both = replace(EDITED, deliver_logs_status="FAILED")
    first = run(declarations(A), inventory(both))
    assert told(first) == [(Standing.NEW, Kind.MODIFIED, 1), (Standing.NEW, Kind.UNDELIVERED, 1)]
    assert told(then(first, declarations(A), inventory(EDITED))) == [
        (Standing.STILL_OPEN, Kind.MODIFIED, 2),
        (Standing.RESOLVED, Kind.UNDELIVERED, 1),
    ]
    assert told(then(first, declarations(A), inventory(UNDELIVERED))) == [
        (Standing.STILL_OPEN, Kind.UNDELIVERED, 2),
        (Standing.RESOLVED, Kind.MODIFIED, 1),
    ]


def test_what_is_accepted_is_neither_open_nor_resolved() -> None:
    first = run(declarations(A), inventory(EDITED))
    today = replace(check(declarations(A), inventory(EDITED)), generated_at=TUESDAY)
    accepted = accept_all(today)
    assert changes(accepted, past_of(first)).tracked == ()
    other = accept_all(check(declarations(A), inventory(EDITED_MORE)))
    assert changes(other, past_of(first)).tracked == ()


def accept_all(report: Report) -> Report:
    decision = Acceptance(reason="known")
    return replace(
        report,
        findings=tuple(replace(finding, accepted=decision) for finding in report.findings),
    )


UNSEEN: Final = {
    "the account denied": (declarations(A), inventory(status=Coverage.DENIED)),
    "the source could not be read": (declarations(error="no JSON"), inventory(LIVE_A)),
    "the source is not among those of the run": (
        replace(declarations(), sources=()),
        inventory(LIVE_A),
    ),
    "another stack": (
        Declarations(
            flow_logs=(
                replace(A, urn="urn:pulumi:dev::net::T::x", stack="dev", flow_log_id="fl-x"),
            ),
            sources=(DeclarationSource(source="dev.json", project="net", stack="dev"),),
        ),
        inventory(LIVE_A),
    ),
    "a preview that leaves out what does not change": (
        replace(
            declarations(),
            sources=(
                DeclarationSource(
                    source="state.json", project="net", stack="prod", lists_unchanged=False
                ),
            ),
        ),
        inventory(LIVE_A),
    ),
    "a narrowed question": (
        declarations(A),
        inventory(
            narrowing=Narrowing(filters=(Filter(name="flow-log-id", values=(flow_log_id(8),)),))
        ),
    ),
    "nothing at all": (declarations(), inventory()),
    "about to be created": (
        declarations(replace(A, lifecycle=Lifecycle.TO_CREATE, flow_log_id=None)),
        inventory(STRANGER),
    ),
    "no place was read": (declarations(A), Inventory()),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_could_not_be_seen_is_not_resolved_and_keeps_its_age(name: str) -> None:
    first = run(declarations(A), inventory(EDITED))
    second = then(first, *UNSEEN[name])
    assert (Standing.UNVERIFIED, Kind.MODIFIED, 1) in told(second)
    assert second.verdict is not Verdict.IN_SYNC
    third = then(second, declarations(A), inventory(EDITED))
    assert told(third)[0] == (Standing.STILL_OPEN, Kind.MODIFIED, 3)
    assert (Standing.RESOLVED, Kind.MODIFIED, 1) in told(
        then(second, declarations(A), inventory(LIVE_A))
    )


def test_an_unmanaged_one_is_not_resolved_while_a_source_is_unread() -> None:
    first = run(declarations(A), inventory(LIVE_A, STRANGER))
    unread = Declarations(
        flow_logs=(A,),
        sources=(
            *declarations(A).sources,
            DeclarationSource(source="other.json", error="no JSON"),
        ),
    )
    assert told(then(first, unread, inventory(LIVE_A, STRANGER))) == [
        (Standing.UNVERIFIED, Kind.UNMANAGED, 1)
    ]
    assert then(first, unread, inventory(LIVE_A, STRANGER)).verdict is Verdict.UNVERIFIED


def test_an_unmanaged_one_in_a_region_that_nobody_reads_any_more() -> None:
    far = replace(STRANGER, region="eu-west-1")
    there = replace(inventory(far).listings[0], region="eu-west-1")
    both = Inventory(listings=(*inventory(LIVE_A).listings, there))
    first = run(declarations(A), both)
    second = then(first, declarations(A), inventory(LIVE_A))
    assert told(second) == [(Standing.UNVERIFIED, Kind.UNMANAGED, 1)]
    assert second.verdict is Verdict.IN_SYNC  # it never counted as drift
    deleted = Inventory(listings=(*inventory(LIVE_A).listings, replace(there, flow_logs=())))
    assert told(then(second, declarations(A), deleted)) == [(Standing.RESOLVED, Kind.UNMANAGED, 1)]


def test_one_that_is_declared_no_more_is_resolved_wherever_it_was() -> None:
    far = replace(declared("far", 8), account=OTHER_ACCOUNT, region="ap-south-1")
    empty = replace(inventory().listings[0], account=OTHER_ACCOUNT, region="ap-south-1")
    there = Inventory(listings=(*inventory(LIVE_A).listings, empty))
    first = run(declarations(A, far), there)
    assert told(first) == [(Standing.NEW, Kind.MISSING, 1)]
    assert told(then(first, declarations(A), inventory(LIVE_A))) == [
        (Standing.RESOLVED, Kind.MISSING, 1)
    ]


def test_the_trend_counts_by_account_and_region() -> None:
    unread = replace(inventory(status=Coverage.DENIED).listings[0], region="eu-west-1")
    found = Inventory(listings=(*inventory(EDITED, STRANGER).listings, unread))
    report = run(declarations(A), found)
    assert trend_point(report).places == (
        PlaceCount(account=ACCOUNT, region="eu-west-1", drifted=0, other=0, unverified=1),
        PlaceCount(account=ACCOUNT, region=REGION, drifted=1, other=1, unverified=0),
    )
    everything = replace(report, fail_on=frozenset({Kind.UNMANAGED}))
    assert trend_point(everything).drifted == 1
    assert trend_point(accept_all(report)).places == ()


def test_a_report_without_changes_is_a_past_too() -> None:
    first = replace(check(declarations(A), inventory(EDITED)), generated_at=MONDAY)
    assert first.changes is None
    assert told(then(first, declarations(A), inventory(EDITED))) == [
        (Standing.STILL_OPEN, Kind.MODIFIED, 2)
    ]


# -- laws -----------------------------------------------------------------------------------------

LIVE_STATES: Final = [LIVE_A, EDITED, EDITED_MORE, UNDELIVERED, None]


@st.composite
def nights(draw: st.DrawFn) -> tuple[Declarations, Inventory]:
    """Draw what a night may bring: drift, a stranger, a bad source, a denial, a narrow question."""
    found = [
        one
        for one in (draw(st.sampled_from(LIVE_STATES)), draw(st.sampled_from([STRANGER, None])))
        if one is not None
    ]
    asked = draw(
        st.sampled_from(
            [
                declarations(A),
                declarations(A, declared("b", 2)),
                declarations(),
                declarations(error="unread"),
                replace(declarations(), sources=()),
            ]
        )
    )
    status = draw(st.sampled_from([Coverage.READ, Coverage.READ, Coverage.DENIED]))
    narrowing = draw(
        st.sampled_from([Narrowing(), Narrowing(), Narrowing(flow_log_ids=(flow_log_id(1),))])
    )
    shown = found if status is Coverage.READ else []
    return asked, inventory(*shown, status=status, narrowing=narrowing)


def play(history: list[tuple[Declarations, Inventory]]) -> list[Report]:
    reports: list[Report] = []
    for asked, found in history:
        past = past_of(reports[-1]) if reports else NO_PAST
        reports.append(run(asked, found, past, MONDAY + len(reports) * NIGHT))
    return reports


def of(report: Report) -> Changes:
    assert report.changes is not None
    return report.changes


@given(st.lists(nights(), min_size=1, max_size=8))
def test_what_is_new_or_still_open_is_what_is_open(
    history: list[tuple[Declarations, Inventory]],
) -> None:
    for report in play(history):
        tracked = of(report).tracked
        fingerprints = [one.fingerprint for one in tracked]
        assert len(fingerprints) == len(set(fingerprints))
        assert {
            one.fingerprint
            for one in tracked
            if one.standing in {Standing.NEW, Standing.STILL_OPEN}
        } == {finding.fingerprint for finding in report.findings if tracked_kind(finding)}


def tracked_kind(finding: Finding) -> bool:
    return finding.kind is not Kind.UNVERIFIED


@given(st.lists(nights(), min_size=2, max_size=8))
def test_nothing_that_was_open_is_ever_lost(history: list[tuple[Declarations, Inventory]]) -> None:
    reports = play(history)
    for before, after in pairwise(reports):
        was = {
            one.fingerprint for one in of(before).tracked if one.standing is not Standing.RESOLVED
        }
        now = {one.fingerprint: one for one in of(after).tracked}
        changed = was - now.keys()
        # What is not told of any more has become another finding of the same flow log.
        assert bool(changed) <= any(one.was in changed for one in now.values())
        assert not any(
            one.standing is Standing.NEW and one.fingerprint in was for one in now.values()
        )


@given(st.lists(nights(), min_size=1, max_size=6), nights())
def test_a_night_in_which_nothing_could_be_read_resolves_nothing(
    history: list[tuple[Declarations, Inventory]], last: tuple[Declarations, Inventory]
) -> None:
    before = play(history)[-1]
    blind = then(before, last[0], inventory(status=Coverage.DENIED))
    assert of(blind).of(Standing.RESOLVED) == ()


@given(st.lists(nights(), min_size=1, max_size=6))
def test_the_same_again_brings_no_news(history: list[tuple[Declarations, Inventory]]) -> None:
    last = play(history)[-1]
    again = then(last, *history[-1])
    assert not of(again).of(Standing.NEW)
    assert not of(again).of(Standing.RESOLVED)
    assert {one.fingerprint for one in of(again).tracked} == {
        one.fingerprint for one in of(last).tracked if one.standing is not Standing.RESOLVED
    }


@given(st.lists(nights(), min_size=1, max_size=6))
def test_what_was_seen_first_is_never_later_than_now(
    history: list[tuple[Declarations, Inventory]],
) -> None:
    for report in play(history):
        for one in of(report).tracked:
            assert one.first_seen <= report.generated_at
            assert 1 <= one.nights <= (report.generated_at - one.first_seen).days + 1
