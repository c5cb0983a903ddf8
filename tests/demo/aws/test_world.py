"""Calls that are counted, refused or spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, PaginationError
from botocore.parsers import ResponseParserError

from drift.demo.aws import (
    ACCESS_DENIED,
    AUTH_FAILURE,
    DENIED,
    EXPIRED_TOKEN,
    INTERNAL_ERROR,
    INVALID_CLIENT_TOKEN_ID,
    OPT_IN_REQUIRED,
    REQUEST_EXPIRED,
    THROTTLED,
    UNAVAILABLE,
    Aws,
    Call,
    Garbling,
    Paging,
    Refusal,
)
from tests.demo.aws.asking import (
    ACCOUNT,
    NO_SUCH_ID,
    OTHER_ACCOUNT,
    REGION,
    SESSION,
    client,
    ids,
    refusal,
)

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DENIED, 403),
        (OPT_IN_REQUIRED, 401),
        (AUTH_FAILURE, 401),
        (REQUEST_EXPIRED, 400),
        (INVALID_CLIENT_TOKEN_ID, 403),
        (THROTTLED, 503),
        (UNAVAILABLE, 503),
        (INTERNAL_ERROR, 500),
        (Refusal(status=400, code="PendingVerification", message="Within <{2}> hours"), 400),
    ],
)
def test_ec2_refuses(fault: Refusal, status: int, aws: Aws, ec2: EC2Client) -> None:
    aws.fail(fault)

    with pytest.raises(ClientError) as call:
        ec2.describe_flow_logs()

    assert call.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert refusal(call)[0] == fault.code


def test_who_is_denied_what_is_told(aws: Aws, ec2: EC2Client) -> None:
    aws.fail(DENIED)

    with pytest.raises(ClientError) as call:
        ec2.describe_flow_logs(DryRun=True)

    code, message = refusal(call)
    assert code == "UnauthorizedOperation"
    assert message.startswith(
        "You are not authorized to perform this operation. "
        f"User: arn:aws:sts::{ACCOUNT}:user/moto is not authorized to perform: "
        "ec2:DescribeFlowLogs because no identity-based policy allows the ec2:DescribeFlowLogs "
        "action. Encoded authorization failure message: "
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (EXPIRED_TOKEN, "The security token included in the request is expired"),
        (
            ACCESS_DENIED,
            (
                f"User: arn:aws:sts::{ACCOUNT}:user/moto is not authorized to perform: "
                "sts:GetCallerIdentity"
            ),
        ),
    ],
)
def test_sts_refuses(fault: Refusal, message: str, aws: Aws) -> None:
    aws.fail(fault, action="GetCallerIdentity")

    with pytest.raises(ClientError) as call:
        SESSION.client("sts", REGION).get_caller_identity()

    assert refusal(call) == (fault.code, message)
    assert call.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_fault_ends_after_so_many_calls(aws: Aws, ec2: EC2Client) -> None:
    aws.fail(THROTTLED, times=2)

    for _ in range(2):
        with pytest.raises(ClientError, match="RequestLimitExceeded"):
            ec2.describe_flow_logs()
    assert ids(ec2.describe_flow_logs()) == []
    assert aws.calls == [Call(action="DescribeFlowLogs", account=ACCOUNT, region=REGION)] * 3


def test_a_fault_ends_when_aws_recovers(aws: Aws, ec2: EC2Client) -> None:
    aws.fail(DENIED)
    aws.recover()

    assert ids(ec2.describe_flow_logs()) == []


def test_a_fault_meets_only_its_account_region_and_action(aws: Aws, ec2: EC2Client) -> None:
    aws.fail(DENIED, region="us-east-1")
    aws.fail(DENIED, account=OTHER_ACCOUNT)
    aws.fail(DENIED, action="DeleteFlowLogs")

    assert ids(ec2.describe_flow_logs()) == []
    for spoiled in (
        lambda: client("us-east-1").describe_flow_logs(),
        lambda: ec2.delete_flow_logs(FlowLogIds=[NO_SUCH_ID]),
    ):
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            spoiled()


def test_a_fault_of_any_action_meets_all(aws: Aws, ec2: EC2Client) -> None:
    aws.fail(AUTH_FAILURE, action=None)

    with pytest.raises(ClientError, match="AuthFailure"):
        ec2.describe_vpcs()


@pytest.mark.parametrize("garbling", Garbling)
def test_an_answer_that_boto3_can_not_read(garbling: Garbling, aws: Aws, ec2: EC2Client) -> None:
    aws.fail(garbling)

    with pytest.raises(ResponseParserError):
        ec2.describe_flow_logs()


def test_a_token_that_comes_again(seven: list[str], aws: Aws, ec2: EC2Client) -> None:
    aws.fail(Paging.SAME_TOKEN)
    pages = iter(ec2.get_paginator("describe_flow_logs").paginate())

    assert ids(next(pages)) == seven
    with pytest.raises(PaginationError, match="same next token"):
        list(pages)


def test_tokens_without_end(seven: list[str], aws: Aws, ec2: EC2Client) -> None:
    aws.fail(Paging.ENDLESS)
    pages = ec2.get_paginator("describe_flow_logs").paginate()

    hundred = [page for page, _ in zip(pages, range(100), strict=False)]

    assert [ids(page) for page in hundred] == [seven] * 100
    assert len({page["NextToken"] for page in hundred}) == 100
