"""Ask EC2 as a provider would, and read the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

# moto must hear of the session's requests, so it comes first.
import drift.demo.aws  # noqa: F401  # isort: split

if TYPE_CHECKING:
    import pytest
    from botocore.exceptions import ClientError
    from types_boto3_ec2 import EC2Client

REGION: Final = "eu-west-1"
ACCOUNT: Final = "123456789012"
OTHER_ACCOUNT: Final = "210987654321"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/flow-logs"
NOW: Final = datetime(2026, 3, 2, 10, 11, 12, tzinfo=UTC)
NO_SUCH_ID: Final = "fl-00000000000000000"

# One for all: reading EC2's service model takes longer than any test.
SESSION: Final = boto3.Session(
    aws_access_key_id="testing",
    aws_secret_access_key="testing",
)


@cache
def client(region: str = REGION) -> EC2Client:
    """Return a client that asks once: what is refused is not asked again."""
    return SESSION.client("ec2", region, config=Config(retries={"total_max_attempts": 1}))


def create(ec2: EC2Client, resource_id: str, **parameters: object) -> str:
    """Create one flow log, of all traffic of a VPC unless said otherwise; return its id."""
    (flow_log_id,) = answer(ec2, resource_id, **parameters)["FlowLogIds"]
    return str(flow_log_id)


def answer(ec2: EC2Client, *resource_ids: str, **parameters: object) -> dict[str, Any]:
    """Return what CreateFlowLogs answers; a parameter of None is not sent."""
    asked: dict[str, Any] = {"ResourceType": "VPC", "TrafficType": "ALL", **parameters}
    given = {name: value for name, value in asked.items() if value is not None}
    response: dict[str, Any] = {**ec2.create_flow_logs(ResourceIds=resource_ids, **given)}
    del response["ResponseMetadata"]
    return response


def to_bucket(arn: str) -> dict[str, str]:
    return {"LogDestinationType": "s3", "LogDestination": arn}


def to_group(name: str) -> dict[str, str]:
    return {"LogGroupName": name, "DeliverLogsPermissionArn": ROLE}


def described(ec2: EC2Client) -> dict[str, Any]:
    """Return the only flow log, without what is no part of its configuration."""
    (entry,) = ec2.describe_flow_logs()["FlowLogs"]
    told: dict[str, Any] = {**entry}
    for name in ("FlowLogId", "ResourceId", "CreationTime", "FlowLogStatus", "Tags"):
        del told[name]
    return told


def ids(response: Any) -> list[str]:  # noqa: ANN401  # a page of a client or of a paginator
    return [entry["FlowLogId"] for entry in response["FlowLogs"]]


def refusal(call: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = call.value.response["Error"]
    return error["Code"], error["Message"]
