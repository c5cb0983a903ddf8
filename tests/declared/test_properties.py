from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared.properties import (
    DefaultTags,
    Properties,
    camel_case,
    default_tags,
    read,
    unreadable,
)
from drift.declared.values import Json
from drift.model import (
    COMPUTED,
    MALFORMED,
    NO_OPTIONS,
    NO_TAGS,
    SECRET,
    DeclaredFlowLog,
    DestinationOptions,
    FlowLog,
    Provider,
    ResourceType,
    TagFieldSpecification,
    Tags,
    Text,
    Unknown,
)
from drift.property_names import PROPERTY_NAMES, RESOURCE_ID_NAMES, property_name
from tests.declared.shapes import CIPHERTEXT, UNKNOWN, VPC, output, plaintext
from tests.declared.test_values import JSON


def test_aws_as_version_7_has_it() -> None:
    properties = read(
        Provider.AWS,
        {
            "__defaults": ["logDestinationType", "maxAggregationInterval"],
            "vpcId": VPC,
            "trafficType": "ALL",
            "logDestinationType": "kinesis-data-firehose",
            "logDestination": "arn:aws:firehose:us-east-1:123456789012:deliverystream/flow",
            "logFormat": "${version} ${srcaddr} ${instance-tag}",
            "maxAggregationInterval": 60,
            "iamRoleArn": "arn:aws:iam::123456789012:role/flow-logs",
            "deliverCrossAccountRole": "arn:aws:iam::210987654321:role/deliver",
            "destinationOptions": {
                "__defaults": ["perHourPartition"],
                "fileFormat": "parquet",
                "hiveCompatiblePartitions": True,
                "perHourPartition": False,
            },
            "tagFieldSpecifications": [
                {"__defaults": [], "resourceType": "instance", "tagKeys": ["Env", "Team"]}
            ],
            "tags": {"__defaults": [], "Name": "x"},
            "tagsAll": {"Name": "x", "Team": "net"},
            "region": "us-east-1",
        },
    )
    assert properties == Properties(
        flow_log=FlowLog(
            resource_id=VPC,
            traffic_type="ALL",
            log_destination_type="kinesis-data-firehose",
            log_destination="arn:aws:firehose:us-east-1:123456789012:deliverystream/flow",
            log_format="${version} ${srcaddr} ${instance-tag}",
            max_aggregation_interval=60,
            deliver_logs_permission_arn="arn:aws:iam::123456789012:role/flow-logs",
            deliver_cross_account_role="arn:aws:iam::210987654321:role/deliver",
            destination_options=DestinationOptions(
                file_format="parquet", hive_compatible_partitions=True, per_hour_partition=False
            ),
            tag_field_specifications=frozenset(
                {TagFieldSpecification(resource_type="instance", tag_keys=("Env", "Team"))}
            ),
            tags={"Name": "x", "Team": "net"},
        )
    )


def test_aws_as_version_6_has_it() -> None:
    properties = read(
        Provider.AWS,
        {
            "subnetId": "subnet-0123456789abcdef0",
            "trafficType": "REJECT",
            "logGroupName": "/aws/vpc/flow-logs",
            "logFormat": "",
            "destinationOptions": None,
            "tags": {"Name": "x"},
        },
    )
    assert properties == Properties(
        flow_log=FlowLog(
            resource_id="subnet-0123456789abcdef0",
            traffic_type="REJECT",
            log_group_name="/aws/vpc/flow-logs",
            tags={"Name": "x"},
        )
    )


def test_aws_native() -> None:
    properties = read(
        Provider.AWS_NATIVE,
        {
            "resourceId": "tgw-0123456789abcdef0",
            "resourceType": "TransitGateway",
            "logDestinationType": "s3",
            "logDestination": "arn:aws:s3:::acme-flow-logs",
            "deliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flow-logs",
            "tags": [{"key": "Name", "value": "x"}, {"key": "Marker"}],
        },
    )
    assert properties == Properties(
        flow_log=FlowLog(
            resource_id="tgw-0123456789abcdef0",
            log_destination_type="s3",
            log_destination="arn:aws:s3:::acme-flow-logs",
            deliver_logs_permission_arn="arn:aws:iam::123456789012:role/flow-logs",
            tags={"Name": "x", "Marker": ""},
        )
    )


