"""Runs that are recorded, and what is read back: the same in every database."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.changes import NO_PAST, changes, past_of
from drift.check import check
from drift.errors import HistoryError
from drift.findings import Acceptance, Kind, Report, Standing
from drift.history.location import Location, locate
from drift.history.nouns import Life, PastRun, Pruned, Seen, Stretch
from drift.history.store import History
from drift.model import Coverage, Declarations, DeclarationSource, Inventory
from tests.build import LIVE_A, A, declarations, inventory
from tests.render.reports import every_kind, hostile
from tests.test_changes import EDITED, EDITED_MORE, MONDAY, NIGHT, nights


def report(
    asked: Declarations, found: Inventory, at: datetime = MONDAY, *, accepted: bool = False
) -> Report:
    made = replace(check(asked, found), generated_at=at)
    if not accepted:
        return made
    decision = Acceptance(reason="until the move", owner="net", until="2026-12-31")
    return replace(made, findings=tuple(replace(one, accepted=decision) for one in made.findings))


def record(history: History, made: Report, name: str | None = None) -> Report:
    with history.recording(made, name) as told:
        pass
    return told


def told(made: Report) -> list[tuple[Standing, Kind, int]]:
    assert made.changes is not None
    return [(one.standing, one.kind, one.nights) for one in made.changes.tracked]


DRIFTED = (declarations(A), inventory(EDITED))
GOOD = (declarations(A), inventory(LIVE_A))
DENIED = (declarations(A), inventory(status=Coverage.DENIED))


def test_the_run_before_is_remembered(history: History) -> None:
    first = record(history, report(*DRIFTED))
    assert first.changes == changes(report(*DRIFTED), NO_PAST)
    second = record(history, report(*DRIFTED, at=MONDAY + NIGHT))
    assert second.changes == changes(report(*DRIFTED, at=MONDAY + NIGHT), past_of(first))
    assert told(second) == [(Standing.STILL_OPEN, Kind.MODIFIED, 2)]


@given(st.lists(nights(), min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_history_tells_what_a_chain_of_reports_tells(
    played: list[tuple[Declarations, Inventory]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(locate(str(Path(folder) / "nightly.db")))
        past = NO_PAST
        for number, night in enumerate(played):
            made = report(*night, at=MONDAY + number * NIGHT)
            expected = replace(made, changes=changes(made, past))
            assert record(history, made, "net").changes == expected.changes
            past = past_of(expected)


def test_hostile_text_comes_back_as_it_was(history: History) -> None:
    made = replace(hostile(), changes=None)
    made = replace(
        made,
        findings=tuple(
            replace(one, message=f"{one.message}\x00\ud800\\u0041") for one in made.findings
        ),
    )
    first = record(history, made, "a\x00b")
    again = record(history, replace(made, generated_at=made.generated_at + NIGHT), "a\x00b")
    assert first.changes is not None
    assert again.changes is not None
    assert {one.standing for one in again.changes.tracked} == {Standing.STILL_OPEN}
    gone = replace(made, findings=(), generated_at=made.generated_at + 2 * NIGHT)
    last = record(history, gone, "a\x00b")
    assert last.changes is not None
    assert [(one.subject, one.message) for one in last.changes.tracked] == [
        (one.subject, one.message) for one in again.changes.tracked
    ]


def test_a_run_is_stored_whole_or_not_at_all(history: History) -> None:
    record(history, report(*DRIFTED))
    with pytest.raises(ZeroDivisionError), history.recording(report(*GOOD), None):
        raise ZeroDivisionError
    assert history.runs(name=None, most=None)[1] == 1
    again = record(history, report(*DRIFTED, at=MONDAY + NIGHT))
    assert told(again) == [(Standing.STILL_OPEN, Kind.MODIFIED, 2)]


def test_first_runs_at_once_wait_for_each_other(location: Location) -> None:
    def run(minute: int) -> Report:
        made = report(*DRIFTED, at=MONDAY + timedelta(minutes=minute))
        return record(History(location), made)

    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(run, range(8)))
    standings = sorted(one.changes.tracked[0].standing for one in reports if one.changes)
    assert standings == [Standing.NEW] + 7 * [Standing.STILL_OPEN]
    assert sorted(len(one.changes.trend) for one in reports if one.changes) == list(range(1, 9))
    assert History(location).runs(name=None, most=None)[1] == 8


# -- whose runs they are --------------------------------------------------------------------------


def of_stacks(*stacks: str) -> Declarations:
    return Declarations(
        sources=tuple(
            DeclarationSource(source=f"{stack}.json", project="net", stack=stack)
            for stack in stacks
        )
    )


def previous(made: Report) -> datetime | None:
    assert made.changes is not None
    return made.changes.previous_at


def test_runs_of_other_stacks_are_another_history(history: History) -> None:
    at = [MONDAY + number * NIGHT for number in range(6)]
    assert previous(record(history, report(of_stacks("a"), inventory(), at[0]))) is None
    assert previous(record(history, report(of_stacks("b"), inventory(), at[1]))) is None
    both = of_stacks("a", "c")
    assert previous(record(history, report(both, inventory(), at[2]))) == at[0]
    assert previous(record(history, report(of_stacks("c"), inventory(), at[3]))) == at[2]
    assert previous(record(history, report(of_stacks("b"), inventory(), at[4]))) == at[1]
    # Nothing could be read: that is news about what was checked last.
    unread = Declarations(sources=(DeclarationSource(source="a.json", error="no JSON"),))
    assert previous(record(history, report(unread, inventory(), at[5]))) == at[4]


def test_a_name_is_a_history_of_its_own(history: History) -> None:
    record(history, report(*DRIFTED))
    named = record(history, report(*DRIFTED, at=MONDAY + NIGHT), "net")
    assert previous(named) is None
    again = record(history, report(of_stacks("z"), inventory(), MONDAY + 2 * NIGHT), "net")
    assert previous(again) == MONDAY + NIGHT
    runs, total = history.runs(name="net", most=1)
    assert ([run.name for run in runs], total) == (["net"], 2)


def test_the_list_of_runs(history: History) -> None:
    record(history, report(*DRIFTED))
    record(history, report(*GOOD, at=MONDAY + NIGHT))
    numbers = {"other": 0, "unverified": 0, "accepted": 0, "still_open": 0, "unseen": 0}
    assert history.runs(name=None, most=None) == (
        (
            PastRun(
                name="net/prod",
                at=MONDAY + NIGHT,
                verdict="in-sync",
                drifted=0,
                new=0,
                resolved=1,
                **numbers,
            ),
            PastRun(
                name="net/prod",
                at=MONDAY,
                verdict="drifted",
                drifted=1,
                new=1,
                resolved=0,
                **numbers,
            ),
        ),
        2,
    )


# -- the life of a finding ------------------------------------------------------------------------


def test_a_life(history: History) -> None:
    played = [DRIFTED, DRIFTED, DENIED, DRIFTED, GOOD, GOOD, DRIFTED]
    for number, night in enumerate(played):
        record(history, report(*night, at=MONDAY + number * NIGHT))
    last = MONDAY + 7 * NIGHT
    record(history, report(*DRIFTED, at=last, accepted=True))
    [finding] = report(*DRIFTED).findings

    def stretch(seen: Seen, night: int) -> Stretch:
        at = MONDAY + night * NIGHT
        return Stretch(seen=seen, first=at, last=at, runs=1)

    assert history.life(finding.fingerprint[:6], name=None) == (
        Life(
            name="net/prod",
            fingerprint=finding.fingerprint,
            kind=Kind.MODIFIED,
            subject=finding.subject,
            message=finding.message,
            differences=finding.differences,
            first_seen=MONDAY + 6 * NIGHT,
            nights=2,
            accepted=Acceptance(reason="until the move", owner="net", until="2026-12-31"),
            stretches=(
                stretch(Seen.NEW, 0),
                stretch(Seen.STILL_OPEN, 1),
                stretch(Seen.UNVERIFIED, 2),
                stretch(Seen.STILL_OPEN, 3),
                stretch(Seen.RESOLVED, 4),
                stretch(Seen.NEW, 6),
                stretch(Seen.ACCEPTED, 7),
            ),
        ),
    )


def test_an_unknown_or_ambiguous_fingerprint(history: History) -> None:
    record(history, every_kind())
    with pytest.raises(HistoryError, match="had a finding ffff"):
        history.life("ffff", name=None)
    with pytest.raises(HistoryError, match="is the beginning of 7 fingerprints"):
        history.life("", name=None)


# -- forgetting -----------------------------------------------------------------------------------


def test_pruning_keeps_what_is_asked_and_the_age_of_what_is_open(history: History) -> None:
    night = [
        (declarations(A), inventory(EDITED_MORE)),
        *(6 * [DRIFTED]),
    ]
    for number, one in enumerate(night):
        record(history, report(*one, at=MONDAY + number * NIGHT))
    expected = Pruned(runs=4, findings=1, kept=3)
    then = MONDAY + 5 * NIGHT
    assert history.prune(before=then, keep_runs=3, name=None, dry_run=True) == expected
    assert history.runs(name=None, most=None)[1] == 7
    assert history.prune(before=then, keep_runs=3, name=None, dry_run=False) == expected
    assert history.runs(name=None, most=None)[1] == 3
    last = record(history, report(*DRIFTED, at=MONDAY + 7 * NIGHT))
    assert told(last) == [(Standing.STILL_OPEN, Kind.MODIFIED, 7)]
    assert last.changes is not None
    assert last.changes.tracked[0].first_seen == MONDAY + NIGHT


def test_the_last_run_of_each_estate_is_always_kept(history: History) -> None:
    record(history, report(*DRIFTED))
    record(history, report(*DRIFTED), "other")
    far = MONDAY + 1000 * NIGHT
    assert history.prune(before=far, keep_runs=None, name=None, dry_run=False) == Pruned(
        runs=0, findings=0, kept=2
    )


def test_forgetting_what_can_not_be_seen_any_more(history: History) -> None:
    [finding] = record(history, report(*DRIFTED)).findings
    with pytest.raises(HistoryError, match="is no finding that could not be verified"):
        history.forget(finding.fingerprint, name=None)
    gone = replace(of_stacks("prod"), sources=(DeclarationSource(source="x", error="no JSON"),))
    second = record(history, report(gone, inventory(), MONDAY + NIGHT))
    assert told(second) == [(Standing.UNVERIFIED, Kind.MODIFIED, 1)]
    assert history.forget(finding.fingerprint, name=None).fingerprint == finding.fingerprint
    assert told(record(history, report(gone, inventory(), MONDAY + 2 * NIGHT))) == []
