"""A flow log is told as it was created."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drift.demo.aws import Aws, Console
from drift.log_format import VPC_DEFAULT_FORMAT
from tests.demo.aws.asking import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    REGION,
    ROLE,
    answer,
    create,
    described,
    to_bucket,
    to_group,
)

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client


def test_s3_is_read_back_with_all_options_though_none_was_sent(
    aws: Aws, console: Console, ec2: EC2Client
) -> None:
    bucket, vpc = console.create_bucket("flow-logs"), console.create_vpc()
    aws.now = NOW

    flow_log_id = create(
        ec2,
        vpc,
        **to_bucket(bucket),
        TagSpecifications=[
            {"ResourceType": "vpc-flow-log", "Tags": [{"Key": "team", "Value": "net"}]}
        ],
    )

    assert ec2.describe_flow_logs()["FlowLogs"] == [
        {
            "FlowLogId": flow_log_id,
            "ResourceId": vpc,
            "CreationTime": NOW,
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "TrafficType": "ALL",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::flow-logs",
            "LogFormat": VPC_DEFAULT_FORMAT,
            "MaxAggregationInterval": 600,
            "DestinationOptions": {
                "FileFormat": "plain-text",
                "HiveCompatiblePartitions": False,
                "PerHourPartition": False,
            },
            "Tags": [{"Key": "team", "Value": "net"}],
        }
    ]


def test_s3_options_are_kept(console: Console, ec2: EC2Client) -> None:
    create(
        ec2,
        console.create_vpc(),
        **to_bucket(console.create_bucket("flow-logs")),
        DestinationOptions={
            "FileFormat": "parquet",
            "HiveCompatiblePartitions": True,
            "PerHourPartition": True,
        },
    )

    assert described(ec2)["DestinationOptions"] == {
        "FileFormat": "parquet",
        "HiveCompatiblePartitions": True,
        "PerHourPartition": True,
    }


def test_an_s3_option_that_was_not_sent_is_the_default(console: Console, ec2: EC2Client) -> None:
    create(
        ec2,
        console.create_vpc(),
        **to_bucket(console.create_bucket("flow-logs")),
        DestinationOptions={"FileFormat": "plain-text", "PerHourPartition": True},
    )

    assert described(ec2)["DestinationOptions"] == {
        "FileFormat": "plain-text",
        "HiveCompatiblePartitions": False,
        "PerHourPartition": True,
    }


def test_a_log_group_given_by_name_is_told_by_name_only(console: Console, ec2: EC2Client) -> None:
    console.create_log_group("/vpc/all")

    create(ec2, console.create_vpc(), **to_group("/vpc/all"))

    assert described(ec2) == {
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": "/vpc/all",
        "LogFormat": VPC_DEFAULT_FORMAT,
        "MaxAggregationInterval": 600,
        "DeliverLogsPermissionArn": ROLE,
    }


def test_a_log_group_given_by_arn_is_told_by_both(console: Console, ec2: EC2Client) -> None:
    group = console.create_log_group("/vpc/all")

    create(ec2, console.create_vpc(), LogDestination=group, DeliverLogsPermissionArn=ROLE)

    assert described(ec2) == {
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/vpc/all",
        "LogGroupName": "/vpc/all",
        "LogFormat": VPC_DEFAULT_FORMAT,
        "MaxAggregationInterval": 600,
        "DeliverLogsPermissionArn": ROLE,
    }


def test_a_log_group_of_another_account_is_looked_for_there(
    aws: Aws, console: Console, ec2: EC2Client
) -> None:
    group = aws.console(account=OTHER_ACCOUNT, region=REGION).create_log_group("/central")

    create(
        ec2,
        console.create_vpc(),
        LogDestination=group,
        DeliverLogsPermissionArn=ROLE,
        DeliverCrossAccountRole=f"arn:aws:iam::{OTHER_ACCOUNT}:role/receive",
    )

    told = described(ec2)
    assert told["DeliverLogsStatus"] == "SUCCESS"
    assert told["DeliverCrossAccountRole"] == f"arn:aws:iam::{OTHER_ACCOUNT}:role/receive"


@pytest.mark.parametrize(
    ("destination", "group"),
    [
        pytest.param({"LogGroupName": "/missing"}, "/missing", id="by-name"),
        pytest.param(
            {"LogDestination": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/missing"},
            "/missing",
            id="by-arn",
        ),
        pytest.param(
            {"LogDestination": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/vpc/all"},
            "/vpc/all",
            id="other-region",
        ),
        pytest.param(
            {"LogDestination": f"arn:aws:logs:nowhere:{ACCOUNT}:log-group:/vpc/all"},
            "/vpc/all",
            id="no-region",
        ),
        # What CloudWatch Logs itself calls the ARN of a group.
        pytest.param(
            {"LogDestination": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/vpc/all:*"},
            "/vpc/all:*",
            id="wildcard",
        ),
    ],
)
def test_nothing_is_delivered_to_a_log_group_that_is_not_there(
    destination: dict[str, str], group: str, console: Console, ec2: EC2Client
) -> None:
    console.create_log_group("/vpc/all")

    create(ec2, console.create_vpc(), **destination, DeliverLogsPermissionArn=ROLE)

    assert described(ec2) == {
        "DeliverLogsStatus": "FAILED",
        "DeliverLogsErrorMessage": "Access error",
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        **destination,
        "LogGroupName": group,
        "LogFormat": VPC_DEFAULT_FORMAT,
        "MaxAggregationInterval": 600,
        "DeliverLogsPermissionArn": ROLE,
    }


def test_cloudwatch_logs_has_no_options(console: Console, ec2: EC2Client) -> None:
    create(
        ec2,
        console.create_vpc(),
        **to_group("/vpc/all"),
        DestinationOptions={"FileFormat": "parquet"},
    )

    assert "DestinationOptions" not in described(ec2)


def test_firehose_keeps_its_roles(console: Console, ec2: EC2Client) -> None:
    stream = f"arn:aws:firehose:eu-west-1:{OTHER_ACCOUNT}:deliverystream/all"
    there = f"arn:aws:iam::{OTHER_ACCOUNT}:role/receive"

    create(
        ec2,
        console.create_vpc(),
        LogDestinationType="kinesis-data-firehose",
        LogDestination=stream,
        DeliverLogsPermissionArn=ROLE,
        DeliverCrossAccountRole=there,
    )

    assert described(ec2) == {
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": "ALL",
        "LogDestinationType": "kinesis-data-firehose",
        "LogDestination": stream,
        "LogFormat": VPC_DEFAULT_FORMAT,
        "MaxAggregationInterval": 600,
        "DeliverLogsPermissionArn": ROLE,
        "DeliverCrossAccountRole": there,
    }


def test_tag_field_specifications_are_kept(console: Console, ec2: EC2Client) -> None:
    specifications = [
        {"ResourceType": "instance", "TagKeys": ["Name", "team"]},
        {"ResourceType": "network-interface", "TagKeys": ["Name"]},
    ]

    create(
        ec2,
        console.create_vpc(),
        **to_group("/vpc/all"),
        LogFormat="${instance-tag} ${instance-tag-2} ${interface-tag}",
        TagFieldSpecifications=specifications,
    )

    assert described(ec2)["TagFieldSpecifications"] == specifications


@pytest.mark.parametrize("folder", ["", "/", "/prod", "/prod/", "/a//b", "/test.log.gz"])
def test_a_folder_of_a_bucket_is_echoed_as_it_was_given(
    folder: str, console: Console, ec2: EC2Client
) -> None:
    bucket = console.create_bucket("flow-logs")

    create(ec2, console.create_vpc(), **to_bucket(bucket + folder))

    assert described(ec2)["LogDestination"] == f"arn:aws:s3:::flow-logs{folder}"


def test_a_bucket_may_be_another_accounts(aws: Aws, console: Console, ec2: EC2Client) -> None:
    bucket = aws.console(account=OTHER_ACCOUNT).create_bucket("central")

    create(ec2, console.create_vpc(), **to_bucket(f"{bucket}/here"))

    assert described(ec2)["LogDestination"] == "arn:aws:s3:::central/here"


def test_a_missing_bucket_is_told_of_each_resource(console: Console, ec2: EC2Client) -> None:
    one, other = console.create_vpc(), console.create_vpc()

    assert answer(ec2, one, other, **to_bucket("arn:aws:s3:::missing/prod/")) == {
        "FlowLogIds": [],
        "Unsuccessful": [
            {
                "ResourceId": resource_id,
                "Error": {"Code": "400", "Message": "LogDestination: missing does not exist."},
            }
            for resource_id in (one, other)
        ],
    }
