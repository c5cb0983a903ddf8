"""Reports to render: of each kind, of a night, with acceptances, in sync, huge, and hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Final

from drift.check import check
from drift.findings import (
    Acceptance,
    AcceptanceProblem,
    Changes,
    CoverageEntry,
    Finding,
    Kind,
    PlaceCount,
    Report,
    StaleAcceptance,
    Standing,
    Subject,
    TrackedFinding,
    TrendPoint,
)
from drift.model import (
    COMPUTED,
    Coverage,
    DeclarationSource,
    DestinationOptions,
    Filter,
    Inventory,
    Lifecycle,
    Listing,
    Narrowing,
    SourcePosition,
)
from tests.build import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_VPC,
    REGION,
    TO_S3,
    A,
    declarations,
    declared,
    flow_log_id,
    inventory,
    live,
    urn,
)

GENERATED_AT: Final = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def on(vpc: str) -> str:
    return f"vpc-{vpc}"


def every_kind() -> Report:
    """Return a report with each kind of finding, something in sync and something pending."""
    stand_in = live(
        9,
        replace(
            TO_S3,
            log_format="${version} ${dstaddr} ${srcaddr} ${action}",
            destination_options=DestinationOptions(),
            max_aggregation_interval=600,
        ),
    )
    asked = declarations(
        replace(A, declared_at=SourcePosition(file="network.py", line=12)),
        declared("gone", 2, replace(TO_S3, resource_id=on("gone"))),
        declared("edited", 3, replace(TO_S3, resource_id=on("edited"))),
        declared("tagged", 4, replace(TO_S3, resource_id=on("tagged"))),
        replace(
            declared("new", None, replace(TO_S3, resource_id=on("new"))),
            lifecycle=Lifecycle.TO_CREATE,
        ),
        replace(
            declared("later", None, replace(TO_S3, resource_id=on("later"))),
            lifecycle=Lifecycle.TO_CREATE,
        ),
        declared("secret", 6, replace(TO_S3, resource_id=on("secret"), log_format=COMPUTED)),
        declared("good", 7, replace(TO_S3, resource_id=on("good"))),
        replace(declared("far", 8), account=OTHER_ACCOUNT, region="ap-south-1"),
    )
    asked = replace(
        asked,
        sources=(
            *asked.sources,
            DeclarationSource(source="preview.json", flow_logs=0, lists_unchanged=True),
        ),
    )
    found = inventory(
        stand_in,
        live(3, replace(TO_S3, resource_id=on("edited"), traffic_type="REJECT")),
        live(4, replace(TO_S3, resource_id=on("tagged"), tags={"Cost": "1"})),
        live(5, replace(TO_S3, resource_id=on("new"))),
        live(6, replace(TO_S3, resource_id=on("secret"))),
        replace(
            live(
                7,
                replace(
                    TO_S3,
                    resource_id=on("good"),
                    log_destination="arn:aws:s3:::acme-flow-logs/",
                ),
            ),
            deliver_logs_status="FAILED",
            deliver_logs_error_message="Access error",
        ),
        live(10, replace(TO_S3, resource_id=OTHER_VPC)),
    )
    denied = Listing(
        account=OTHER_ACCOUNT,
        region="ap-south-1",
        status=Coverage.DENIED,
        reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
        next_step=f"Grant ec2:DescribeFlowLogs to arn:aws:iam::{OTHER_ACCOUNT}:role/reader.",
        missing_permission="ec2:DescribeFlowLogs",
    )
    report = check(asked, replace(found, listings=(*found.listings, denied)))
    return replace(report, generated_at=GENERATED_AT)


NIGHT: Final = timedelta(days=1)


def nightly() -> Report:
    """Return `every_kind` of four accounts and regions, with what changed since the night before.

    All four standings are there, a new finding that was another one the night before, and the
    trend of 120 nights.
    """
    report = every_kind()
    more = (
        CoverageEntry(account=ACCOUNT, region="eu-west-1", status=Coverage.READ, flow_logs=12),
        CoverageEntry(account=OTHER_ACCOUNT, region="eu-west-1", status=Coverage.READ, flow_logs=3),
    )
    unmanaged, undelivered = (_only(report, kind) for kind in (Kind.UNMANAGED, Kind.UNDELIVERED))
    moved = {
        unmanaged: replace(
            unmanaged, subject=replace(unmanaged.subject, account=ACCOUNT, region="eu-west-1")
        ),
        undelivered: replace(
            undelivered,
            subject=replace(undelivered.subject, account=OTHER_ACCOUNT, region="eu-west-1"),
        ),
    }
    report = replace(
        report,
        coverage=(*report.coverage, *more),
        findings=tuple(moved.get(finding, finding) for finding in report.findings),
    )
    return replace(report, changes=_changes(report))


def _changes(report: Report) -> Changes:
    new = {
        Kind.REPLACED: "0" * 32,
        Kind.TAGS_MODIFIED: None,
        Kind.UNDELIVERED: None,
    }
    nights = {Kind.MISSING: 1, Kind.MODIFIED: 41, Kind.COLLISION: 2, Kind.UNMANAGED: 119}
    gone = Subject(
        source="state.json",
        project="net",
        stack="prod",
        urn=urn("mended"),
        account=ACCOUNT,
        region="eu-west-1",
        resource_id=on("mended"),
        declared_id=flow_log_id(20),
    )
    unseen = replace(
        gone,
        urn=urn("far"),
        account=OTHER_ACCOUNT,
        region="ap-south-1",
        resource_id=on("far"),
        declared_id=flow_log_id(8),
    )
    return Changes(
        previous_at=GENERATED_AT - NIGHT,
        tracked=(
            *(_tracked(_only(report, kind), Standing.NEW, 1, was=was) for kind, was in new.items()),
            *(
                _tracked(_only(report, kind), Standing.STILL_OPEN, number + 1)
                for kind, number in nights.items()
            ),
            TrackedFinding(
                standing=Standing.RESOLVED,
                kind=Kind.MISSING,
                fingerprint="1" * 32,
                subject=gone,
                message=f"{flow_log_id(20)} is gone, and nothing stands in its place.",
                first_seen=GENERATED_AT - 3 * NIGHT,
                nights=3,
            ),
            TrackedFinding(
                standing=Standing.UNVERIFIED,
                kind=Kind.REPLACED,
                fingerprint="2" * 32,
                subject=unseen,
                message=f"{flow_log_id(8)} is gone, and another one stands in its place.",
                first_seen=GENERATED_AT - 5 * NIGHT,
                nights=5,
            ),
        ),
        trend=tuple(
            TrendPoint(
                at=GENERATED_AT - (119 - night) * NIGHT,
                places=(
                    PlaceCount(
                        account=ACCOUNT,
                        region="eu-west-1",
                        drifted=night % 5,
                        other=1,
                        unverified=0,
                    ),
                    PlaceCount(
                        account=ACCOUNT,
                        region=REGION,
                        drifted=2 + night // 30,
                        other=night % 3,
                        unverified=1,
                    ),
                    PlaceCount(
                        account=OTHER_ACCOUNT,
                        region="ap-south-1",
                        drifted=0,
                        other=0,
                        unverified=int(night > 100),
                    ),
                ),
            )
            for night in range(120)
        ),
    )


def _tracked(
    finding: Finding, standing: Standing, nights: int, was: str | None = None
) -> TrackedFinding:
    return TrackedFinding(
        standing=standing,
        kind=finding.kind,
        fingerprint=finding.fingerprint,
        subject=finding.subject,
        message=finding.message,
        first_seen=GENERATED_AT - (nights - 1) * NIGHT,
        nights=nights,
        was=was,
    )


def _only(report: Report, kind: Kind) -> Finding:
    """Return the first finding of that kind."""
    return next(finding for finding in report.findings if finding.kind is kind)


def accepted() -> Report:
    """Return a report with an accepted finding, an open one, and two rules that accept nothing."""
    report = every_kind()
    decision = Acceptance(
        reason="Moves to the log archive in April, see the plan.", owner="net", until="2026-04-30"
    )
    return replace(
        report,
        findings=(
            _only(report, Kind.REPLACED),
            replace(_only(report, Kind.MISSING), accepted=decision),
        ),
        stale_acceptances=(
            StaleAcceptance(
                rule="drift.toml:12",
                problem=AcceptanceProblem.EXPIRED,
                acceptance=Acceptance(reason="A week's test.", until="2026-02-28"),
            ),
            StaleAcceptance(
                rule="drift.toml:20",
                problem=AcceptanceProblem.UNMATCHED,
                acceptance=Acceptance(reason="Made by the landing zone.", owner="platform"),
            ),
        ),
    )


def in_sync() -> Report:
    """Return a report of two flow logs that are as declared."""
    report = check(
        declarations(A, declared("b", 2, replace(TO_S3, resource_id=OTHER_VPC))),
        inventory(live(1), live(2, replace(TO_S3, resource_id=OTHER_VPC))),
    )
    return replace(report, generated_at=GENERATED_AT)


def many(count: int) -> Report:
    """Return a report with that many findings of every kind, each of another flow log."""
    report = every_kind()
    kinds = list(Kind)
    findings = (
        replace(
            finding,
            subject=replace(
                finding.subject,
                urn=urn(f"n{number}"),
                resource_id=f"vpc-{number:017x}",
                live_id=finding.subject.live_id and flow_log_id(number),
            ),
            fingerprint=f"{number:032x}",
        )
        for number, finding in enumerate(islice(cycle(report.findings), count))
    )
    return replace(
        report,
        declared=count,
        findings=tuple(sorted(findings, key=lambda finding: kinds.index(finding.kind))),
    )


HOSTILE: Final = (
    "|`<@b>\n\r\x1b[31m\u202e\u2066\u200b::warning::=cmd()\x9b\U000e0041'\"\\$(id)"
    ' @octocat @acme/team #1 acme/net#1 GH-1 !1 ~bug ~"two words" %v1 &1 $1 ^1 :tada: [x](y)'
    " ![i](j) [y]: https://evil.example/a www.evil.example me@evil.example **b** _i_ ~~s~~"
    " <img src=x onerror=alert(1)> <!-- drift --> --> </details> &lt;b&gt; &#64;octocat ```"
    " a5c3785ed8d6a35868bc169f07e40e889087fd2e"
)
"""Markup, mentions, references, links, workflow commands, formulas, control and bidirectional
characters."""


def hostile(text: str = HOSTILE) -> Report:
    """Return a report in which every text that comes from outside is this one."""
    bad = replace(
        TO_S3,
        resource_id=f"vpc-{text}",
        log_format=f"${{version}} {text}",
        log_destination=f"arn:aws:s3:::{text}",
        tags={text: text, "Owner": text * 100},
    )
    asked = [
        replace(
            declared(f"a{text}", 1, bad),
            project=text,
            stack=text,
            source=text,
            declared_at=SourcePosition(file=text, line=1),
            parent_urn=f"urn:{text}",
        ),
        declared(f"b{text}", 2, replace(bad, resource_id=f"vpc-2{text}")),
        declared(f"c{text}", 3, replace(bad, resource_id=f"vpc-3{text}")),
    ]
    found = [
        live(9, replace(bad, log_format=f"{text} ${{version}}", tags={})),
        live(2, replace(bad, resource_id=f"vpc-2{text}", tags={text: "x"})),
        replace(
            live(11, replace(bad, resource_id=f"vpc-4{text}")),
            deliver_logs_error_message=text,
            flow_log_status=text,
        ),
    ]
    listings = (
        *inventory(*found).listings,
        Listing(
            account=text,
            region=text,
            status=Coverage.FAILED,
            reason=text,
            next_step=text,
        ),
    )
    narrowing = Narrowing(filters=(Filter(name="resource-id", values=("*",)),))
    report = check(declarations(*asked), Inventory(listings=listings, narrowing=narrowing))
    worst, *others = report.findings
    decision = Acceptance(reason=text, owner=text, until=text)
    return replace(
        report,
        findings=(worst, replace(worst, fingerprint="3" * 32, accepted=decision), *others),
        generated_at=GENERATED_AT,
        stale_acceptances=tuple(
            StaleAcceptance(rule=text, problem=problem, acceptance=decision)
            for problem in AcceptanceProblem
        ),
        changes=Changes(
            previous_at=GENERATED_AT - NIGHT,
            tracked=tuple(
                _tracked(worst, standing, 1, was=text if standing is Standing.NEW else None)
                for standing in Standing
            ),
            trend=(
                TrendPoint(
                    at=GENERATED_AT,
                    places=(
                        PlaceCount(account=text, region=text, drifted=1, other=1, unverified=1),
                    ),
                ),
            ),
        ),
    )