def test_a_provider_does_not_read_the_others_properties() -> None:
    assert read(Provider.AWS, {"resourceId": VPC}) == Properties(flow_log=FlowLog())
    assert read(Provider.AWS_NATIVE, {"vpcId": VPC, "tagsAll": {"a": "b"}}) == Properties(
        flow_log=FlowLog()
    )


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for kind, name in RESOURCE_ID_NAMES.items()]
)
def test_each_kind_of_resource_has_a_property(name: str, kind: ResourceType) -> None:
    assert read(Provider.AWS, {name: f"{kind}-1"}).flow_log == FlowLog(resource_id=f"{kind}-1")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"vpcId": VPC, "subnetId": ""}, VPC),
        ({"vpcId": UNKNOWN}, COMPUTED),
        ({"vpcId": VPC, "subnetId": "subnet-1"}, MALFORMED),
        ({"vpcId": VPC, "subnetId": UNKNOWN}, MALFORMED),
        ({"vpcId": 5}, MALFORMED),
        ({}, None),
    ],
)
def test_a_flow_log_watches_one_resource(values: dict[str, Json], expected: Text) -> None:
    assert read(Provider.AWS, values).flow_log == FlowLog(resource_id=expected)


MALFORMED_OPTIONS = DestinationOptions(
    file_format=MALFORMED, hive_compatible_partitions=MALFORMED, per_hour_partition=MALFORMED
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, NO_OPTIONS),
        ("", NO_OPTIONS),
        ({}, NO_OPTIONS),
        ([], NO_OPTIONS),
        ([{}], NO_OPTIONS),
        ([{"fileFormat": "parquet"}], DestinationOptions(file_format="parquet")),
        (
            {"hiveCompatiblePartitions": "true", "perHourPartition": "false"},
            DestinationOptions(hive_compatible_partitions=True, per_hour_partition=False),
        ),
        (
            {"file_format": "parquet", "per_hour_partition": True},
            DestinationOptions(file_format="parquet", per_hour_partition=True),
        ),
        (
            {"fileFormat": CIPHERTEXT, "hiveCompatiblePartitions": UNKNOWN, "perHourPartition": 1},
            DestinationOptions(
                file_format=SECRET,
                hive_compatible_partitions=COMPUTED,
                per_hour_partition=MALFORMED,
            ),
        ),
        (
            UNKNOWN,
            DestinationOptions(
                file_format=COMPUTED,
                hive_compatible_partitions=COMPUTED,
                per_hour_partition=COMPUTED,
            ),
        ),
        ("parquet", MALFORMED_OPTIONS),
        (["parquet"], MALFORMED_OPTIONS),
        ([{}, {}], MALFORMED_OPTIONS),
        (True, MALFORMED_OPTIONS),
    ],
)
def test_destination_options(value: Json, expected: DestinationOptions) -> None:
    properties = read(Provider.AWS, {"destinationOptions": value})
    assert properties == Properties(flow_log=FlowLog(destination_options=expected))


