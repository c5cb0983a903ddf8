"""Destinations and their spellings."""

from __future__ import annotations

import pytest

from drift import arn
from drift.arn import Arn, LogGroup
from tests.build import ACCOUNT, GROUP_ARN, OTHER_ACCOUNT, REGION


def test_parse_keeps_colons_in_the_resource() -> None:
    assert arn.parse(f"{GROUP_ARN}:*") == Arn(
        partition="aws",
        service="logs",
        region=REGION,
        account=ACCOUNT,
        resource="log-group:/aws/vpc/flow-logs:*",
    )


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3", "urn:aws:s3:::b", "my-bucket"])
def test_parse_refuses_what_is_no_arn(text: str) -> None:
    assert arn.parse(text) is None


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_partition_of(region: str, partition: str) -> None:
    assert arn.partition_of(region) == partition


def group(destination: str, account: str | None = ACCOUNT, region: str | None = REGION) -> LogGroup:
    found = arn.log_group(destination, account, region)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (group(GROUP_ARN), group("/aws/vpc/flow-logs"), True),
        (group(f"{GROUP_ARN}:*"), group(GROUP_ARN), True),
        (group(GROUP_ARN), group("/aws/vpc/flow-logs", OTHER_ACCOUNT), False),
        (group(GROUP_ARN), group("/aws/vpc/flow-logs", ACCOUNT, "eu-west-1"), False),
        (group(GROUP_ARN), group("/aws/vpc/flow-logs", None, None), True),
        (group(GROUP_ARN), group("/aws/vpc/Flow-Logs"), False),
        (group("/a/"), group("/a"), False),
        (group(GROUP_ARN), group(GROUP_ARN.replace("arn:aws:", "arn:aws-cn:")), False),
        (
            group("flow.logs#a_b/c"),
            group(f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:flow.logs#a_b/c"),
            True,
        ),
    ],
)
def test_log_groups_are_the_same(one: LogGroup, other: LogGroup, same: bool) -> None:
    assert one.is_same_as(other) is same
    assert other.is_same_as(one) is same


@pytest.mark.parametrize(
    "destination", ["arn:aws:s3:::bucket", "arn:aws:firehose:us-east-1:1:deliverystream/x", "arn:x"]
)
def test_other_arns_are_no_log_group(destination: str) -> None:
    assert arn.log_group(destination, ACCOUNT, REGION) is None
