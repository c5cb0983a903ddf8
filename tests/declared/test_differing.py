from __future__ import annotations

import pytest

from drift.declared.differing import differing_fields, recorded
from drift.declared.properties import Properties, read
from drift.declared.values import Json
from drift.model import (
    COMPUTED,
    MALFORMED,
    SECRET,
    DestinationOptions,
    FlowLog,
    Provider,
    TagFieldSpecification,
)
from tests.declared.shapes import CIPHERTEXT, VPC, plaintext

INPUTS: dict[str, Json] = {
    "vpcId": VPC,
    "trafficType": "ALL",
    "logDestination": "arn:aws:s3:::acme-flow-logs",
    "maxAggregationInterval": 600,
    "destinationOptions": {"__defaults": [], "fileFormat": "parquet", "perHourPartition": True},
    "tags": {"__defaults": [], "Name": "x"},
    "tagsAll": {"Name": "x", "Team": "net"},
}


def news(outputs: dict[str, Json], inputs: dict[str, Json] = INPUTS) -> Properties | None:
    return recorded(Provider.AWS, inputs, outputs, read(Provider.AWS, inputs).flow_log)


def test_outputs_of_a_flow_log_that_was_deployed_as_asked_are_no_news() -> None:
    outputs: dict[str, Json] = {
        "arn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/fl-1",
        "id": "fl-1",
        "region": "us-east-1",
        "__meta": '{"schema_version":"1"}',
        "__pulumi_raw_state_delta": {"obj": {}},
        "vpcId": VPC,
        "subnetId": "",
        "iamRoleArn": "",
        "trafficType": "ALL",
        "logDestination": "arn:aws:s3:::acme-flow-logs",
        "maxAggregationInterval": 600,
        "destinationOptions": {"fileFormat": "parquet", "perHourPartition": True},
        "tags": {"Name": "x"},
        "tagsAll": {"Name": "x", "Team": "net"},
    }
    assert news(outputs) is None


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({}, None),
        ({"maxAggregationInterval": "600"}, None),
        ({"destinationOptions": [{"fileFormat": "parquet", "perHourPartition": "true"}]}, None),
        ({"logFormat": "${version}"}, FlowLog(log_format="${version}")),
        ({"trafficType": "REJECT", "logFormat": ""}, FlowLog(traffic_type="REJECT")),
        ({"subnetId": "subnet-1"}, FlowLog(resource_id="subnet-1")),
        ({"logGroupName": "x"}, FlowLog(log_group_name="x")),
        (
            {"destinationOptions": {"fileFormat": "parquet", "perHourPartition": False}},
            FlowLog(destination_options=DestinationOptions(per_hour_partition=False)),
        ),
        (
            {"tagFieldSpecifications": [{"resourceType": "instance", "tagKeys": ["Env"]}]},
            FlowLog(
                tag_field_specifications=frozenset(
                    {TagFieldSpecification(resource_type="instance", tag_keys=("Env",))}
                )
            ),
        ),
        ({"tagsAll": {"Name": "x", "Rogue": "1"}}, FlowLog(tags={"Name": "x", "Rogue": "1"})),
        # Where there are all tags, the resource's own say nothing more.
        ({"tags": {"Name": "y"}, "tagsAll": {"Name": "x", "Team": "net"}}, None),
        ({"tags": {"Name": "y"}}, FlowLog(tags={"Name": "y"})),
        ({"trafficType": CIPHERTEXT}, FlowLog(traffic_type=SECRET)),
        ({"trafficType": []}, None),
        ({"trafficType": [5]}, FlowLog(traffic_type=MALFORMED)),
    ],
)
def test_what_the_outputs_say_otherwise(outputs: dict[str, Json], expected: FlowLog | None) -> None:
    assert news(outputs) == (Properties(flow_log=expected) if expected else None)


def test_tags_of_version_6_are_compared_with_the_default_tags_included() -> None:
    declared = FlowLog(tags={"Team": "net", "Name": "x"})
    outputs: dict[str, Json] = {"tags": {"Name": "x"}, "tagsAll": {"Name": "x", "Team": "net"}}
    assert recorded(Provider.AWS, {"tags": {"Name": "x"}}, outputs, declared) is None


def test_a_secret_output_is_named() -> None:
    assert news({"logFormat": plaintext("${version}")}) == Properties(
        flow_log=FlowLog(log_format="${version}"), secret_fields=frozenset({"LogFormat"})
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (FlowLog(), FlowLog(), set()),
        (FlowLog(resource_id=VPC), FlowLog(resource_id="vpc-2"), {"ResourceId"}),
        (FlowLog(resource_id=VPC), FlowLog(resource_id=COMPUTED), set()),
        (FlowLog(log_format=SECRET), FlowLog(log_format=SECRET), set()),
        (FlowLog(log_group_name="a"), FlowLog(log_group_name="b"), {"LogDestination"}),
        (
            FlowLog(destination_options=DestinationOptions(file_format="parquet")),
            FlowLog(destination_options=DestinationOptions(per_hour_partition=True)),
            {"DestinationOptions.FileFormat", "DestinationOptions.PerHourPartition"},
        ),
        (
            FlowLog(tags={"a": "1", "b": "1", "c": "1"}),
            FlowLog(tags={"a": "1", "b": "2", "d": "1"}),
            {"Tags.b", "Tags.c", "Tags.d"},
        ),
        (FlowLog(tags={"a": "1"}), FlowLog(tags={"a": SECRET, "b": COMPUTED}), set()),
        (FlowLog(tags={"a": "1"}), FlowLog(tags=SECRET), set()),
        (
            FlowLog(),
            FlowLog(
                traffic_type="ALL",
                log_destination_type="s3",
                log_destination="a",
                max_aggregation_interval=60,
                deliver_logs_permission_arn="b",
                deliver_cross_account_role="c",
                tag_field_specifications=frozenset(
                    {TagFieldSpecification(resource_type="instance", tag_keys=("Env",))}
                ),
                log_format="d",
                destination_options=DestinationOptions(hive_compatible_partitions=False),
            ),
            {
                "TrafficType",
                "LogDestinationType",
                "LogDestination",
                "MaxAggregationInterval",
                "DeliverLogsPermissionArn",
                "DeliverCrossAccountRole",
                "TagFieldSpecifications",
                "LogFormat",
                "DestinationOptions.HiveCompatiblePartitions",
            },
        ),
    ],
)
def test_differing_fields(before: FlowLog, after: FlowLog, expected: set[str]) -> None:
    assert differing_fields(before, after) == expected
    assert differing_fields(after, before) == expected