INSTANCE: Json = {"resourceType": "instance", "tagKeys": ["Env"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, frozenset()),
        ("", frozenset()),
        ([], frozenset()),
        (
            [INSTANCE, {"resource_type": "network-interface", "tag_keys": ["A", "B"]}],
            frozenset(
                {
                    TagFieldSpecification(resource_type="network-interface", tag_keys=("A", "B")),
                    TagFieldSpecification(resource_type="instance", tag_keys=("Env",)),
                }
            ),
        ),
        (UNKNOWN, COMPUTED),
        ([INSTANCE, CIPHERTEXT], SECRET),
        ([{"resourceType": "instance", "tagKeys": UNKNOWN}], COMPUTED),
        ([{"resourceType": "instance", "tagKeys": ["Env", UNKNOWN]}], COMPUTED),
        ([{"resourceType": CIPHERTEXT, "tagKeys": ["Env"]}], SECRET),
        (INSTANCE, MALFORMED),
        (["instance"], MALFORMED),
        ([{"resourceType": "instance"}], MALFORMED),
        ([{"tagKeys": ["Env"]}], MALFORMED),
        ([{"resourceType": "instance", "tagKeys": [""]}], MALFORMED),
    ],
)
def test_tag_field_specifications(
    value: Json, expected: frozenset[TagFieldSpecification] | Unknown
) -> None:
    properties = read(Provider.AWS, {"tagFieldSpecifications": value})
    assert properties == Properties(flow_log=FlowLog(tag_field_specifications=expected))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, NO_TAGS),
        ({"tags": None}, NO_TAGS),
        ({"tags": ""}, NO_TAGS),
        ({"tags": {"__defaults": []}}, NO_TAGS),
        ({"tags": []}, NO_TAGS),
        ({"tags": {"Marker": "", "Gone": None}}, {"Marker": ""}),
        ({"tags": {"Port": 8080, "Public": False}}, {"Port": "8080", "Public": "false"}),
        (
            {"tags": {"cost_center": "7", "costCenter": "8"}},
            {"cost_center": "7", "costCenter": "8"},
        ),
        ({"tags": {"Token": CIPHERTEXT, "Name": "x"}}, {"Token": SECRET, "Name": "x"}),
        ({"tags": {"Vpc": UNKNOWN, "Bad": []}}, {"Vpc": COMPUTED, "Bad": MALFORMED}),
        ({"tags": CIPHERTEXT}, SECRET),
        ({"tags": [{"key": UNKNOWN, "value": "x"}]}, COMPUTED),
        ({"tags": [{"key": "A", "value": UNKNOWN}]}, {"A": COMPUTED}),
        ({"tags": [UNKNOWN]}, COMPUTED),
        ({"tags": "Name"}, MALFORMED),
        ({"tags": ["Name"]}, MALFORMED),
        ({"tags": [{"value": "x"}]}, MALFORMED),
        ({"tags": {"A": "1"}, "tagsAll": {"A": "1", "B": "2"}}, {"A": "1", "B": "2"}),
        ({"tags": {"A": "1"}, "tags_all": {"B": "2"}}, {"B": "2"}),
        ({"tags": {"A": "1"}, "tagsAll": {}}, NO_TAGS),
        ({"tags": {"A": "1"}, "tagsAll": None}, {"A": "1"}),
        ({"tags": {"A": "1"}, "tagsAll": UNKNOWN}, COMPUTED),
    ],
)
def test_tags(values: dict[str, Json], expected: Tags | Unknown) -> None:
    properties = read(Provider.AWS, camel_case(values))
    assert properties == Properties(flow_log=FlowLog(tags=expected))


def test_the_resource_overrides_the_providers_default_tags() -> None:
    defaults = DefaultTags(
        tags={"Team": "net", "Env": "prod", "Key": "k"}, secret_keys=frozenset({"Team", "Key"})
    )
    assert read(Provider.AWS, {"tags": {"Team": "sec"}}, defaults) == Properties(
        flow_log=FlowLog(tags={"Team": "sec", "Env": "prod", "Key": "k"}),
        secret_fields=frozenset({"Tags.Key"}),
    )
    assert read(Provider.AWS, {"tagsAll": {"Team": "sec"}}, defaults) == Properties(
        flow_log=FlowLog(tags={"Team": "sec"})
    )


@pytest.mark.parametrize(
    ("tags", "secret"),
    [
        ({"Owner": "net", "Case": plaintext("1")}, {"Tags.Case"}),
        ({"Owner": "net", "Case": CIPHERTEXT}, {"Tags.Case"}),
        ({"Owner": "net", "Case": output(value="1", secret=True)}, {"Tags.Case"}),
        (plaintext({"Owner": "net", "Case": "1"}), {"Tags"}),
        (CIPHERTEXT, {"Tags.Owner", "Tags.Case", "Tags.Team"}),
        ({"Owner": "net", "Case": "1"}, set()),
    ],
    ids=["plaintext", "ciphertext", "output", "all plaintext", "all ciphertext", "none"],
)
def test_a_secret_tag_is_secret_in_all_tags_too(tags: Json, secret: set[str]) -> None:
    everything: Json = {"Owner": "net", "Case": "1", "Team": "net"}
    assert read(Provider.AWS, {"tags": tags, "tagsAll": everything}) == Properties(
        flow_log=FlowLog(tags={"Owner": "net", "Case": "1", "Team": "net"}),
        secret_fields=frozenset(secret),
    )


def test_a_secret_default_tag_is_secret_in_all_tags_too() -> None:
    defaults = DefaultTags(tags={"Team": "net", "Key": "k"}, secret_keys=frozenset({"Team", "Key"}))
    values: dict[str, Json] = {"tags": {"Team": "sec"}, "tagsAll": {"Team": "sec", "Key": "k"}}
    assert read(Provider.AWS, values, defaults).secret_fields == frozenset({"Tags.Key"})


