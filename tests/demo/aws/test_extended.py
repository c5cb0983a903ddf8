"""Accounts and regions; one AWS at a time, and gone afterwards."""

from __future__ import annotations

import json
import subprocess
import sys

import boto3
import pytest
from moto import mock_aws
from moto.ec2.models import EC2Backend, ec2_backends

from drift.demo.aws import Aws, Call, Console, extended_aws
from tests.demo.aws.asking import ACCOUNT, OTHER_ACCOUNT, REGION, SESSION, client, ids


def test_a_role_of_another_account_sees_that_account(aws: Aws) -> None:
    there = aws.console(account=OTHER_ACCOUNT, region=REGION)
    flow_log_id = there.create_flow_log(
        there.create_vpc(), log_destination=there.create_bucket("flow-logs")
    )

    role = SESSION.client("sts", REGION).assume_role(
        RoleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader", RoleSessionName="drift"
    )
    credentials = role["Credentials"]
    reader = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )

    identity = reader.client("sts", REGION).get_caller_identity()
    assert identity["Account"] == OTHER_ACCOUNT
    assert identity["Arn"] == f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/reader/drift"
    assert ids(reader.client("ec2", REGION).describe_flow_logs()) == [flow_log_id]
    assert ids(reader.client("ec2", "us-east-1").describe_flow_logs()) == []
    assert ids(client().describe_flow_logs()) == []
    assert aws.calls == [
        Call(action="AssumeRole", account=ACCOUNT, region=REGION),
        Call(action="GetCallerIdentity", account=OTHER_ACCOUNT, region=REGION),
        Call(action="DescribeFlowLogs", account=OTHER_ACCOUNT, region=REGION),
        Call(action="DescribeFlowLogs", account=OTHER_ACCOUNT, region="us-east-1"),
        Call(action="DescribeFlowLogs", account=ACCOUNT, region=REGION),
    ]


def test_credentials_are_of_their_account(aws: Aws) -> None:
    keys = aws.credentials(OTHER_ACCOUNT)

    identity = SESSION.client(
        "sts",
        REGION,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
    ).get_caller_identity()

    assert identity["Account"] == OTHER_ACCOUNT
    assert identity["Arn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:user/drift"
    assert aws.credentials(OTHER_ACCOUNT) == keys


def test_there_is_room_for_one(aws: Aws) -> None:
    with (
        pytest.raises(RuntimeError, match="there is an extended_aws\\(\\) already"),
        extended_aws(),
    ):
        pass
    assert aws.console().flow_logs() == []


def test_the_next_one_is_empty_and_moto_is_as_it_was() -> None:
    with extended_aws() as first:
        console = first.console()
        console.create_flow_log(
            console.create_vpc(), log_destination=console.create_bucket("flow-logs")
        )
    with extended_aws() as second:
        assert second.console().flow_logs() == []
        second.console().create_bucket("flow-logs")
    with mock_aws():
        assert type(ec2_backends[ACCOUNT][REGION]) is EC2Backend


def test_cloudformation_is_told_that_it_gets_no_flow_logs(aws: Aws) -> None:  # noqa: ARG001
    template = {
        "Resources": {"Log": {"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": "vpc-1"}}}
    }

    with pytest.raises(NotImplementedError, match="AWS::EC2::FlowLog"):
        SESSION.client("cloudformation", REGION).create_stack(
            StackName="logs", TemplateBody=json.dumps(template)
        )


def test_a_console_needs_an_aws() -> None:
    with mock_aws(), pytest.raises(TypeError, match="no extended_aws"):
        Console(account=ACCOUNT, region=REGION)


def test_a_seed_gives_the_same_ids() -> None:
    def story() -> tuple[str, str]:
        with extended_aws(seed=1) as aws:
            console = aws.console()
            vpc = console.create_vpc()
            return vpc, console.create_flow_log(vpc, log_group_name="/all")

    assert story() == story()


def test_importing_the_package_does_not_import_moto() -> None:
    script = "import drift.demo, sys; sys.exit('moto' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
