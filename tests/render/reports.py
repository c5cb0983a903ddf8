"""Reports to render: one with a finding of each kind, and one in which all text is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from drift.check import check
from drift.findings import Report
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
    OTHER_ACCOUNT,
    OTHER_VPC,
    TO_S3,
    A,
    declarations,
    declared,
    inventory,
    live,
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


HOSTILE: Final = "|`<@b>\n\r\x1b[31m\u202e\u2066\u200b::warning::=cmd()\x9b\U000e0041'\"\\$(id)"
"""Markup, mentions, workflow commands, formulas, control and bidirectional characters."""


def hostile() -> Report:
    """Return a report in which every text that comes from outside is hostile."""
    bad = replace(
        TO_S3,
        resource_id=f"vpc-{HOSTILE}",
        log_format=f"${{version}} {HOSTILE}",
        log_destination=f"arn:aws:s3:::{HOSTILE}",
        tags={HOSTILE: HOSTILE, "Owner": HOSTILE * 500},
    )
    asked = [
        replace(
            declared(f"a{HOSTILE}", 1, bad),
            project=HOSTILE,
            stack=HOSTILE,
            source=HOSTILE,
            declared_at=SourcePosition(file=HOSTILE, line=1),
            parent_urn=f"urn:{HOSTILE}",
        ),
        declared(f"b{HOSTILE}", 2, replace(bad, resource_id=f"vpc-2{HOSTILE}")),
        declared(f"c{HOSTILE}", 3, replace(bad, resource_id=f"vpc-3{HOSTILE}")),
    ]
    found = [
        live(9, replace(bad, log_format=f"{HOSTILE} ${{version}}", tags={})),
        live(2, replace(bad, resource_id=f"vpc-2{HOSTILE}", tags={HOSTILE: "x"})),
        replace(
            live(11, replace(bad, resource_id=f"vpc-4{HOSTILE}")),
            deliver_logs_error_message=HOSTILE,
            flow_log_status=HOSTILE,
        ),
    ]
    listings = (
        *inventory(*found).listings,
        Listing(
            account=HOSTILE,
            region=HOSTILE,
            status=Coverage.FAILED,
            reason=HOSTILE,
            next_step=HOSTILE,
        ),
    )
    narrowing = Narrowing(filters=(Filter(name="resource-id", values=("*",)),))
    report = check(declarations(*asked), Inventory(listings=listings, narrowing=narrowing))
    return replace(report, generated_at=GENERATED_AT)
