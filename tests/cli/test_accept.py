"""`drift accept`: a finding of a report becomes a rule of drift.toml."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from drift.acceptance import accepted
from drift.cli import run
from drift.errors import ExitCode
from drift.findings import Finding, Kind, Report
from drift.render import json_v1
from drift.settings.file import find, read
from tests.render.reports import every_kind, hostile

REPORT: Final = every_kind()
TODAY: Final = date(2026, 3, 3)


def finding(kind: Kind) -> Finding:
    return next(one for one in REPORT.findings if one.kind is kind)


MODIFIED: Final = finding(Kind.MODIFIED)
UNMANAGED: Final = finding(Kind.UNMANAGED)
RULE: Final = f"""\
[[accept]]
# flow-log-modified edited (net/prod, vpc-edited, 123456789012 us-east-1): TrafficType
fingerprint = "{MODIFIED.fingerprint}"
kind = "flow-log-modified"
urn = "urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::edited"
reason = "A test of ours."
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a repository with a report."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    write(REPORT)
    return tmp_path


def write(report: Report) -> None:
    Path("drift.json").write_text(json_v1.render(report))


@pytest.fixture
def complaint(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run `drift accept` and return the cause of its error; no file is written."""

    def complain(fingerprint: str, *options: str, reason: str = "A test.") -> str:
        before = {path: path.read_bytes() for path in Path().rglob("*.toml")}
        assert run(["accept", fingerprint, "--reason", reason, *options]) == ExitCode.COULD_NOT_RUN
        assert {path: path.read_bytes() for path in Path().rglob("*.toml")} == before
        return capsys.readouterr().err.removeprefix("drift: ").partition("\n")[0]

    return complain


def test_a_new_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accept", MODIFIED.fingerprint, "--reason", "A test of ours."]) == ExitCode.IN_SYNC
    assert Path("drift.toml").read_text() == RULE
    assert capsys.readouterr().out == f"drift.toml accepts this now:\n\n{RULE}"


def test_owner_and_date_and_a_file_that_is_there() -> None:
    before = "# Ours.\n[check]\nstack   = 'prod'\n"
    Path("drift.toml").write_text(before)
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    words = ["--reason", "Kept.", "--owner", "platform", "--until", tomorrow]
    assert run(["accept", UNMANAGED.fingerprint[:8].upper(), *words]) == ExitCode.IN_SYNC
    assert (
        Path("drift.toml").read_text()
        == f"""\
{before}
[[accept]]
# flow-log-unmanaged {UNMANAGED.subject.live_id} (vpc-0bb22cc33dd44ee55, 123456789012 us-east-1)
fingerprint = "{UNMANAGED.fingerprint}"
kind = "flow-log-unmanaged"
account = "123456789012"
region = "us-east-1"
reason = "Kept."
owner = "platform"
until = {tomorrow}
"""
    )


def test_today_is_a_day_to_come() -> None:
    today = datetime.now(UTC).date().isoformat()
    words = ["--reason", "x", "--until", today]
    assert run(["accept", MODIFIED.fingerprint, *words]) == ExitCode.IN_SYNC


def test_it_writes_where_the_settings_are(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text("[tool.drift.check]\nstack = 'prod'\n")
    (here / "deep").mkdir()
    monkeypatch.chdir(here / "deep")
    words = ["--reason", "A test of ours.", "--report", "../drift.json"]
    assert run(["accept", MODIFIED.fingerprint, *words]) == ExitCode.IN_SYNC
    assert (here / "pyproject.toml").read_text() == (
        "[tool.drift.check]\nstack = 'prod'\n\n"
        + RULE.replace("[[accept]]", "[[tool.drift.accept]]")
    )
    assert not (here / "deep" / "drift.toml").exists()


@pytest.mark.parametrize("there", [False, True])
def test_config(there: bool) -> None:
    if there:
        Path("other.toml").write_text("")
    words = ["--reason", "A test of ours.", "--config", "other.toml"]
    assert run(["accept", MODIFIED.fingerprint, *words]) == ExitCode.IN_SYNC
    assert Path("other.toml").read_text() == RULE


def test_a_report_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(Path("drift.json").read_bytes()))
    monkeypatch.setattr(sys, "stdin", text)
    words = ["--reason", "A test of ours.", "--report", "-"]
    assert run(["accept", MODIFIED.fingerprint, *words]) == ExitCode.IN_SYNC
    assert Path("drift.toml").read_text() == RULE


def test_each_finding_of_a_report_can_be_accepted(here: Path) -> None:
    for one in REPORT.findings:
        code = run(["accept", one.fingerprint, "--reason", "Known."])
        refused = one.kind is Kind.UNVERIFIED
        assert code == (ExitCode.COULD_NOT_RUN if refused else ExitCode.IN_SYNC)
    file = find(here)
    assert file is not None
    after = accepted(REPORT, read(file, ()).rules, TODAY)
    assert {one.kind for one in after.findings if one.accepted is None} == {Kind.UNVERIFIED}
    assert after.stale_acceptances == ()


def test_hostile_text_stays_in_its_comment(here: Path) -> None:
    write(hostile())
    can_be = [one for one in hostile().findings if one.accepted is None]
    done = [
        one
        for one in can_be
        if run(["accept", one.fingerprint, "--reason", "x"]) == ExitCode.IN_SYNC
    ]
    assert done
    file = find(here)
    assert file is not None
    rules = read(file, ()).rules
    assert [one.fingerprints for one in rules] == [(one.fingerprint,) for one in done]
    assert file.text.isascii()


# -- refused ---------------------------------------------------------------------------------------


def test_what_could_not_be_verified(complaint: Callable[..., str]) -> None:
    one = next(
        one for one in REPORT.findings if one.kind is Kind.UNVERIFIED and one.unverified_fields
    )
    assert complaint(one.fingerprint) == (
        f"flow-log-unverified {one.subject.name} can't be accepted: it could not be verified: "
        "nobody knows yet what there is to accept"
    )


def test_what_is_accepted_already(complaint: Callable[..., str]) -> None:
    Path("drift.toml").write_text("[[accept]]\nfield = 'TrafficType'\nreason = 'x'\n")
    assert complaint(MODIFIED.fingerprint) == (
        "flow-log-modified edited is accepted already, by drift.toml:1"
    )


def test_a_rule_that_expired_is_no_hindrance() -> None:
    Path("drift.toml").write_text(
        "[[accept]]\nfield = 'TrafficType'\nreason = 'x'\nuntil = 2020-01-01\n"
    )
    assert run(["accept", MODIFIED.fingerprint, "--reason", "Still."]) == ExitCode.IN_SYNC


def test_a_fingerprint_that_names_no_finding(complaint: Callable[..., str]) -> None:
    assert complaint("0" * 32) == f"the report has no finding {'0' * 32}"
    assert complaint("payments") == "'payments' is no fingerprint"
    assert complaint(MODIFIED.fingerprint[:7]) == (
        f"'{MODIFIED.fingerprint[:7]}' is too short to be sure which finding is meant"
    )


def test_a_fingerprint_that_names_two(complaint: Callable[..., str]) -> None:
    first, second = "0" * 31 + "1", "0" * 31 + "2"
    write(
        replace(
            REPORT,
            findings=(
                replace(MODIFIED, fingerprint=first),
                replace(UNMANAGED, fingerprint=second),
            ),
        )
    )
    assert complaint("00000000") == f"00000000 may be any of {first}, {second}"


def test_a_reason_that_says_nothing(complaint: Callable[..., str]) -> None:
    assert complaint(MODIFIED.fingerprint, reason="  ") == "--reason says nothing"
    assert complaint(MODIFIED.fingerprint, reason="a\x1b[31m") == (
        r"--reason 'a\x1b[31m' has characters that can't be seen"
    )
    assert complaint(MODIFIED.fingerprint, "--owner", "") == "--owner says nothing"


def test_a_day_that_is_none(complaint: Callable[..., str]) -> None:
    assert complaint(MODIFIED.fingerprint, "--until", "20270101") == "'20270101' is no day"
    assert complaint(MODIFIED.fingerprint, "--until", "2026-02-30") == "'2026-02-30' is no day"
    assert complaint(MODIFIED.fingerprint, "--until", "2020-01-01").startswith(
        "--until 2020-01-01 has passed: today is "
    )


def test_no_report(complaint: Callable[..., str]) -> None:
    assert complaint("0" * 32, "--report", "none.json") == (
        "none.json can't be read: No such file or directory"
    )


def test_a_file_that_can_not_be_followed(complaint: Callable[..., str]) -> None:
    Path("drift.toml").write_text("[chek]\n")
    assert complaint(MODIFIED.fingerprint) == (
        "drift.toml:1: chek: there is no such key; check may be meant"
    )
