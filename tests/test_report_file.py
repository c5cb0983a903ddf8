"""Reading back what `-o json` wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drift import report_file
from drift.cli import run
from drift.errors import ReportFileError
from drift.findings import (
    Acceptance,
    AcceptanceProblem,
    Action,
    Changes,
    Kind,
    PlaceCount,
    Report,
    StaleAcceptance,
    Standing,
    TrackedFinding,
    TrendPoint,
    Verdict,
)
from drift.render import json_v1, text
from tests.render.reports import every_kind, hostile


def back(report: Report) -> Report:
    return report_file.parse(json_v1.render(report).encode(), "drift.json")


def with_everything() -> Report:
    """Return a report in which no part is empty."""
    report = every_kind()
    first, *others = report.findings
    acceptance = Acceptance(reason="moved on purpose", owner="net", until="2026-12-31")
    return replace(
        report,
        findings=(replace(first, accepted=acceptance), *others),
        fail_on=frozenset({Kind.MISSING, Kind.UNMANAGED}),
        stale_acceptances=(
            StaleAcceptance(
                rule="drift.toml:4", problem=AcceptanceProblem.EXPIRED, acceptance=acceptance
            ),
        ),
        changes=Changes(
            previous_at=datetime(2026, 3, 2, 6, tzinfo=UTC),
            tracked=tuple(
                TrackedFinding(
                    standing=standing,
                    kind=first.kind,
                    fingerprint=first.fingerprint,
                    subject=first.subject,
                    message=first.message,
                    first_seen=datetime(2026, 3, 1, 6, tzinfo=UTC),
                    nights=3,
                    was="0" * 32,
                )
                for standing in Standing
            ),
            trend=(
                TrendPoint(
                    at=datetime(2026, 3, 2, 6, tzinfo=UTC),
                    places=(
                        PlaceCount(
                            account=None, region="eu-west-1", drifted=1, other=2, unverified=3
                        ),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize("make", [every_kind, hostile, with_everything, Report])
def test_what_was_written_is_read_back(make: Callable[[], Report]) -> None:
    """The document is the same; only what is never shown is gone."""
    report = make()
    assert json_v1.render(back(report)) == json_v1.render(report)


def test_a_report_is_equal_but_for_what_the_document_does_not_tell() -> None:
    report = with_everything()
    untold = {"source": None, "declared_id": None, "declared_at": None, "live_created_at": None}
    told = replace(
        report,
        in_sync=tuple(
            replace(entry, subject=replace(entry.subject, **untold)) for entry in report.in_sync
        ),
        pending=tuple(
            replace(entry, subject=replace(entry.subject, **untold)) for entry in report.pending
        ),
    )
    assert back(report) == told


def test_a_document_may_lack_what_came_later_and_have_what_comes_later_still() -> None:
    document = json.loads(json_v1.render(every_kind()))
    for key in ("pending", "notes", "fail_on", "stale_acceptances", "changes"):
        del document[key]
    for finding in document["findings"]:
        del finding["source"]
        finding["next_year"] = 1
        finding["notes"].append("note-of-next-year")
        for remedy in finding["remedies"]:
            remedy["action"] = "repave"
    document["format_version"] = "1.7"
    report = report_file.parse(json.dumps(document).encode(), "drift.json")
    assert report.verdict is Verdict.DRIFTED
    assert report.pending == ()
    assert report.changes is None
    assert {remedy.action for one in report.findings for remedy in one.remedies} == {Action.INSPECT}


@pytest.mark.parametrize(
    ("fail_on", "verdict"),
    [
        (frozenset[Kind](), Verdict.UNVERIFIED),
        (frozenset({Kind.UNMANAGED}), Verdict.DRIFTED),
        (frozenset({Kind.MISSING}), Verdict.DRIFTED),
    ],
    ids=["none", "unmanaged", "missing"],
)
def test_the_verdict_is_that_of_the_document_even_if_it_does_not_tell_why(
    fail_on: frozenset[Kind], verdict: Verdict
) -> None:
    document = json.loads(json_v1.render(replace(every_kind(), fail_on=fail_on)))
    del document["fail_on"]
    assert report_file.parse(json.dumps(document).encode(), "drift.json").verdict is verdict


WRITE = "write one with `drift check -o json=drift.json`"


@pytest.mark.parametrize(
    ("content", "cause", "next_step"),
    [
        ("", "drift.json is empty", WRITE),
        ("{", "drift.json is not JSON: Input data was truncated", WRITE),
        ("[]", "drift.json is JSON, but no report of drift", WRITE),
        ('{"version": 3, "deployment": {}}', "drift.json is JSON, but no report of drift", WRITE),
        (
            '{"format_version": "2.0"}',
            "drift.json is of format_version '2.0'; this drift reads 1.x",
            "read it with the version of drift that wrote it, or check again",
        ),
        (
            '{"format_version": "1.0", "findings": []}',
            "drift.json is no whole report of drift: Object missing required field `tool`",
            WRITE,
        ),
    ],
    ids=["empty", "cut off", "a list", "a state", "of the future", "hardly anything"],
)
def test_what_is_no_report_says_why(content: str, cause: str, next_step: str) -> None:
    with pytest.raises(ReportFileError) as caught:
        report_file.parse(content.encode(), "drift.json")
    assert (caught.value.cause, caught.value.next_step) == (cause, next_step)


@pytest.mark.parametrize(
    ("key", "value"),
    [("generated_at", "yesterday"), ("findings", [{"kind": "flow-log-purple"}]), ("coverage", 7)],
    ids=["a time that is none", "a kind that is none", "a number for a list"],
)
def test_a_damaged_report_is_no_report(key: str, value: object) -> None:
    document = json.loads(json_v1.render(every_kind())) | {key: value}
    with pytest.raises(ReportFileError, match="no whole report of drift"):
        report_file.parse(json.dumps(document).encode(), "drift.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    with pytest.raises(ReportFileError) as caught:
        report_file.read(str(path), stdin=io.BytesIO())
    assert caught.value.cause == f"{path} can't be read: No such file or directory"


def test_standard_input() -> None:
    document = json_v1.render(every_kind())
    report = report_file.read("-", stdin=io.BytesIO(document.encode()))
    assert json_v1.render(report) == document


# -- the command -----------------------------------------------------------------------------------


def test_render_shows_a_report_in_another_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "drift.json"
    document.write_text(json_v1.render(every_kind()), encoding="utf-8")
    assert run(["render", str(document)]) == 0
    assert capsys.readouterr().out == text.render(every_kind())


def test_render_overwrites_nothing_that_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "drift.json"
    document.write_text(json_v1.render(every_kind()), encoding="utf-8")
    assert run(["render", str(document), "-o", f"text={document}"]) == 2
    assert "would overwrite" in capsys.readouterr().err
