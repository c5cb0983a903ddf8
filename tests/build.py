"""Small flow logs for tests: a declared and a live one that agree, and how to change them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drift.model import (
    Coverage,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    DestinationOptions,
    FlowLog,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
    Provider,
)

ACCOUNT: Final = "123456789012"
OTHER_ACCOUNT: Final = "210987654321"
REGION: Final = "us-east-1"
VPC: Final = "vpc-0aa11bb22cc33dd44"
OTHER_VPC: Final = "vpc-0bb22cc33dd44ee55"
GROUP_ARN: Final = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vpc/flow-logs"

TO_S3: Final = FlowLog(
    resource_id=VPC,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination="arn:aws:s3:::acme-flow-logs",
    log_format="${version} ${srcaddr} ${dstaddr} ${pkt-srcaddr}",
    max_aggregation_interval=60,
    destination_options=DestinationOptions(
        file_format="parquet", hive_compatible_partitions=True, per_hour_partition=True
    ),
    tags={"Owner": "net"},
)
TO_CLOUDWATCH: Final = FlowLog(
    resource_id=VPC,
    traffic_type="ALL",
    log_destination=GROUP_ARN,
    deliver_logs_permission_arn=f"arn:aws:iam::{ACCOUNT}:role/flow-logs",
)


def flow_log_id(number: int) -> str:
    """Return an id that looks like AWS's."""
    return f"fl-{number:017x}"


def urn(name: str) -> str:
    """Return the URN of a flow log of the stack `prod` of the project `net`."""
    return f"urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::{name}"


A: Final = DeclaredFlowLog(
    urn=urn("a"),
    project="net",
    stack="prod",
    source="state.json",
    provider=Provider.AWS,
    flow_log=TO_S3,
    flow_log_id=flow_log_id(1),
    account=ACCOUNT,
    region=REGION,
)
"""Declared, and deployed as `LIVE_A`."""

LIVE_A: Final = LiveFlowLog(
    flow_log_id=flow_log_id(1),
    flow_log=TO_S3,
    account=ACCOUNT,
    region=REGION,
    created_at="2026-03-02T10:11:12.345Z",
    deliver_logs_status="SUCCESS",
    flow_log_status="ACTIVE",
)


def declared(name: str, number: int | None, flow_log: FlowLog = TO_S3) -> DeclaredFlowLog:
    """Return another declaration of the same stack."""
    return replace(
        A,
        urn=urn(name),
        flow_log=flow_log,
        flow_log_id=None if number is None else flow_log_id(number),
    )


def live(number: int, flow_log: FlowLog = TO_S3) -> LiveFlowLog:
    """Return another live flow log of the same account and region."""
    return replace(LIVE_A, flow_log_id=flow_log_id(number), flow_log=flow_log)


def declarations(*flow_logs: DeclaredFlowLog, error: str | None = None) -> Declarations:
    """Return one source that declares these, or that could not be read."""
    return Declarations(
        flow_logs=flow_logs,
        sources=(
            DeclarationSource(
                source="state.json",
                project="net",
                stack="prod",
                flow_logs=len(flow_logs),
                error=error,
            ),
        ),
    )


def inventory(
    *flow_logs: LiveFlowLog, status: Coverage = Coverage.READ, narrowing: Narrowing | None = None
) -> Inventory:
    """Return what one account and region answered."""
    read = status is Coverage.READ
    return Inventory(
        listings=(
            Listing(
                account=ACCOUNT,
                region=REGION,
                status=status,
                flow_logs=flow_logs,
                reason=None if read else "UnauthorizedOperation",
                next_step=None if read else "Grant ec2:DescribeFlowLogs.",
                missing_permission=None if read else "ec2:DescribeFlowLogs",
            ),
        ),
        narrowing=narrowing or Narrowing(),
    )
