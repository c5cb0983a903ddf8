from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.findings import PlaceCount, TrendPoint
from drift.render.html.trend import Area, Bucket, Count, Layer, ranges, summary, told

TODAY = date(2026, 3, 3)


def run(days_ago: int, *places: tuple[str | None, str, int, int, int], hour: int = 6) -> TrendPoint:
    day = TODAY - timedelta(days=days_ago)
    return TrendPoint(
        at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        places=tuple(
            PlaceCount(account=account, region=region, drifted=drifted, other=other, unverified=un)
            for account, region, drifted, other, un in places
        ),
    )


def one(days_ago: int, drifted: int, *, hour: int = 6) -> TrendPoint:
    return run(days_ago, ("1", "eu", drifted, 0, 0), hour=hour)


def test_no_history_has_no_chart() -> None:
    assert ranges(()) == ()


@pytest.mark.parametrize(
    ("nights", "labels"),
    [
        (1, ["All 1 night"]),
        (30, ["All 30 nights"]),
        (31, ["30 nights", "All 31 nights"]),
        (90, ["30 nights", "All 90 nights"]),
        (4000, ["30 nights", "90 nights", "All 4,000 nights"]),
    ],
)
def test_only_ranges_that_differ(nights: int, labels: list[str]) -> None:
    found = ranges([one(ago, 1) for ago in reversed(range(nights))])
    assert [each.label for each in found] == labels


def test_a_night_without_a_run_is_a_gap_and_not_a_zero() -> None:
    [whole] = ranges([one(2, 3), run(0)])
    assert whole.chart.buckets == (
        Bucket(
            first=date(2026, 3, 1),
            last=date(2026, 3, 1),
            count=Count(drifted=3),
            worst=date(2026, 3, 1),
        ),
        Bucket(first=date(2026, 3, 2), last=date(2026, 3, 2), count=None, worst=None),
        Bucket(first=TODAY, last=TODAY, count=Count(), worst=TODAY),
    )
    assert whole.chart.gaps == "M10 0h10v100h-10z"
    assert [told(bucket) for bucket in whole.chart.buckets] == [
        "3 drifted, 0 other, 0 not verified",
        "no run",
        "0 drifted, 0 other, 0 not verified",
    ]


def test_the_last_run_of_a_day_speaks_for_it() -> None:
    [whole] = ranges([one(0, 5, hour=1), one(0, 2, hour=23)])
    assert whole.chart.now == Count(drifted=2)


def test_bars_are_stacked_by_layer() -> None:
    [whole] = ranges([run(0, ("1", "eu", 2, 1, 1))])
    assert whole.chart.top == 4
    assert whole.chart.areas == (
        Area(layer=Layer.DRIFTED, path="M1 50h8v50h-8z"),
        Area(layer=Layer.OTHER, path="M1 25h8v25h-8z"),
        Area(layer=Layer.UNVERIFIED, path="M1 0h8v25h-8z"),
    )


def test_a_bar_of_many_nights_is_the_worst_of_them() -> None:
    points = [one(ago, 9 if ago == 3 else 1) for ago in reversed(range(400))]
    whole = ranges(points)[-1]
    assert whole.each == 7
    assert len(whole.chart.buckets) == 58
    assert whole.chart.buckets[-1] == Bucket(
        first=TODAY - timedelta(days=6),
        last=TODAY,
        count=Count(drifted=9),
        worst=TODAY - timedelta(days=3),
    )
    assert whole.chart.buckets[0].first == TODAY - timedelta(days=399)


def test_places_are_added_up_by_account_and_by_region() -> None:
    before = run(1, ("1", "eu", 1, 0, 0), ("2", "us", 4, 0, 0))
    now = run(0, ("1", "eu", 2, 0, 0), ("1", "us", 3, 1, 0), (None, "eu", 0, 0, 6))
    [whole] = ranges([before, now])
    assert [(place.name, place.now, place.before) for place in whole.accounts] == [
        ("1", Count(drifted=5, other=1), Count(drifted=1)),
        (None, Count(unverified=6), Count()),
        ("2", Count(), Count(drifted=4)),
    ]
    assert [(place.name, place.now, place.before) for place in whole.regions] == [
        ("us", Count(drifted=3, other=1), Count(drifted=4)),
        ("eu", Count(drifted=2, unverified=6), Count(drifted=1)),
    ]


def test_one_run_has_nothing_to_be_compared_with() -> None:
    [whole] = ranges([one(0, 1)])
    assert [place.before for place in whole.accounts] == [None]


def test_a_chart_in_words() -> None:
    [whole] = ranges([one(2, 3), one(1, 7), one(0, 1)])
    assert summary(whole) == (
        "Open findings over 3 nights. 2026-03-01: 3 drifted, 0 other, 0 not verified. "
        "Worst, 2026-03-02: 7 drifted, 0 other, 0 not verified. "
        "2026-03-03: 1 drifted, 0 other, 0 not verified."
    )


NUMBERS = st.integers(0, 30)
POINTS = st.dictionaries(
    st.integers(0, 5000),
    st.lists(
        st.tuples(st.sampled_from(["1", "2", None]), st.sampled_from("ab"), *[NUMBERS] * 3),
        max_size=4,
        unique_by=lambda place: place[:2],
    ),
    min_size=1,
    max_size=40,
).map(lambda found: [run(ago, *found[ago]) for ago in sorted(found, reverse=True)])


@given(POINTS)
def test_every_night_is_in_one_bar_and_bars_are_few(points: list[TrendPoint]) -> None:
    for each in ranges(points):
        buckets = each.chart.buckets
        assert len(buckets) <= 120
        days = [(bucket.first, bucket.last) for bucket in buckets]
        assert all(first <= last for first, last in days)
        assert all(last + timedelta(days=1) == first for (_, last), (first, _) in pairwise(days))
        assert (days[-1][1] - days[0][0]).days + 1 == each.nights
        for place in (*each.accounts, *each.regions):
            assert len(place.chart.buckets) <= 60


@given(POINTS)
def test_the_worst_of_all_nights_is_never_smoothed_away(points: list[TrendPoint]) -> None:
    whole = ranges(points)[-1]
    most = max(point.drifted for point in points)
    assert most == max(bucket.count.drifted for bucket in whole.chart.known if bucket.count)


@given(POINTS)
def test_bars_stay_within_the_chart(points: list[TrendPoint]) -> None:
    for each in ranges(points):
        for area in each.chart.areas:
            for left, upper, height in re.findall(r"M(\d+) ([\d.e-]+)h8v([\d.]+)h-8z", area.path):
                assert 0 <= int(left) <= each.chart.width - 9
                assert float(upper) >= -0.01
                assert float(upper) + float(height) <= 100.1
