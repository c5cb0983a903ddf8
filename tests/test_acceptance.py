"""Which findings rules accept, and which rules do nothing any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.acceptance import Rule, accepted, covering, refusal, rule_for
from drift.check import check
from drift.findings import (
    CAN_BE_DRIFT,
    Acceptance,
    AcceptanceProblem,
    Finding,
    Kind,
    Note,
    Report,
    StaleAcceptance,
    Verdict,
)
from drift.model import COMPUTED, Coverage, Filter, Lifecycle, Narrowing
from tests.build import (
    ACCOUNT,
    OTHER_ACCOUNT,
    REGION,
    TO_S3,
    A,
    declarations,
    declared,
    inventory,
    live,
    urn,
)
from tests.render.reports import every_kind, hostile

TODAY: Final = date(2026, 3, 3)
FINE: Final = Acceptance(reason="It is fine.")


def rule(place: str = "drift.toml:1", acceptance: Acceptance = FINE, **globs: str) -> Rule:
    """Return a rule with a glob a key, named as in `Rule`."""
    lists = {name: (glob,) for name, glob in globs.items()}
    return Rule(
        place=place,
        acceptance=acceptance,
        fingerprints=lists.get("fingerprints", ()),
        kinds=lists.get("kinds", ()),
        urns=lists.get("urns", ()),
        stacks=lists.get("stacks", ()),
        accounts=lists.get("accounts", ()),
        regions=lists.get("regions", ()),
        resources=lists.get("resources", ()),
        fields=lists.get("fields", ()),
        tags=lists.get("tags", ()),
    )


def tags_differ(*keys: str) -> Report:
    """Return a report in which these tags, and nothing else, were added by somebody."""
    found = live(1, replace(TO_S3, tags={"Owner": "net", **dict.fromkeys(keys, "x")}))
    return check(declarations(A), inventory(found))


def modified(*keys: str) -> Report:
    """Return a report in which TrafficType, and these tags, differ."""
    tags = {"Owner": "net", **dict.fromkeys(keys, "x")}
    found = live(1, replace(TO_S3, traffic_type="REJECT", tags=tags))
    return check(declarations(A), inventory(found))


def replaced() -> Report:
    """Return a report in which the flow log was made again, with a tag more."""
    found = live(9, replace(TO_S3, tags={"Owner": "net", "scanner:at": "x"}))
    return check(declarations(A), inventory(found))


def only(report: Report) -> Finding:
    [finding] = report.findings
    return finding


def decisions(report: Report, *rules: Rule, today: date = TODAY) -> list[Acceptance | None]:
    return [finding.accepted for finding in accepted(report, rules, today).findings]


def stale(report: Report, *rules: Rule, today: date = TODAY) -> list[tuple[str, AcceptanceProblem]]:
    found = accepted(report, rules, today).stale_acceptances
    return [(one.rule, one.problem) for one in found]


# -- what is accepted ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "glob", "accepts"),
    [
        ("kinds", "flow-log-tags-modified", True),
        ("kinds", "flow-log-*", True),
        ("kinds", "flow-log-modified", False),
        ("urns", urn("a"), True),
        ("urns", "*::a", True),
        ("urns", "*::A", False),
        ("stacks", "prod", True),
        ("stacks", "net/prod", True),
        ("stacks", "*/prod", True),
        ("stacks", "net", False),
        ("accounts", ACCOUNT, True),
        ("accounts", OTHER_ACCOUNT, False),
        ("regions", "us-*", True),
        ("regions", "eu-*", False),
        ("resources", "vpc-0aa11bb22cc33dd4?", True),
        ("resources", "vpc-0", False),
        ("fields", "Tags.scanner:*", True),
        ("fields", "Tags.*", True),
        ("fields", "LogFormat", False),
        ("tags", "scanner:*", True),
        ("tags", "[rs]canner:at", True),
        ("tags", "Owner", False),
        ("tags", "Tags.scanner:at", False),
    ],
)
def test_a_glob(key: str, glob: str, accepts: bool) -> None:
    report = tags_differ("scanner:at")
    assert decisions(report, rule("drift.toml:1", FINE, **{key: glob})) == [
        FINE if accepts else None
    ]


def test_all_conditions_have_to_hold() -> None:
    report = tags_differ("scanner:at")
    assert decisions(report, rule(stacks="prod", tags="scanner:*")) == [FINE]
    assert decisions(report, rule(stacks="dev", tags="scanner:*")) == [None]


def test_a_condition_on_what_a_finding_does_not_have_does_not_hold() -> None:
    report = check(declarations(), inventory(live(5)))
    assert only(report).kind is Kind.UNMANAGED
    assert decisions(report, rule(stacks="*")) == [None]
    assert decisions(report, rule(urns="*")) == [None]
    assert decisions(report, rule(accounts=ACCOUNT)) == [FINE]


def test_a_finding_is_accepted_as_a_whole_or_not_at_all() -> None:
    report = tags_differ("scanner:at", "Cost")
    assert decisions(report, rule(tags="scanner:*")) == [None]
    assert accepted(report, [rule(tags="scanner:*")], TODAY).verdict is Verdict.DRIFTED
    assert decisions(report, rule(tags="*")) == [FINE]
    assert decisions(modified("scanner:at"), rule(tags="*")) == [None]
    assert decisions(modified("scanner:at"), rule(tags="*", fields="TrafficType")) == [FINE]


def test_rules_may_share_the_differences_of_a_finding() -> None:
    report = tags_differ("scanner:at", "Cost")
    scanner = rule(
        "drift.toml:1",
        Acceptance(reason="Written by the scanner.", owner="sec", until="2026-12-31"),
        tags="scanner:*",
    )
    cost = rule(
        "drift.toml:5", Acceptance(reason="Set by finance.", until="2026-06-30"), tags="Cost"
    )
    assert decisions(report, cost, scanner) == [
        Acceptance(
            reason="Set by finance.; Written by the scanner.", owner="sec", until="2026-06-30"
        )
    ]
    assert covering(only(report), [cost, scanner], TODAY) == (cost, scanner)
    whole = rule("drift.toml:9", resources="vpc-*")
    assert decisions(report, cost, scanner, whole) == [FINE]


def test_a_rule_for_tags_accepts_no_flow_log_that_was_made_again() -> None:
    report = replaced()
    assert only(report).kind is Kind.REPLACED
    assert decisions(report, rule(tags="*")) == [None]
    assert decisions(report, rule(kinds="flow-log-replaced", tags="*")) == [FINE]
    assert decisions(report, rule(fingerprints=only(report).fingerprint, tags="*")) == [FINE]


def test_a_rule_for_fields_accepts_nothing_where_none_differs() -> None:
    report = check(declarations(A), inventory())
    assert only(report).kind is Kind.MISSING
    assert decisions(report, rule(fields="*", kinds="flow-log-missing")) == [None]
    assert decisions(report, rule(kinds="flow-log-missing")) == [FINE]


def test_the_first_rule_counts_and_the_others_are_not_stale() -> None:
    report = tags_differ("a")
    other = Acceptance(reason="Another.")
    rules = [rule("drift.toml:1", other, tags="a"), rule("drift.toml:5", tags="*")]
    assert decisions(report, *rules) == [other]
    assert stale(report, *rules) == []


def test_accepted_findings_fail_no_run() -> None:
    report = accepted(tags_differ("a"), [rule(tags="a")], TODAY)
    assert report.verdict is Verdict.IN_SYNC
    assert (report.summary.tags_modified, report.summary.accepted) == (0, 1)


# -- what can't be ---------------------------------------------------------------------------------


def test_what_was_not_verified_is_not_accepted() -> None:
    report = check(declarations(A), inventory(status=Coverage.DENIED))
    assert refusal(only(report)) == (
        "it could not be verified: nobody knows yet what there is to accept"
    )
    rules = [rule(kinds="*"), rule(fingerprints=only(report).fingerprint)]
    assert decisions(report, *rules) == [None]


def test_a_field_that_was_not_compared_keeps_a_finding_open() -> None:
    asked = replace(A, flow_log=replace(TO_S3, log_format=COMPUTED))
    report = check(declarations(asked), inventory(live(1, replace(TO_S3, tags={}))))
    assert only(report).kind is Kind.TAGS_MODIFIED
    assert refusal(only(report)) == (
        "LogFormat could not be compared: nobody knows yet what else there is to accept"
    )
    assert decisions(report, rule(tags="*"), rule(stacks="prod")) == [None]


def test_a_collision_is_one_whatever_is_not_known_of_it_yet() -> None:
    asked = replace(
        declared("new", None, replace(TO_S3, log_format=COMPUTED)), lifecycle=Lifecycle.TO_CREATE
    )
    report = check(declarations(asked), inventory(live(5)))
    assert (only(report).kind, bool(only(report).unverified_fields)) == (Kind.COLLISION, True)
    assert decisions(report, rule(kinds="flow-log-collision")) == [FINE]


# -- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_a_rule_holds_until_the_end_of_its_day(days: int, holds: bool) -> None:
    until = TODAY + timedelta(days=days)
    one = rule(acceptance=Acceptance(reason="For now.", until=until.isoformat()), tags="a")
    report = tags_differ("a")
    assert decisions(report, one) == [one.acceptance if holds else None]
    assert stale(report, one) == ([] if holds else [("drift.toml:1", AcceptanceProblem.EXPIRED)])


def test_an_expired_rule_that_matches_nothing_is_unmatched() -> None:
    one = rule(acceptance=Acceptance(reason="For now.", until="2026-03-02"), tags="a")
    assert accepted(tags_differ("b"), [one], TODAY).stale_acceptances == (
        StaleAcceptance(
            rule="drift.toml:1", problem=AcceptanceProblem.UNMATCHED, acceptance=one.acceptance
        ),
    )


def test_expired_rules_share_no_differences() -> None:
    old = rule(acceptance=Acceptance(reason="For now.", until="2026-03-02"), tags="a")
    report = tags_differ("a", "b")
    assert decisions(report, old, rule("drift.toml:9", tags="b")) == [None]


# -- rules that match nothing ----------------------------------------------------------------------

UNMATCHED: Final = [("drift.toml:1", AcceptanceProblem.UNMATCHED)]
IN_SYNC: Final = check(declarations(A), inventory(live(1)))


@pytest.mark.parametrize(
    "one",
    [
        rule(kinds="flow-log-missing"),
        rule(tags="a"),
        rule(urns=urn("a")),
        rule(urns="*::gone"),
        rule(urns="urn:pulumi:*::gone"),
        rule(stacks="net/prod"),
        rule(accounts=ACCOUNT, regions=REGION),
        rule(fingerprints="0" * 32, urns=urn("a")),
    ],
    ids=lambda one: f"{one.kinds}{one.tags}{one.urns}{one.stacks}{one.accounts}{one.fingerprints}",
)
def test_a_rule_for_what_was_seen_is_unmatched(one: Rule) -> None:
    assert stale(IN_SYNC, one) == UNMATCHED


@pytest.mark.parametrize(
    "one",
    [
        rule(stacks="dev"),
        rule(stacks="other/prod"),
        rule(urns="urn:pulumi:dev::net::aws:ec2/flowLog:FlowLog::a"),
        rule(urns="urn:pulumi:prod::other::aws:ec2/flowLog:FlowLog::a"),
        rule(accounts=OTHER_ACCOUNT),
        rule(regions="eu-west-1"),
        rule(kinds="flow-log-collision", stacks="prod"),
    ],
    ids=lambda one: f"{one.kinds}{one.urns}{one.stacks}{one.accounts}{one.regions}",
)
def test_a_rule_for_what_was_no_part_of_the_run_is_not(one: Rule) -> None:
    assert stale(IN_SYNC, one) == []


def test_a_rule_that_accepts_a_part_is_not_unmatched() -> None:
    assert stale(tags_differ("a", "b"), rule(tags="a")) == []


def test_nothing_is_unmatched_in_a_narrowed_run_or_a_partial_preview() -> None:
    narrowing = Narrowing(filters=(Filter(name="traffic-type", values=("ALL",)),))
    report = check(declarations(A), inventory(live(1), narrowing=narrowing))
    assert Note.NARROWED in report.notes
    assert stale(report, rule(tags="a")) == []
    assert stale(replace(IN_SYNC, notes=(Note.PREVIEW_INCOMPLETE,)), rule(tags="a")) == []


def test_what_was_not_read_may_hide_what_a_rule_is_about() -> None:
    report = every_kind()
    assert stale(report, rule(tags="nobody", regions="ap-*")) == []
    assert stale(report, rule(tags="nobody", accounts=OTHER_ACCOUNT)) == []
    # Not verified itself: in this account and region, a field of a flow log was not compared.
    assert stale(report, rule(tags="nobody", urns=urn("secret"))) == []
    assert stale(report, rule(tags="nobody", urns=urn("later"))) == []
    assert (
        stale(report, rule(tags="nobody", urns=urn("good"), accounts=ACCOUNT, regions=REGION))
        == UNMATCHED
    )


def test_a_source_that_was_not_read_may_hide_what_a_rule_is_about() -> None:
    report = check(declarations(A, error="is no JSON"), inventory(live(1)))
    assert stale(report, rule(stacks="prod", tags="a")) == []


def test_nothing_is_unmatched_where_nothing_was_read() -> None:
    assert stale(Report(), rule(tags="a")) == []


# -- the rule of `drift accept` --------------------------------------------------------------------

ACCEPTABLE: Final = [one for one in every_kind().findings if refusal(one) is None]


@pytest.mark.parametrize("finding", ACCEPTABLE, ids=lambda one: one.kind)
def test_its_rule_covers_this_very_finding(finding: Finding) -> None:
    report = every_kind()
    one = rule_for(finding, FINE, "drift.toml:1")
    marked = accepted(report, [one], TODAY).findings
    assert [each.fingerprint for each in marked if each.accepted] == [finding.fingerprint]


def test_its_rule_does_not_cover_the_next_finding() -> None:
    one = rule_for(only(tags_differ("a")), FINE, "drift.toml:1")
    assert decisions(tags_differ("a"), one) == [FINE]
    assert decisions(tags_differ("a", "b"), one) == [None]
    assert stale(tags_differ("a", "b"), one) == UNMATCHED
    assert decisions(modified("a"), one) == [None]


def test_its_rule_leaves_out_what_a_file_should_not_show() -> None:
    for finding in hostile().findings:
        one = rule_for(finding, FINE, "drift.toml:1")
        assert (one.urns, one.accounts, one.regions) in {
            ((), (), ()),
            ((), (ACCOUNT,), (REGION,)),
        }


def test_its_rule_takes_names_literally() -> None:
    finding = only(check(declarations(replace(A, urn=urn("a[1]*?"))), inventory()))
    one = rule_for(finding, FINE, "drift.toml:1")
    assert one.urns == (urn("a[[]1][*][?]"),)
    assert decisions(check(declarations(replace(A, urn=urn("a[1]*?"))), inventory()), one) == [FINE]


# -- laws ------------------------------------------------------------------------------------------

REPORTS: Final = (
    every_kind(),
    hostile(),
    tags_differ("a", "scanner:at"),
    modified("a"),
    replaced(),
    Report(),
)
GLOBS: Final = st.sampled_from(
    [
        *(kind.value for kind in Kind),
        "*",
        "flow-log-*modified",
        "*prod*",
        "us-*",
        "vpc-*",
        ACCOUNT,
        "Tags.*",
        "TrafficType",
        "a",
        "scanner:*",
        "Owner",
    ]
)
LISTS: Final = st.lists(GLOBS, max_size=2).map(tuple)
FINGERPRINTS: Final = st.lists(
    st.sampled_from([one.fingerprint for report in REPORTS for one in report.findings]), max_size=2
).map(tuple)
DAYS: Final = st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)).map(
    date.isoformat
)
RULES: Final = st.lists(
    st.builds(
        Rule,
        place=st.integers(1, 99).map("drift.toml:{}".format),
        acceptance=st.builds(Acceptance, reason=st.sampled_from("xyz"), until=DAYS),
        fingerprints=FINGERPRINTS,
        kinds=LISTS,
        urns=LISTS,
        stacks=LISTS,
        accounts=LISTS,
        regions=LISTS,
        resources=LISTS,
        fields=LISTS,
        tags=LISTS,
    ).filter(lambda one: one.is_limited),
    max_size=5,
    unique_by=lambda one: one.place,
)


@given(st.sampled_from(REPORTS), RULES)
def test_accepting_changes_nothing_else(report: Report, rules: list[Rule]) -> None:
    after = accepted(report, rules, TODAY)
    assert [replace(one, accepted=None) for one in after.findings] == [
        replace(one, accepted=None) for one in report.findings
    ]
    assert (
        replace(after, findings=report.findings, stale_acceptances=report.stale_acceptances)
        == report
    )
    assert accepted(after, rules, TODAY) == after


@given(st.sampled_from(REPORTS), RULES)
def test_what_could_not_be_verified_stays_so(report: Report, rules: list[Rule]) -> None:
    after = accepted(report, rules, TODAY)
    assert (
        after.summary.unverified
        == replace(
            report, findings=tuple(replace(one, accepted=None) for one in report.findings)
        ).summary.unverified
    )
    if after.verdict is Verdict.IN_SYNC:
        assert all(one.kind is not Kind.UNVERIFIED for one in report.findings)


@given(st.sampled_from(REPORTS), RULES)
def test_a_finding_is_accepted_where_rules_cover_it(report: Report, rules: list[Rule]) -> None:
    after = accepted(report, rules, TODAY)
    for finding in after.findings:
        covered_by = covering(finding, rules, TODAY)
        assert (finding.accepted is not None) == bool(covered_by)
        assert not any(one.expired(TODAY) for one in covered_by)
    places = {one.rule for one in after.stale_acceptances}
    used = {one.place for finding in after.findings for one in covering(finding, rules, TODAY)}
    assert not places & used


@given(st.sampled_from(REPORTS), RULES, RULES)
def test_more_rules_never_open_a_finding(
    report: Report, rules: list[Rule], more: list[Rule]
) -> None:
    before = accepted(report, rules, TODAY).findings
    after = accepted(report, [*rules, *more], TODAY).findings
    for one, other in zip(before, after, strict=True):
        assert one.accepted is None or other.accepted is not None


@given(st.sampled_from(REPORTS), st.data())
def test_the_rule_of_a_finding_covers_its_fingerprint_alone(
    report: Report, data: st.DataObject
) -> None:
    can_be = [one for one in report.findings if refusal(one) is None]
    if not can_be:
        return
    chosen = data.draw(st.sampled_from(can_be))
    after = accepted(report, [rule_for(chosen, FINE, "drift.toml:1")], TODAY)
    assert {one.fingerprint for one in after.findings if one.accepted} == {chosen.fingerprint}
    assert after.stale_acceptances == ()


def test_a_rule_has_to_leave_something_open() -> None:
    assert not rule().is_limited
    assert not rule(kinds="*", urns="**").is_limited
    assert rule(kinds="flow-log-*").is_limited
    assert rule(fingerprints="0" * 32).is_limited
    assert {kind for kind in Kind if kind not in CAN_BE_DRIFT} == {Kind.UNVERIFIED}
