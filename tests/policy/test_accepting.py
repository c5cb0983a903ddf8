"""Drift that a drift.toml accepts, in a policy pack."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from drift.findings import Acceptance, Report
from drift.policy import verdicts
from drift.policy.accepting import accepted
from drift.policy.catalog import Name
from drift.policy.judgement import Judge
from drift.policy.options import Settings
from drift.policy.reading import Patience
from tests.policy.stack import as_seen, flow_log
from tests.policy.test_judgement import FakeAws
from tests.render.reports import every_kind

TODAY: Final = date(2026, 3, 3)


@pytest.fixture
def heard() -> list[str]:
    return []


def settings(folder: Path, text: str) -> str:
    path = folder / "drift.toml"
    path.write_text(text)
    return str(path)


def test_what_is_accepted_is_no_violation_and_is_told(tmp_path: Path, heard: list[str]) -> None:
    path = settings(tmp_path, "[[accept]]\nurn = '*::a'\nreason = 'Known.'\n")
    judge = Judge(
        is_preview=lambda: True,
        ask=FakeAws([[]]),
        patience=Patience(sleep=lambda _seconds: None),
        announce=heard.append,
        settings_file=path,
    )
    stack = as_seen(
        flow_log("a", "fl-1", vpcId="vpc-1"),
        flow_log("b", "fl-2", vpcId="vpc-2"),
    )
    judgement = judge.judgement(Name.MISSING, stack)
    [other] = verdicts.violations(Name.MISSING, judgement, Settings())
    assert other.urn == "urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::b"
    assert heard == [f"flow-log-drift: accepted by {path}: flow-log-missing of a"]


@pytest.mark.parametrize("path", [None, ""])
def test_without_a_file(path: str | None, heard: list[str]) -> None:
    assert accepted(every_kind(), path, TODAY, heard.append) == every_kind()
    assert heard == []


def test_no_rule_is_stale_in_a_preview(tmp_path: Path, heard: list[str]) -> None:
    path = settings(tmp_path, "[check]\nstack = 1\n[[accept]]\nurn = '*::x'\nreason = 'Known.'\n")
    assert accepted(every_kind(), path, TODAY, heard.append) == every_kind()
    assert heard == []


def test_a_file_that_can_not_be_followed_accepts_nothing(
    tmp_path: Path, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings(tmp_path, "[[accept]]\nkind = '*'\nreason = 'Known.'\n")
    assert accepted(every_kind(), "drift.toml", TODAY, heard.append) == every_kind()
    assert accepted(Report(), "none.toml", TODAY, heard.append) == Report()
    assert heard == [
        (
            "flow-log-drift accepts nothing: FLOW_LOG_DRIFT_CONFIG: drift.toml:1: accept: would "
            "accept all drift there is: say which, by fingerprint, kind, urn, …\n"
            "  -> `drift schema --config` prints what the file may hold"
        ),
        (
            "flow-log-drift accepts nothing: FLOW_LOG_DRIFT_CONFIG: none.toml can't be read: No "
            "such file or directory\n"
            "  -> name a file that is there with --config, or leave it out with --no-config"
        ),
    ]


def test_many_are_told_in_short(tmp_path: Path, heard: list[str]) -> None:
    path = settings(tmp_path, "[[accept]]\nkind = 'flow-log-*'\nreason = 'Known.'\n")
    marked = accepted(every_kind(), path, TODAY, heard.append)
    decisions = {one.accepted for one in marked.findings} - {None}
    assert decisions == {Acceptance(reason="Known.")}
    [line] = heard
    assert line.startswith(f"flow-log-drift: accepted by {path}: flow-log-replaced of a, ")
