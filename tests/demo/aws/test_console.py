"""What happens behind Pulumi's back."""

from __future__ import annotations

import pytest
from moto.ec2.exceptions import EC2ClientError

from drift.demo.aws import (
    DENIED,
    Aws,
    Console,
    DestinationOptions,
    DestinationType,
    FileFormat,
    TagFieldSpecification,
    TaggedResourceType,
    TrafficType,
)
from tests.demo.aws.asking import ACCOUNT, NO_SUCH_ID, NOW, REGION, ROLE


def test_recreating_changes_the_id_and_what_was_said(aws: Aws, console: Console) -> None:
    bucket, vpc = console.create_bucket("flow-logs"), console.create_vpc()
    old = console.create_flow_log(
        vpc,
        log_destination=f"{bucket}/prod/",
        traffic_type=TrafficType.ACCEPT,
        log_format="${version} ${pkt-srcaddr}",
        max_aggregation_interval=60,
        destination_options=DestinationOptions(file_format=FileFormat.PARQUET),
        tags={"team": "net"},
    )
    aws.now = NOW

    new = console.recreate(old, destination_options=DestinationOptions(per_hour_partition=True))

    assert new != old
    assert console.flow_logs() == [
        {
            "FlowLogId": new,
            "ResourceId": vpc,
            "CreationTime": NOW,
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "TrafficType": "ACCEPT",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::flow-logs/prod/",
            "LogFormat": "${version} ${pkt-srcaddr}",
            "MaxAggregationInterval": 60,
            "DestinationOptions": {
                "FileFormat": "plain-text",
                "HiveCompatiblePartitions": False,
                "PerHourPartition": True,
            },
            "Tags": [{"Key": "team", "Value": "net"}],
        }
    ]


def test_all_can_be_undone(aws: Aws, console: Console) -> None:
    aws.now = NOW
    bucket, vpc = console.create_bucket("flow-logs"), console.create_vpc()
    kept = console.create_flow_log(vpc, log_destination=bucket, tags={"team": "net"})
    deleted = console.create_flow_log(console.create_vpc(), log_destination=bucket)
    before = console.flow_logs()

    restore = console.save()
    for _ in range(2):
        console.recreate(kept, log_format="${version}", tags={"team": "other"})
        console.delete(deleted)
        restore()
        console.retag(kept, {"team": "other"})
        console.break_delivery(deleted)
        assert console.flow_logs() != before
        restore()
        assert console.flow_logs() == before


def test_recreating_as_it_was_is_possible(console: Console) -> None:
    group, gateway = console.create_log_group("/all"), console.create_transit_gateway()
    console.create_flow_log(console.create_vpc(), log_destination=group)
    console.create_flow_log(
        console.create_vpc(),
        log_group_name="/all",
        log_format="${asg-tag}",
        tag_field_specifications=(
            TagFieldSpecification(
                resource_type=TaggedResourceType.AUTO_SCALING_GROUP, tag_keys=("Name",)
            ),
        ),
    )
    console.create_flow_log(gateway, log_destination=console.create_bucket("flow-logs"))
    before = console.flow_logs()

    for entry in before:
        console.recreate(entry["FlowLogId"])

    for entry in before + (after := console.flow_logs()):
        del entry["FlowLogId"], entry["CreationTime"]
    assert after == before


def test_a_destination_of_another_kind_brings_its_own_role_and_options(console: Console) -> None:
    bucket, group = console.create_bucket("flow-logs"), console.create_log_group("/all")
    flow_log_id = console.create_flow_log(console.create_vpc(), log_destination=group)

    flow_log_id = console.recreate(flow_log_id, log_destination=f"{bucket}/x")
    (in_bucket,) = console.flow_logs()
    flow_log_id = console.recreate(flow_log_id, log_group_name="/all")
    (in_group,) = console.flow_logs()
    console.recreate(
        flow_log_id,
        log_destination=f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/all",
        log_destination_type=DestinationType.FIREHOSE,
    )
    (in_stream,) = console.flow_logs()

    destination = (
        "LogDestinationType",
        "LogDestination",
        "LogGroupName",
        "DeliverLogsPermissionArn",
    )
    assert [
        tuple(entry.get(name) for name in destination) for entry in (in_bucket, in_group, in_stream)
    ] == [
        ("s3", "arn:aws:s3:::flow-logs/x", None, None),
        ("cloud-watch-logs", None, "/all", ROLE),
        (
            "kinesis-data-firehose",
            f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/all",
            None,
            None,
        ),
    ]


def test_tags_can_be_left_behind(console: Console) -> None:
    old = console.create_flow_log(
        console.create_vpc(),
        log_destination=console.create_bucket("flow-logs"),
        tags={"team": "net"},
    )

    console.recreate(old, tags={})

    (entry,) = console.flow_logs()
    assert entry["Tags"] == []


def test_retagging_leaves_the_id(seven: list[str], console: Console) -> None:
    console.retag(seven[0], {"team": "net", "Name": "x"})
    console.retag(seven[0], {"team": "sec"})

    first = console.flow_logs()[0]
    assert first["FlowLogId"] == seven[0]
    assert first["Tags"] == [{"Key": "team", "Value": "sec"}]


def test_delivery_breaks_with_a_message(seven: list[str], console: Console) -> None:
    console.break_delivery(seven[0], "Rate limited")
    console.break_delivery(seven[1])

    assert [
        (entry["DeliverLogsStatus"], entry.get("DeliverLogsErrorMessage"))
        for entry in console.flow_logs()[:3]
    ] == [("FAILED", "Rate limited"), ("FAILED", "Access error"), ("SUCCESS", None)]


def test_what_aws_refuses_the_console_refuses(seven: list[str], console: Console) -> None:
    vpc = console.flow_logs()[0]["ResourceId"]
    for refused, code in (
        (lambda: console.delete(NO_SUCH_ID), "InvalidFlowLogId.NotFound"),
        (lambda: console.retag(NO_SUCH_ID, {}), "InvalidFlowLogId.NotFound"),
        (
            lambda: console.create_flow_log(vpc, log_destination="arn:aws:s3:::flow-logs/0"),
            "FlowLogAlreadyExists",
        ),
        (
            lambda: console.create_flow_log("core-network-0a1b", log_group_name="/all"),
            "InvalidParameterValue",
        ),
    ):
        with pytest.raises(EC2ClientError) as click:
            refused()
        assert click.value.code == code
    assert len(seven) == len(console.flow_logs())


def test_clicks_are_no_calls(aws: Aws, console: Console) -> None:
    aws.fail(DENIED, action=None)

    console.create_flow_log(
        console.create_vpc(), log_destination=console.create_bucket("flow-logs")
    )

    assert aws.calls == []
