"""The past in bars: runs become nights, nights become buckets, and those the paths of an SVG.

All lengths are in the units of a chart's own viewBox, which the page stretches to its width.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from drift.findings import PlaceCount, TrendPoint
from drift.render.wording import plural

_SHORT_RANGES: Final = (30, 90)
"""Nights; where there is more to show, a range of its own shows it all."""
_MOST_BARS: Final = 120
_MOST_BARS_OF_A_PLACE: Final = 60
_BUCKETS: Final = (1, 2, 7, 14, 28, 91, 182, 364)
"""How many nights one bar may stand for, so that bars mean the same nights of the week."""
_BAR: Final = 10
"""From one bar to the next."""
_GAP: Final = 2
"""Between two bars."""
_HEIGHT: Final = 100
_TITLED_BARS: Final = 3
"""The axis names the first, the middle and the last bar."""


class Layer(StrEnum):
    """What a part of a bar counts, from the bottom up."""

    DRIFTED = "drifted"
    OTHER = "other"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much was open in one night."""

    drifted: int = 0
    other: int = 0
    unverified: int = 0

    def __add__(self, more: Count) -> Count:
        return Count(
            drifted=self.drifted + more.drifted,
            other=self.other + more.other,
            unverified=self.unverified + more.unverified,
        )

    @property
    def total(self) -> int:
        """All of it: how high a bar is."""
        return self.drifted + self.other + self.unverified

    @property
    def badness(self) -> tuple[int, int, int]:
        """Compares nights: drift first, then what nobody could see."""
        return (self.drifted, self.unverified, self.other)

    def of(self, layer: Layer) -> int:
        """Return the number of one layer."""
        match layer:
            case Layer.DRIFTED:
                return self.drifted
            case Layer.OTHER:
                return self.other
            case Layer.UNVERIFIED:
                return self.unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bar: a night, or the worst of several."""

    first: date
    last: date
    count: Count | None
    """None: there was no run, and nobody knows."""
    worst: date | None
    """Which night the count is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The bars of one layer, as one path."""

    layer: Layer
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars, oldest first, stacked by layer."""

    buckets: tuple[Bucket, ...]
    top: int
    """What the full height stands for."""
    areas: tuple[Area, ...]
    gaps: str
    """A path over the bars without a run: they must not look like nights without drift."""

    @property
    def width(self) -> int:
        """Of the viewBox."""
        return len(self.buckets) * _BAR

    @property
    def height(self) -> int:
        """Of the viewBox."""
        return _HEIGHT

    @property
    def bar(self) -> int:
        """From one bar to the next."""
        return _BAR

    @property
    def titled(self) -> tuple[Bucket, ...]:
        """The bars that the axis names."""
        if len(self.buckets) < _TITLED_BARS:
            return self.buckets
        return (self.buckets[0], self.buckets[len(self.buckets) // 2], self.buckets[-1])

    @property
    def now(self) -> Count:
        """How it is at the last run."""
        return self.buckets[-1].count or Count()

    @property
    def known(self) -> tuple[Bucket, ...]:
        """Those with a run."""
        return tuple(bucket for bucket in self.buckets if bucket.count is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTrend:
    """The bars of one account, or of one region."""

    name: str | None
    """None: nobody could tell which."""
    chart: Chart
    now: Count
    before: Count | None
    """At the first run of the range; None where this run is the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The same past, as far as one wants to look back."""

    id: str
    """`30`, `90` or `all`."""
    nights: int
    each: int
    """How many nights a bar stands for."""
    chart: Chart
    accounts: tuple[PlaceTrend, ...]
    regions: tuple[PlaceTrend, ...]

    @property
    def label(self) -> str:
        """What the switch says."""
        nights = plural(self.nights, "night")
        return f"All {nights}" if self.id == "all" else nights


def ranges(trend: Sequence[TrendPoint]) -> tuple[Range, ...]:
    """Return the last 30, the last 90 and all nights, those that differ; nothing of nothing.

    A night is a day in UTC, and its last run speaks for it. A night without a run is a gap.
    """
    if not trend:
        return ()
    nights = {point.at.date(): point for point in trend}
    last = max(nights)
    span = (last - min(nights)).days + 1
    spans = {str(short): short for short in _SHORT_RANGES if short < span}
    return tuple(
        _range(key, nights, last, length) for key, length in {**spans, "all": span}.items()
    )


def _range(key: str, nights: Mapping[date, TrendPoint], last: date, length: int) -> Range:
    shown = {day: point for day, point in nights.items() if (last - day).days < length}
    each = _each(length, _MOST_BARS)
    whole = _counts(shown, lambda _place: None).get(None) or dict.fromkeys(shown, Count())
    return Range(
        id=key,
        nights=length,
        each=each,
        chart=_chart(_buckets(whole, last, length, each)),
        accounts=_places(shown, last, length, lambda place: place.account),
        regions=_places(shown, last, length, lambda place: place.region),
    )


def _places(
    nights: Mapping[date, TrendPoint],
    last: date,
    length: int,
    name_of: Callable[[PlaceCount], str | None],
) -> tuple[PlaceTrend, ...]:
    """Return every place in which something was open, the worst of this night first."""
    each = _each(length, _MOST_BARS_OF_A_PLACE)
    first = min(nights)
    places = [
        PlaceTrend(
            name=name,
            chart=_chart(_buckets(counts, last, length, each)),
            now=counts[last],
            before=counts[first] if first < last else None,
        )
        for name, counts in _counts(nights, name_of).items()
    ]
    return tuple(
        sorted(places, key=lambda place: ([-n for n in place.now.badness], place.name or ""))
    )


def _counts(
    nights: Mapping[date, TrendPoint], name_of: Callable[[PlaceCount], str | None]
) -> dict[str | None, dict[date, Count]]:
    """Return what was open by name and night; zero in a night with a run that does not name it."""
    found: dict[str | None, dict[date, Count]] = defaultdict(lambda: dict.fromkeys(nights, Count()))
    for day, point in nights.items():
        for place in point.places:
            found[name_of(place)][day] += Count(
                drifted=place.drifted, other=place.other, unverified=place.unverified
            )
    return dict(found)


def _each(length: int, most: int) -> int:
    """Return how many nights a bar stands for, so that there are not more than `most`."""
    fitting = (each for each in _BUCKETS if length <= each * most)
    return next(fitting, -(-length // most))


def _buckets(
    counts: Mapping[date, Count], last: date, length: int, each: int
) -> tuple[Bucket, ...]:
    """Divide the nights from the last one backwards; the first bucket may be a short one."""
    by_bucket: dict[int, list[date]] = defaultdict(list)
    for day in counts:
        by_bucket[(last - day).days // each].append(day)
    start = last - timedelta(days=length - 1)
    return tuple(
        _bucket(
            counts,
            by_bucket.get(age, ()),
            first=max(start, last - timedelta(days=(age + 1) * each - 1)),
            last=last - timedelta(days=age * each),
        )
        for age in reversed(range(-(-length // each)))
    )


def _bucket(counts: Mapping[date, Count], days: Iterable[date], first: date, last: date) -> Bucket:
    worst = max(days, key=lambda day: (counts[day].badness, day), default=None)
    count = None if worst is None else counts[worst]
    return Bucket(first=first, last=last, count=count, worst=worst)


def _chart(buckets: tuple[Bucket, ...]) -> Chart:
    top = _round_up(max((bucket.count.total for bucket in buckets if bucket.count), default=0))
    paths: dict[Layer, list[str]] = {layer: [] for layer in Layer}
    for number, bucket in enumerate(buckets):
        below = 0
        for layer in Layer:
            amount = 0 if bucket.count is None else bucket.count.of(layer)
            if amount:
                paths[layer].append(_rectangle(number, below, amount, top))
                below += amount
    areas = tuple(Area(layer=layer, path="".join(parts)) for layer, parts in paths.items() if parts)
    gaps = "".join(
        f"M{number * _BAR} 0h{_BAR}v{_HEIGHT}h-{_BAR}z"
        for number, bucket in enumerate(buckets)
        if bucket.count is None
    )
    return Chart(buckets=buckets, top=top, areas=areas, gaps=gaps)


def _rectangle(number: int, below: int, amount: int, top: int) -> str:
    left = number * _BAR + _GAP // 2
    width = _BAR - _GAP
    upper = _HEIGHT - _HEIGHT * (below + amount) / top
    height = _HEIGHT * amount / top
    return f"M{left} {upper:.4g}h{width}v{height:.4g}h-{width}z"


def _round_up(most: int) -> int:
    """Return the next number that reads well on an axis and has a half: 2, 4, 10, 20, 40, 100."""
    size = 1
    while True:
        for step in (2, 4, 6, 10):
            if most <= step * size:
                return step * size
        size *= 10


def told(bucket: Bucket) -> str:
    """Return a bar as a sentence."""
    if bucket.count is None:
        return "no run"
    parts = [
        f"{bucket.count.drifted} drifted",
        f"{bucket.count.other} other",
        f"{bucket.count.unverified} not verified",
    ]
    return ", ".join(parts)


def summary(chosen: Range) -> str:
    """Return a chart as a sentence, for who can't see it."""
    known = chosen.chart.known
    first, last = known[0], known[-1]
    worst = max(known, key=lambda bucket: bucket.count.badness if bucket.count else (0, 0, 0))
    return (
        f"Open findings over {plural(chosen.nights, 'night')}. "
        f"{first.worst}: {told(first)}. Worst, {worst.worst}: {told(worst)}. "
        f"{last.worst}: {told(last)}."
    )
