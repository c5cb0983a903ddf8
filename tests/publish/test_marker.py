"""The hidden first line: written and read back, and never found where it only is quoted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.findings import Report
from drift.model import DeclarationSource
from drift.publish.marker import Marker, Run, State, key_named, key_of, read
from tests.render.reports import every_kind, hostile

MARKER = Marker(
    key=key_named("prod"),
    state=State.DRIFTED,
    at=datetime(2026, 3, 3, 6, 0, 0, 123456, tzinfo=UTC),
    run=Run(number=123, attempt=2),
)


def test_what_it_looks_like() -> None:
    assert MARKER.line() == (
        "<!-- flow-log-drift:comment key=14b9eb6e4c2f0a6d5e1b8d0a state=drifted "
        "at=2026-03-03T06:00:00.123456+00:00 run=123.2 -->"
    ).replace("14b9eb6e4c2f0a6d5e1b8d0a", MARKER.key)


@given(
    st.sampled_from(State),
    st.datetimes(timezones=st.just(UTC)),
    st.none() | st.builds(Run, number=st.integers(0, 10**17), attempt=st.integers(0, 10**17)),
    st.text(),
)
def test_it_is_read_back(state: State, at: datetime, run: Run | None, text: str) -> None:
    marker = Marker(key=key_named("x"), state=state, at=at, run=run)
    assert read(f"{marker.line()}\n\n{text}") == (marker, text.lstrip())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Looks good!",
        f"> {MARKER.line()}",
        f" {MARKER.line()}",
        f"Look:\n{MARKER.line()}",
        MARKER.line().replace("drifted", "fine"),
        MARKER.line().replace("2026-03-03", "2026-13-03"),
        MARKER.line().replace("+00:00", ""),
        MARKER.line().replace("run=123.2", "run=x"),
        MARKER.line().replace("key=", "key=../"),
        MARKER.line().removesuffix(" -->"),
    ],
)
def test_what_is_no_marker(body: str) -> None:
    assert read(body) is None


@given(st.text())
def test_anything_can_be_read(body: str) -> None:
    assert read(body) is None


def test_the_identity_of_a_result_is_its_projects_and_stacks() -> None:
    report = every_kind()
    key = key_of(report)
    assert key == key_of(replace(report, sources=report.sources[::-1]))
    assert key == key_of(replace(report, findings=()))
    assert key == key_of(replace(report, sources=report.sources * 2))
    dev = DeclarationSource(source="dev.json", project="net", stack="dev")
    assert key != key_of(replace(report, sources=(*report.sources, dev)))


def test_names_cannot_be_shifted_into_one_another() -> None:
    keys = {
        key_of(Report(sources=(DeclarationSource(source="-", project=project, stack=stack),)))
        for project, stack in [("a", "b/c"), ("a/b", "c"), (None, "a"), ("a", None)]
    }
    assert len(keys | {key_named("a"), key_of(Report())}) == 6


def test_hostile_names_cannot_end_the_marker() -> None:
    marker = replace(MARKER, key=key_of(hostile()))
    assert read(marker.line()) == (marker, "")
    assert read(replace(MARKER, key=key_named("x --> @all")).line()) is not None
