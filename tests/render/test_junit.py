"""JUnit XML, as Jenkins's schema and other servers read it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, settings

from drift.findings import Acceptance, Changes, InSync, Kind, Report, Standing, Verdict
from drift.render import junit
from tests.build import ACCOUNT, OTHER_ACCOUNT, urn
from tests.render import junit_schema
from tests.render.foreign import TEXT
from tests.render.reports import accepted, every_kind, hostile, in_sync, nightly

REQUIRE = "FLOW_LOG_DRIFT_REQUIRE_REGISTRY"
"""Where this is set, a schema that cannot be downloaded fails the tests that need it."""


@pytest.fixture(scope="session")
def schema() -> xmlschema.XMLSchema:
    try:
        return xmlschema.XMLSchema(junit_schema.path())
    except junit_schema.NotToBeHadError as error:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, and {error}")
        pytest.skip(f"needs the schema of JUnit XML: {error}")


def parsed(report: Report) -> ET.Element:
    return ET.fromstring(junit.render(report))


def results(report: Report) -> dict[str, dict[str, list[str]]]:
    """Return of each suite each case with the elements in it."""
    return {
        suite.attrib["name"]: {case.attrib["name"]: [child.tag for child in case] for case in suite}
        for suite in parsed(report)
    }


@pytest.mark.parametrize("make", [every_kind, accepted, in_sync, nightly])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    matches_golden(f"{make.__name__}.junit.xml", junit.render(make()))


@pytest.mark.parametrize("make", [every_kind, accepted, in_sync, nightly, hostile, Report])
def test_every_report_fits_the_schema(
    make: Callable[[], Report], schema: xmlschema.XMLSchema
) -> None:
    schema.validate(junit.render(make()))


@settings(max_examples=30)
@given(TEXT)
def test_whatever_people_write_the_counts_are_right(text: str) -> None:
    root = parsed(hostile(text))
    for suite in (*root, root):
        cases = list(suite.iter("testcase"))
        counted = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": sum(case.find("error") is not None for case in cases),
        }
        assert {name: int(suite.attrib[name]) for name in counted} == counted


def test_what_no_xml_can_hold_is_replaced() -> None:
    assert "\N{REPLACEMENT CHARACTER}" in junit.render(hostile("\ufffe\uffff"))


def test_a_case_is_a_flow_log_and_ends_as_the_worst_that_is_said_of_it() -> None:
    assert results(every_kind()) == {
        "net/prod": {
            "a": ["failure"],
            "gone": ["failure"],
            "edited": ["failure"],
            "tagged": ["failure"],
            "new": ["system-out"],  # a collision, which is no drift
            "good": ["system-out"],  # undelivered, and in sync
            "secret": ["error"],
            "later": ["skipped"],
        },
        "not declared": {"fl-0000000000000000a": ["system-out"], "ap-south-1": ["error"]},
    }


def test_what_counts_as_drift_is_what_fails() -> None:
    report = replace(every_kind(), fail_on=frozenset({Kind.UNDELIVERED}))
    failing = [
        name
        for suite in results(report).values()
        for name, told in suite.items()
        if "failure" in told
    ]
    assert failing == ["good"]


def test_what_is_accepted_is_skipped_with_its_reason() -> None:
    report = replace(accepted(), pending=(), stale_acceptances=())
    [skipped] = parsed(report).iter("skipped")
    assert skipped.attrib == {
        "message": "accepted: Moves to the log archive in April, see the plan. "
        "(net, until 2026-04-30)"
    }


def test_a_drifted_flow_log_with_another_finding_tells_both_and_fails_once() -> None:
    report = every_kind()
    replaced = report.findings[0]
    other = replace(
        replaced,
        kind=Kind.UNDELIVERED,
        fingerprint="9" * 32,
        accepted=Acceptance(reason="known"),
    )
    only = replace(report, findings=(replaced, other), in_sync=(), pending=())
    assert results(only) == {"net/prod": {"a": ["failure", "system-out"]}}


def test_a_rule_that_accepts_nothing_any_more_is_skipped() -> None:
    report = replace(accepted(), findings=(), in_sync=(), pending=())
    assert results(report)["acceptances"] == {
        "drift.toml:12": ["skipped"],
        "drift.toml:20": ["skipped"],
    }


def test_drift_that_could_not_be_seen_again_is_no_pass() -> None:
    changes = nightly().changes
    assert changes is not None
    [unseen] = changes.of(Standing.UNVERIFIED)
    report = replace(Report(), changes=Changes(tracked=(unseen,)))
    assert report.verdict is Verdict.UNVERIFIED
    assert results(report) == {"net/prod": {"far": ["error"]}}
    [error] = parsed(report).iter("error")
    assert error.attrib["type"] == "flow-log-unverified"
    assert unseen.message in error.attrib["message"]


def test_no_two_cases_have_the_same_name() -> None:
    report = every_kind()
    unread = next(one for one in report.findings if one.subject.name == "ap-south-1")
    elsewhere = replace(unread, subject=replace(unread.subject, account=ACCOUNT))
    twin = replace(report.findings[0].subject, urn=urn("a").replace("aws:ec2", "aws-native:ec2"))
    both = replace(
        report, findings=(*report.findings, elsewhere), in_sync=(InSync(subject=twin),), pending=()
    )
    told = results(both)
    assert set(told["not declared"]) == {
        "fl-0000000000000000a",
        f"{ACCOUNT} ap-south-1",
        f"{OTHER_ACCOUNT} ap-south-1",
    }
    assert {name for name in told["net/prod"] if name.endswith("::a")} == {urn("a"), twin.urn}


def test_a_stack_without_flow_logs_is_a_suite_without_cases() -> None:
    report = replace(every_kind(), findings=(), in_sync=(), pending=())
    assert results(report) == {"net/prod": {}}
