"""The words that renderers share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drift.findings import (
    Acceptance,
    Action,
    Changes,
    Difference,
    DifferenceType,
    Kind,
    Standing,
    Value,
    Verdict,
)
from drift.log_format import diff
from drift.render import wording
from tests.render.reports import GENERATED_AT, accepted, every_kind, nightly


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "(none)"),
        (True, "true"),
        (False, "false"),
        (600, "600"),
        (("a", "b"), "a; b"),
        ("a b", "a b"),
        ("prod ", '"prod "'),
        ("a  b", '"a  b"'),
        ("", '""'),
    ],
)
def test_a_value_shows_its_white_space(value: Value, shown: str) -> None:
    assert wording.shown(value) == shown


def test_headline() -> None:
    assert wording.headline(accepted()) == (
        "Drifted: 1 replaced, 1 accepted, 1 in sync, 1 to be created; 9 flow logs declared, 7 live"
    )


@pytest.mark.parametrize(
    ("declared", "live", "told"),
    [
        ("${a} ${b}", "${a}", "LogFormat: removed ${b}"),
        ("${a}", "${a} ${b}", "LogFormat: added ${b}"),
        ("${a} ${b}", "${b} ${a}", "LogFormat: reordered"),
        ("${a} ${b} ${c}", "${b} ${a} ${d}", "LogFormat: removed ${c}, added ${d}, reordered"),
    ],
)
def test_a_log_format_is_told_by_its_columns(declared: str, live: str, told: str) -> None:
    difference = Difference(
        field="LogFormat",
        type=DifferenceType.NOT_EQUAL,
        declared=declared,
        live=live,
        log_format=diff(declared, live),
    )
    assert wording.difference(difference) == told


def test_any_other_difference_is_told_by_its_values() -> None:
    [difference] = [
        one
        for finding in every_kind().findings
        for one in finding.differences
        if one.field == "TrafficType"
    ]
    assert wording.difference(difference) == "TrafficType: declared ALL, live REJECT"


def test_position_is_relative_to_the_repository() -> None:
    report = replace(every_kind(), project_folders={"net": "infra/net"})
    assert wording.position(report, report.findings[0].subject) == "infra/net/network.py:12"
    outside = replace(report, project_folders={"net": "../elsewhere"})
    assert wording.position(outside, outside.findings[0].subject) is None
    assert wording.position(report, report.findings[1].subject) is None


@pytest.mark.parametrize(
    ("acceptance", "told"),
    [
        (Acceptance(reason="a test"), "a test"),
        (Acceptance(reason="a test", owner="net"), "a test (net)"),
        (Acceptance(reason="a test", until="2026-04-30"), "a test (until 2026-04-30)"),
        (
            Acceptance(reason="a test", owner="net", until="2026-04-30"),
            "a test (net, until 2026-04-30)",
        ),
    ],
)
def test_accepted(acceptance: Acceptance, told: str) -> None:
    assert wording.accepted(acceptance) == told


def test_stale() -> None:
    assert [wording.stale(entry) for entry in accepted().stale_acceptances] == [
        "drift.toml:12 expired on 2026-02-28: what it accepted counts again",
        "drift.toml:20 matches no finding any more: remove it",
    ]


def test_changes() -> None:
    changes = nightly().changes
    assert changes is not None
    assert wording.changes_headline(changes) == (
        "3 new, 4 still open, 1 resolved, 1 could not be verified since 2026-03-02 06:00 UTC"
    )
    assert [wording.standing(changes.of(standing)[0]) for standing in Standing] == [
        "changed since the run before",
        "for 2 nights, since 2026-03-02",
        "after 3 nights",
        "open for 5 nights when last seen, since 2026-02-26",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (Changes(), "nothing open; the first run, with none before it"),
        (Changes(previous_at=GENERATED_AT), "nothing new since 2026-03-03 06:00 UTC"),
    ],
)
def test_nothing_changed(changes: Changes, told: str) -> None:
    assert wording.changes_headline(changes) == told


def test_there_are_words_for_everything() -> None:
    assert wording.KINDS.keys() == wording.GISTS.keys() == set(Kind)
    assert wording.ACTIONS.keys() == set(Action)
    assert wording.STANDINGS.keys() == set(Standing)
    assert wording.VERDICTS.keys() == set(Verdict)


def test_some() -> None:
    assert wording.some("abcde") == "a, b, c, d, e"
    assert wording.some("abcdefg") == "a, b, c, d, e and 2 more"
