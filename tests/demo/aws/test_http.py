"""The same AWS over HTTP, for programs that are not this one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from drift.demo.aws import ACCESS_DENIED, DENIED, THROTTLED, Aws, Call, Garbling, Refusal
from tests.demo.aws.asking import NOW, OTHER_ACCOUNT, REGION, ROLE, SESSION, refusal

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client

pytest.importorskip("flask", reason="moto's extra `server`")

ONCE = Config(retries={"total_max_attempts": 1})

READ = """
import json, boto3
account = boto3.client("sts").get_caller_identity()["Account"]
pages = boto3.client("ec2").get_paginator("describe_flow_logs").paginate()
print(json.dumps([account, [one["FlowLogId"] for page in pages for one in page["FlowLogs"]]]))
"""


@pytest.fixture
def endpoint(aws: Aws) -> Iterator[str]:
    with aws.serve() as endpoint:
        yield endpoint


def ec2_at(endpoint: str) -> EC2Client:
    return SESSION.client("ec2", REGION, endpoint_url=endpoint, config=ONCE)


def run(environment: dict[str, str], script: str = READ) -> subprocess.CompletedProcess[str]:
    """Run a Python program in an environment of its own."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def post(endpoint: str, form: dict[str, str]) -> str:
    """Send a request as the query protocol writes it, and return the XML that answers it."""
    request = urllib.request.Request(  # noqa: S310  # our own server
        endpoint,
        data=urlencode({"Version": "2016-11-15", **form}).encode(),
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential=x/20260302/{REGION}/ec2/aws4_request"
        },
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return str(response.read().decode())


def test_another_program_sees_the_same_flow_logs(aws: Aws, endpoint: str) -> None:
    there = aws.console(account=OTHER_ACCOUNT, region=REGION)
    flow_log_id = there.create_flow_log(
        there.create_vpc(), log_destination=there.create_bucket("flow-logs")
    )

    reader = run(aws.environment(endpoint, account=OTHER_ACCOUNT, region=REGION))

    assert reader.stderr == ""
    assert json.loads(reader.stdout) == [OTHER_ACCOUNT, [flow_log_id]]
    assert aws.calls == [
        Call(action="GetCallerIdentity", account=OTHER_ACCOUNT, region=REGION),
        Call(action="DescribeFlowLogs", account=OTHER_ACCOUNT, region=REGION),
    ]


def test_the_query_protocol_is_ec2s(aws: Aws, endpoint: str) -> None:
    console = aws.console(region=REGION)
    vpc = console.create_vpc()
    console.create_bucket("flow-logs")
    aws.now = NOW

    created = post(
        endpoint,
        {
            "Action": "CreateFlowLogs",
            "ResourceType": "VPC",
            "ResourceId.1": vpc,
            "TrafficType": "REJECT",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::flow-logs/prod/",
            "LogFormat": "${version} ${instance-tag}",
            "DestinationOptions.FileFormat": "parquet",
            "DestinationOptions.HiveCompatiblePartitions": "true",
            "DestinationOptions.PerHourPartition": "false",
            "DeliverCrossAccountRole": ROLE,
            "TagFieldSpecification.1.ResourceType": "instance",
            "TagFieldSpecification.1.TagKey.1": "Name",
            "TagFieldSpecification.1.TagKey.2": "team",
            "TagSpecification.1.ResourceType": "vpc-flow-log",
            "TagSpecification.1.Tag.1.Key": "owner",
            "TagSpecification.1.Tag.1.Value": "<net> & co",
        },
    )

    (flow_log_id,) = re.findall(r"<flowLogIdSet><item>(fl-[0-9a-f]{17})</item>", created)
    (entry,) = console.flow_logs()
    assert entry == {
        "FlowLogId": flow_log_id,
        "ResourceId": vpc,
        "CreationTime": NOW,
        "FlowLogStatus": "ACTIVE",
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": "REJECT",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::flow-logs/prod/",
        "LogFormat": "${version} ${instance-tag}",
        "MaxAggregationInterval": 600,
        "DeliverCrossAccountRole": ROLE,
        "DestinationOptions": {
            "FileFormat": "parquet",
            "HiveCompatiblePartitions": True,
            "PerHourPartition": False,
        },
        "TagFieldSpecifications": [{"ResourceType": "instance", "TagKeys": ["Name", "team"]}],
        "Tags": [{"Key": "owner", "Value": "<net> & co"}],
    }
    described = post(endpoint, {"Action": "DescribeFlowLogs", "FlowLogId.1": flow_log_id})
    for part in (
        "<creationTime>2026-03-02T10:11:12.000Z</creationTime>",
        (
            "<destinationOptions><fileFormat>parquet</fileFormat>"
            "<hiveCompatiblePartitions>true</hiveCompatiblePartitions>"
            "<perHourPartition>false</perHourPartition></destinationOptions>"
        ),
        (
            "<tagFieldSpecificationSet><item><resourceType>instance</resourceType>"
            "<tagKeySet><item>Name</item><item>team</item></tagKeySet></item>"
            "</tagFieldSpecificationSet>"
        ),
        "<tagSet><item><key>owner</key><value>&lt;net&gt; &amp; co</value></item></tagSet>",
    ):
        assert part in described


@pytest.mark.parametrize("fault", [DENIED, THROTTLED])
def test_a_refusal_has_its_status(fault: Refusal, aws: Aws, endpoint: str) -> None:
    aws.fail(fault)

    with pytest.raises(ClientError) as call:
        ec2_at(endpoint).describe_flow_logs()

    assert refusal(call)[0] == fault.code
    assert call.value.response["ResponseMetadata"]["HTTPStatusCode"] == fault.status


@pytest.mark.parametrize("garbling", Garbling)
def test_a_spoiled_answer_arrives(garbling: Garbling, aws: Aws, endpoint: str) -> None:
    aws.fail(garbling)

    with pytest.raises(ResponseParserError):
        ec2_at(endpoint).describe_flow_logs()


def test_roles_are_assumed_over_http(aws: Aws, endpoint: str) -> None:
    aws.fail(ACCESS_DENIED, action="AssumeRole", times=1)
    sts = SESSION.client("sts", REGION, endpoint_url=endpoint, config=ONCE)
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"

    with pytest.raises(ClientError) as call:
        sts.assume_role(RoleArn=role, RoleSessionName="drift")
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="drift")

    assert refusal(call)[0] == "AccessDenied"
    assert assumed["AssumedRoleUser"]["Arn"] == (
        f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/reader/drift"
    )


def test_the_server_is_gone_afterwards(aws: Aws) -> None:
    with aws.serve() as endpoint:
        pass

    with pytest.raises(EndpointConnectionError):
        ec2_at(endpoint).describe_flow_logs()