def test_default_tags_that_cannot_be_read_make_the_tags_unknown() -> None:
    defaults = DefaultTags(tags=SECRET)
    assert read(Provider.AWS, {"tags": {"Team": "sec"}}, defaults).flow_log == FlowLog(tags=SECRET)
    assert read(Provider.AWS, {"tagsAll": {"Team": "sec"}}, defaults).flow_log == FlowLog(
        tags={"Team": "sec"}
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, DefaultTags(tags=NO_TAGS)),
        ("", DefaultTags(tags=NO_TAGS)),
        ('{"tags":{"Team":"net"}}', DefaultTags(tags={"Team": "net"})),
        ({"tags": {"Team": "net", "__defaults": []}}, DefaultTags(tags={"Team": "net"})),
        (
            plaintext('{"tags":{"Team":"net"}}'),
            DefaultTags(tags={"Team": "net"}, secret_keys=frozenset({"Team"})),
        ),
        (
            {"tags": {"Team": "net", "Token": plaintext("t")}},
            DefaultTags(tags={"Team": "net", "Token": "t"}, secret_keys=frozenset({"Token"})),
        ),
        (
            {"tags": plaintext({"Team": "net"})},
            DefaultTags(tags={"Team": "net"}, secret_keys=frozenset({"Team"})),
        ),
        (CIPHERTEXT, DefaultTags(tags=SECRET)),
        ({"tags": UNKNOWN}, DefaultTags(tags=COMPUTED)),
        ("{", DefaultTags(tags=MALFORMED)),
        ([], DefaultTags(tags=MALFORMED)),
    ],
)
def test_default_tags(value: Json, expected: DefaultTags) -> None:
    assert default_tags(value) == expected


def test_secrets_that_are_known_are_named() -> None:
    properties = read(
        Provider.AWS,
        {
            "vpcId": plaintext(VPC),
            "logDestination": output(value="arn:aws:s3:::b", secret=True),
            "maxAggregationInterval": plaintext(60),
            "destinationOptions": {"fileFormat": plaintext("parquet")},
            "tags": {"Token": plaintext("t"), "Other": CIPHERTEXT},
            "logFormat": CIPHERTEXT,
        },
    )
    assert properties == Properties(
        flow_log=FlowLog(
            resource_id=VPC,
            log_destination="arn:aws:s3:::b",
            max_aggregation_interval=60,
            destination_options=DestinationOptions(file_format="parquet"),
            tags={"Token": "t", "Other": SECRET},
            log_format=SECRET,
        ),
        secret_fields=frozenset(
            {
                "ResourceId",
                "LogDestination",
                "MaxAggregationInterval",
                "DestinationOptions.FileFormat",
                "Tags.Token",
            }
        ),
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"tags": plaintext({"Owner": "net"})}, "Tags"),
        ({"destinationOptions": plaintext({"fileFormat": "parquet"})}, "DestinationOptions"),
        ({"tagFieldSpecifications": plaintext([INSTANCE])}, "TagFieldSpecifications"),
        # A log group is a destination, and that is how it would be printed.
        ({"logGroupName": plaintext("/aws/vpc")}, "LogDestination"),
    ],
)
def test_a_secret_as_a_whole_is_named_as_a_whole(values: dict[str, Json], field: str) -> None:
    assert read(Provider.AWS, values).secret_fields == frozenset({field})


def test_python_spellings_are_read_alike_and_the_states_own_wins() -> None:
    assert camel_case(
        {"vpc_id": VPC, "iam_role_arn": "a", "iamRoleArn": "b", "other_thing": 1}
    ) == {"vpc_id": VPC, "vpcId": VPC, "iam_role_arn": "a", "iamRoleArn": "b", "other_thing": 1}


def test_nothing_can_be_read_of_an_unreadable_flow_log() -> None:
    assert unreadable(SECRET) == FlowLog(
        resource_id=SECRET,
        traffic_type=SECRET,
        log_destination_type=SECRET,
        log_destination=SECRET,
        log_group_name=SECRET,
        log_format=SECRET,
        max_aggregation_interval=SECRET,
        deliver_logs_permission_arn=SECRET,
        deliver_cross_account_role=SECRET,
        destination_options=DestinationOptions(
            file_format=SECRET, hive_compatible_partitions=SECRET, per_hour_partition=SECRET
        ),
        tag_field_specifications=SECRET,
        tags=SECRET,
    )


