"""The whole comparison: what is declared and what is live, to a report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.check import check
from drift.findings import (
    Action,
    Finding,
    InSync,
    Kind,
    Note,
    Report,
    Subject,
    Summary,
    UnverifiedField,
    Verdict,
)
from drift.model import (
    COMPUTED,
    Coverage,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    Filter,
    Inventory,
    Lifecycle,
    Listing,
    LiveFlowLog,
    Narrowing,
)
from tests.build import (
    ACCOUNT,
    LIVE_A,
    OTHER_ACCOUNT,
    OTHER_VPC,
    REGION,
    TO_S3,
    VPC,
    A,
    declarations,
    declared,
    flow_log_id,
    inventory,
    live,
    urn,
)


def kinds(report: Report) -> list[str]:
    return [f"{finding.kind} {finding.subject.name}" for finding in report.findings]


def only(report: Report) -> Finding:
    [finding] = report.findings
    return finding


def test_in_sync() -> None:
    report = check(declarations(A), inventory(LIVE_A))
    assert report.findings == ()
    assert report.in_sync == (
        InSync(
            subject=Subject(
                source="state.json",
                project="net",
                stack="prod",
                urn=urn("a"),
                account=ACCOUNT,
                region=REGION,
                resource_id=VPC,
                declared_id=flow_log_id(1),
                live_id=flow_log_id(1),
                live_created_at="2026-03-02T10:11:12.345Z",
            )
        ),
    )
    assert report.verdict is Verdict.IN_SYNC
    assert report.summary == Summary(
        declared=1,
        live=1,
        in_sync=1,
        replaced=0,
        missing=0,
        modified=0,
        tags_modified=0,
        collision=0,
        unmanaged=0,
        undelivered=0,
        unverified=0,
        accepted=0,
    )


def test_replaced() -> None:
    stand_in = live(9, replace(TO_S3, log_format="${version} ${srcaddr} ${dstaddr}"))
    report = check(declarations(A), inventory(stand_in))
    finding = only(report)
    assert finding.kind is Kind.REPLACED
    assert finding.message == (
        "fl-00000000000000001 is gone. fl-00000000000000009, created 2026-03-02 10:11 UTC, stands "
        "in its place, with LogFormat changed."
    )
    assert finding.impact == (
        "${pkt-srcaddr} is gone: traffic behind NAT cannot be attributed to its real source.",
        "Athena tables keep the declared columns and read null for those gone.",
        "Between the deletion of the old one and 2026-03-02 10:11 UTC no traffic was recorded.",
    )
    assert [remedy.action for remedy in finding.remedies] == [Action.REVERT, Action.ADOPT]
    assert report.verdict is Verdict.DRIFTED


def test_replaced_by_the_same() -> None:
    finding = only(check(declarations(A), inventory(live(9))))
    assert finding.kind is Kind.REPLACED
    assert finding.differences == ()
    assert "configured the same" in finding.message


def test_missing() -> None:
    report = check(declarations(A), inventory(live(9, replace(TO_S3, resource_id=OTHER_VPC))))
    assert kinds(report) == ["flow-log-missing a", "flow-log-unmanaged fl-00000000000000009"]
    assert report.findings[0].notes == ()


def test_missing_where_nothing_at_all_was_found() -> None:
    finding = only(check(declarations(A), inventory()))
    assert finding.kind is Kind.MISSING
    assert finding.notes == (Note.NOTHING_FOUND_CHECK_REGION,)


def test_modified_lists_tags_too() -> None:
    found = live(1, replace(TO_S3, traffic_type="REJECT", tags={}))
    finding = only(check(declarations(A), inventory(found)))
    assert finding.kind is Kind.MODIFIED
    assert [difference.field for difference in finding.differences] == [
        "TrafficType",
        "Tags.Owner",
    ]


def test_tags_modified() -> None:
    finding = only(check(declarations(A), inventory(live(1, replace(TO_S3, tags={})))))
    assert finding.kind is Kind.TAGS_MODIFIED
    assert finding.message == "Tags.Owner of fl-00000000000000001: changed outside of Pulumi."


def test_tags_that_the_previewed_deployment_changes() -> None:
    asked = replace(A, pending_fields=frozenset({"Tags.Owner"}))
    finding = only(check(declarations(asked), inventory(live(1, replace(TO_S3, tags={})))))
    assert finding.notes == (Note.PENDING_UPDATE,)
    assert "the previewed deployment changes that" in finding.message


def test_collision() -> None:
    new = replace(declared("new", None), lifecycle=Lifecycle.TO_CREATE)
    report = check(declarations(new), inventory(live(9)))
    finding = only(report)
    assert finding.kind is Kind.COLLISION
    assert finding.notes == (Note.CREATE_WOULD_COLLIDE,)
    assert report.verdict is Verdict.IN_SYNC


def test_to_be_created_is_pending() -> None:
    new = replace(declared("new", None), lifecycle=Lifecycle.TO_CREATE)
    report = check(declarations(new), inventory())
    assert report.findings == ()
    assert [entry.subject.urn for entry in report.pending] == [urn("new")]


def test_unmanaged_is_no_drift_by_default() -> None:
    report = check(declarations(A), inventory(LIVE_A, live(9)))
    assert kinds(report) == ["flow-log-unmanaged fl-00000000000000009"]
    assert report.verdict is Verdict.IN_SYNC
    assert replace(report, fail_on=frozenset({Kind.UNMANAGED})).verdict is Verdict.DRIFTED


def test_undelivered_comes_beside_drift() -> None:
    found = replace(
        live(1, replace(TO_S3, traffic_type="REJECT")),
        deliver_logs_status="FAILED",
        deliver_logs_error_message="Access error",
    )
    report = check(declarations(A), inventory(found))
    assert kinds(report) == ["flow-log-modified a", "flow-log-undelivered a"]
    assert report.findings[1].delivery_error == "Access error"
    assert report.findings[1].message == "AWS does not deliver: Access error."


def test_undelivered_in_sync() -> None:
    report = check(declarations(A), inventory(replace(LIVE_A, deliver_logs_status="FAILED")))
    assert kinds(report) == ["flow-log-undelivered a"]
    assert [entry.notes for entry in report.in_sync] == [(Note.DELIVERY_FAILED,)]


def test_a_field_that_cannot_be_compared() -> None:
    asked = declared("a", 1, replace(TO_S3, log_destination=COMPUTED))
    report = check(declarations(asked), inventory(LIVE_A))
    assert only(report).unverified_fields == (
        UnverifiedField(field="LogDestination", reason=COMPUTED.reason),
    )
    assert report.verdict is Verdict.UNVERIFIED
    assert report.in_sync == ()


def test_drift_outranks_what_cannot_be_compared() -> None:
    asked = declared("a", 1, replace(TO_S3, log_destination=COMPUTED))
    report = check(declarations(asked), inventory(live(1, replace(TO_S3, traffic_type="REJECT"))))
    finding = only(report)
    assert finding.kind is Kind.MODIFIED
    assert [unread.field for unread in finding.unverified_fields] == ["LogDestination"]
    assert report.verdict is Verdict.DRIFTED


@pytest.mark.parametrize("status", [status for status in Coverage if status is not Coverage.READ])
def test_an_unread_region_is_one_finding_and_nothing_in_it_is_missing(status: Coverage) -> None:
    asked = [declared(f"d{number}", number) for number in range(1, 8)]
    report = check(declarations(*asked), inventory(status=status))
    finding = only(report)
    assert finding.kind is Kind.UNVERIFIED
    assert finding.subject == Subject(account=ACCOUNT, region=REGION)
    assert finding.message == (
        "us-east-1 of 123456789012 could not be verified: UnauthorizedOperation. Unknown for it: "
        "7 declared flow logs (d1, d2, d3, d4 and 3 more)."
    )
    assert report.verdict is Verdict.UNVERIFIED


def test_a_region_that_nobody_looked_at() -> None:
    elsewhere = replace(A, region="eu-west-1")
    finding = only(check(declarations(elsewhere), inventory()))
    assert finding.kind is Kind.UNVERIFIED
    assert finding.message == (
        "fl-00000000000000001 was not looked for: eu-west-1 of 123456789012 was not read. Name it "
        "with --region, or give a --live file of it."
    )


def test_an_account_that_could_not_be_confirmed_has_nothing_missing() -> None:
    listing = Listing(account=ACCOUNT, region=REGION, account_confirmed=False, flow_logs=(LIVE_A,))
    asked = declarations(A, declared("b", 2, replace(TO_S3, resource_id=OTHER_VPC)))
    report = check(asked, Inventory(listings=(listing,)))
    assert [entry.subject.name for entry in report.in_sync] == ["a"]
    assert kinds(report) == ["flow-log-unverified us-east-1"]


def test_a_declaration_without_a_region_is_missing_only_where_everything_was_read() -> None:
    asked = replace(A, region=None, account=None)
    finding = only(check(declarations(asked), inventory()))
    assert finding.kind is Kind.MISSING
    assert Note.REGION_NOT_DECLARED in finding.notes
    both = Inventory(
        listings=(
            *inventory().listings,
            Listing(account=ACCOUNT, region="eu-west-1", status=Coverage.DENIED),
        )
    )
    assert kinds(check(declarations(asked), both)) == ["flow-log-unverified eu-west-1"]


def test_a_bad_source_calls_nothing_unmanaged() -> None:
    sources = (
        *declarations(A).sources,
        DeclarationSource(source="broken.json", error="it is cut off"),
    )
    asked = Declarations(flow_logs=(A,), sources=sources)
    report = check(asked, inventory(LIVE_A, live(9)))
    finding = only(report)
    assert finding.kind is Kind.UNVERIFIED
    assert finding.message == "broken.json could not be read: it is cut off"
    assert report.verdict is Verdict.UNVERIFIED


def test_a_preview_without_sames_calls_nothing_unmanaged() -> None:
    source = replace(declarations(A).sources[0], lists_unchanged=False)
    report = check(Declarations(flow_logs=(A,), sources=(source,)), inventory(LIVE_A, live(9)))
    assert report.findings == ()
    assert report.notes == (Note.PREVIEW_INCOMPLETE,)


def test_nothing_at_all_is_unverified_unless_allowed() -> None:
    report = check(declarations(), inventory())
    assert only(report).kind is Kind.UNVERIFIED
    assert check(declarations(), inventory(), allow_empty=True).findings == ()


def test_two_declarations_of_one_flow_log() -> None:
    report = check(declarations(A, declared("b", 1)), inventory(LIVE_A))
    assert [entry.notes for entry in report.in_sync] == [(Note.DUPLICATE_DECLARED_ID,)] * 2


def test_claimed_ids_are_not_unmanaged() -> None:
    asked = replace(declarations(), claimed_ids=frozenset({flow_log_id(1)}))
    assert check(asked, inventory(LIVE_A)).findings == ()


def test_listings_that_overlap_count_each_flow_log_once() -> None:
    twice = Inventory(listings=inventory(live(9)).listings * 2)
    assert kinds(check(declarations(A), twice)) == ["flow-log-replaced a"]
    report = check(declarations(), twice)
    assert kinds(report) == ["flow-log-unmanaged fl-00000000000000009"]


def test_a_declaration_of_which_nothing_could_be_read_may_be_any_live_flow_log() -> None:
    unknown = declared("a", None, replace(TO_S3, resource_id=COMPUTED))
    report = check(declarations(unknown), inventory(live(9)))
    assert kinds(report) == ["flow-log-unverified a"]
    assert report.findings[0].message == (
        "The id of a could not be read: it may be any of those on the resource."
    )


def test_a_declaration_of_unknown_id_is_not_called_replaced() -> None:
    unknown = declared("a", None)
    report = check(declarations(unknown), inventory(live(9)))
    assert kinds(report) == ["flow-log-unverified a"]
    assert report.findings[0].message == (
        "The id of a could not be read: it may be fl-00000000000000009."
    )
    report = check(declarations(unknown), inventory(live(8), live(9)))
    assert report.findings[-1].message == (
        f"The id of a could not be read: it may be any of those on {VPC}."
    )


def test_a_secret_resource_is_not_shown() -> None:
    secret = replace(A, secret_fields=frozenset({"ResourceId"}))
    for found in ([LIVE_A], [live(9, replace(TO_S3, resource_id=OTHER_VPC))]):
        report = check(declarations(secret), inventory(*found))
        assert VPC not in str(report.findings) + str(report.in_sync)


# -- narrowed runs --------------------------------------------------------------------------------


def by(name: str, *values: str) -> Narrowing:
    return Narrowing(filters=(Filter(name=name, values=values),))


def test_by_resource_everything_on_it_is_seen() -> None:
    asked = declarations(A, declared("b", 2, replace(TO_S3, resource_id=OTHER_VPC)))
    report = check(asked, inventory(narrowing=by("resource-id", VPC)))
    assert kinds(report) == ["flow-log-missing a"]
    assert report.notes == (Note.NARROWED,)
    assert report.declared == 1


def test_by_another_filter_what_is_not_in_the_answer_is_unverified() -> None:
    report = check(
        declarations(A, declared("b", 2, replace(TO_S3, traffic_type="REJECT"))),
        inventory(live(9), narrowing=by("traffic-type", "ALL")),
    )
    assert kinds(report) == ["flow-log-unverified a"]


def test_by_id_only_those_ids_are_in_question() -> None:
    report = check(
        declarations(A, declared("b", 2)),
        inventory(LIVE_A, narrowing=Narrowing(flow_log_ids=(flow_log_id(1),))),
    )
    assert report.findings == ()
    assert [entry.subject.name for entry in report.in_sync] == ["a"]


def test_what_was_asked_for_by_its_id_and_is_not_there_is_missing() -> None:
    report = check(declarations(A), inventory(narrowing=Narrowing(flow_log_ids=(flow_log_id(1),))))
    assert only(report).kind is Kind.MISSING
    assert only(report).message == (
        "fl-00000000000000001 is gone; whether something stands in its place was not asked for."
    )


def test_a_narrowed_run_that_compared_nothing_is_unverified() -> None:
    asked_for = by("traffic-type", "REJECT")
    report = check(declarations(A), inventory(narrowing=asked_for))
    assert only(report).kind is Kind.UNVERIFIED
    assert report.verdict is Verdict.UNVERIFIED
    allowed = check(declarations(A), inventory(narrowing=asked_for), allow_empty=True)
    assert allowed.findings == ()


def test_in_a_narrowed_answer_a_possible_stand_in_is_not_unmanaged() -> None:
    found = [live(8), live(9, replace(TO_S3, resource_id=OTHER_VPC))]
    report = check(declarations(A), inventory(*found, narrowing=by("traffic-type", "ALL")))
    assert kinds(report) == ["flow-log-unmanaged fl-00000000000000009", "flow-log-unverified a"]


# -- laws -----------------------------------------------------------------------------------------

NUMBERS = st.integers(1, 4)
CONFIGURATIONS = st.builds(
    lambda vpc, traffic, columns: replace(
        TO_S3, resource_id=vpc, traffic_type=traffic, log_format=columns
    ),
    st.sampled_from([VPC, OTHER_VPC]),
    st.sampled_from(["ALL", "REJECT", COMPUTED]),
    st.sampled_from(["${version}", "${version} ${srcaddr}"]),
)
DECLARED = st.lists(
    st.builds(lambda number, log: declared(f"d{number}", number, log), NUMBERS, CONFIGURATIONS),
    max_size=4,
    unique_by=lambda asked: asked.urn,
)
LIVE = st.lists(
    st.builds(live, NUMBERS, CONFIGURATIONS), max_size=4, unique_by=lambda found: found.flow_log_id
)


@given(DECLARED, LIVE)
def test_the_order_of_input_never_matters(
    asked: list[DeclaredFlowLog], found: list[LiveFlowLog]
) -> None:
    forwards = check(declarations(*asked), inventory(*found))
    backwards = check(declarations(*asked[::-1]), inventory(*found[::-1]))
    assert forwards == backwards


@given(DECLARED, LIVE)
def test_a_good_pair_more_never_removes_a_finding(
    asked: list[DeclaredFlowLog], found: list[LiveFlowLog]
) -> None:
    elsewhere = replace(TO_S3, resource_id="vpc-good", log_destination="arn:aws:s3:::good")
    good, good_live = declared("good", 77, elsewhere), live(77, elsewhere)
    before = check(declarations(*asked), inventory(*found), allow_empty=True)
    after = check(declarations(*asked, good), inventory(*found, good_live))
    fingerprints = {finding.fingerprint for finding in after.findings}
    assert {finding.fingerprint for finding in before.findings} <= fingerprints
    assert good.urn in {entry.subject.urn for entry in after.in_sync}


@given(DECLARED)
def test_what_is_live_as_declared_is_in_sync(asked: list[DeclaredFlowLog]) -> None:
    known = [one for one in asked if one.flow_log.traffic_type is not COMPUTED]
    found = [
        replace(LIVE_A, flow_log_id=one.flow_log_id or "", flow_log=one.flow_log) for one in known
    ]
    report = check(declarations(*known), inventory(*found), allow_empty=True)
    assert report.findings == ()
    assert len(report.in_sync) == len(known)


@given(DECLARED, LIVE)
def test_every_declaration_ends_up_in_exactly_one_place(
    asked: list[DeclaredFlowLog], found: list[LiveFlowLog]
) -> None:
    report = check(declarations(*asked), inventory(*found), allow_empty=True)
    urns = [finding.subject.urn for finding in report.findings if finding.subject.urn] + [
        entry.subject.urn for entry in report.in_sync
    ]
    assert sorted(filter(None, urns)) == sorted(one.urn for one in asked)


def test_fingerprints_tell_findings_apart() -> None:
    def fingerprint(asked: DeclaredFlowLog, found: LiveFlowLog) -> str:
        return only(check(declarations(asked), inventory(found))).fingerprint

    rejected = live(1, replace(TO_S3, traffic_type="REJECT"))
    accepted = live(1, replace(TO_S3, traffic_type="ACCEPT"))
    assert fingerprint(A, rejected) == fingerprint(A, rejected)
    assert fingerprint(A, rejected) != fingerprint(A, accepted)
    assert fingerprint(A, rejected) != fingerprint(declared("b", 1), rejected)


def test_wrong_account_is_said_once() -> None:
    listing = Listing(
        account=ACCOUNT,
        region=REGION,
        status=Coverage.WRONG_ACCOUNT,
        reason=f"the credentials are of {OTHER_ACCOUNT}",
        next_step="Use credentials of the declared account.",
    )
    asked = [declared(f"d{number}", number) for number in range(100)]
    report = check(declarations(*asked), Inventory(listings=(listing,)))
    assert len(report.findings) == 1
    assert report.verdict is Verdict.UNVERIFIED