def test_the_names_of_properties() -> None:
    assert PROPERTY_NAMES == {
        Provider.AWS: {
            "TrafficType": "trafficType",
            "LogDestinationType": "logDestinationType",
            "LogDestination": "logDestination",
            "LogGroupName": "logGroupName",
            "LogFormat": "logFormat",
            "MaxAggregationInterval": "maxAggregationInterval",
            "DeliverLogsPermissionArn": "iamRoleArn",
            "DeliverCrossAccountRole": "deliverCrossAccountRole",
            "DestinationOptions": "destinationOptions",
            "TagFieldSpecifications": "tagFieldSpecifications",
            "Tags": "tags",
        },
        Provider.AWS_NATIVE: {
            "ResourceId": "resourceId",
            "TrafficType": "trafficType",
            "LogDestinationType": "logDestinationType",
            "LogDestination": "logDestination",
            "LogGroupName": "logGroupName",
            "LogFormat": "logFormat",
            "MaxAggregationInterval": "maxAggregationInterval",
            "DeliverLogsPermissionArn": "deliverLogsPermissionArn",
            "DeliverCrossAccountRole": "deliverCrossAccountRole",
            "DestinationOptions": "destinationOptions",
            "TagFieldSpecifications": "tagFieldSpecifications",
            "Tags": "tags",
        },
    }


@pytest.mark.parametrize(
    ("provider", "flow_log", "field", "expected"),
    [
        (
            Provider.AWS,
            FlowLog(resource_id="tgw-attach-1"),
            "ResourceId",
            "transitGatewayAttachmentId",
        ),
        (Provider.AWS, FlowLog(resource_id=COMPUTED), "ResourceId", "vpcId"),
        (Provider.AWS_NATIVE, FlowLog(resource_id="eni-1"), "ResourceId", "resourceId"),
        (Provider.AWS, FlowLog(), "DeliverLogsPermissionArn", "iamRoleArn"),
        (Provider.AWS, FlowLog(log_group_name="x"), "LogDestination", "logGroupName"),
        (Provider.AWS, FlowLog(log_destination="x"), "LogDestination", "logDestination"),
        (Provider.AWS, FlowLog(), "LogDestination", "logDestination"),
        (Provider.AWS, FlowLog(), "DestinationOptions.FileFormat", "destinationOptions.fileFormat"),
        (Provider.AWS, FlowLog(), "Tags.FileFormat", "tags"),
        (Provider.AWS, FlowLog(), "Tags.a.b", "tags"),
    ],
)
def test_which_property_to_change(
    provider: Provider, flow_log: FlowLog, field: str, expected: str
) -> None:
    declared = DeclaredFlowLog(
        urn="u", project="p", stack="s", source="x", provider=provider, flow_log=flow_log
    )
    assert property_name(declared, field) == expected


NAMES = sorted(
    {*RESOURCE_ID_NAMES.values(), "tagsAll"}
    | {name for names in PROPERTY_NAMES.values() for name in names.values()}
)


@given(st.sampled_from(Provider), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_properties_are_read_as_something(provider: Provider, values: dict[str, Json]) -> None:
    read(provider, values)


@given(st.sampled_from(Provider), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_an_encrypted_property_changes_no_other(
    provider: Provider, values: dict[str, Json]
) -> None:
    given_plain = read(provider, values).flow_log
    given_secret = read(provider, values | {"logFormat": CIPHERTEXT}).flow_log
    assert given_secret == FlowLog(
        resource_id=given_plain.resource_id,
        traffic_type=given_plain.traffic_type,
        log_destination_type=given_plain.log_destination_type,
        log_destination=given_plain.log_destination,
        log_group_name=given_plain.log_group_name,
        log_format=SECRET,
        max_aggregation_interval=given_plain.max_aggregation_interval,
        deliver_logs_permission_arn=given_plain.deliver_logs_permission_arn,
        deliver_cross_account_role=given_plain.deliver_cross_account_role,
        destination_options=given_plain.destination_options,
        tag_field_specifications=given_plain.tag_field_specifications,
        tags=given_plain.tags,
    )
