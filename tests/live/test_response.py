"""One entry of DescribeFlowLogs to the model, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.live.response import EntryReader, MalformedEntryError, entry
from drift.model import (
    MALFORMED,
    NO_TAGS,
    DestinationOptions,
    FlowLog,
    LiveFlowLog,
    TagFieldSpecification,
)


def read(**members: object) -> LiveFlowLog:
    return EntryReader("111111111111", "us-east-1").read({"FlowLogId": "fl-1", **members})


def test_every_member() -> None:
    assert read(
        CreationTime="2026-01-02T03:04:05.678Z",
        DeliverLogsErrorMessage="Access error",
        DeliverLogsPermissionArn="arn:aws:iam::111111111111:role/publish",
        DeliverCrossAccountRole="arn:aws:iam::222222222222:role/deliver",
        DeliverLogsStatus="FAILED",
        FlowLogStatus="ACTIVE",
        LogGroupName="group",
        ResourceId="vpc-1",
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogDestination="arn:aws:logs:us-east-1:111111111111:log-group:group",
        LogFormat="${version}",
        Tags=[{"Key": "Owner", "Value": "net"}, {"Key": "Empty", "Value": ""}],
        MaxAggregationInterval=60,
        DestinationOptions={
            "FileFormat": "parquet",
            "HiveCompatiblePartitions": True,
            "PerHourPartition": False,
        },
        TagFieldSpecifications=[{"ResourceType": "instance", "TagKeys": ["Name", "Team"]}],
    ) == LiveFlowLog(
        flow_log_id="fl-1",
        account="111111111111",
        region="us-east-1",
        created_at="2026-01-02T03:04:05.678Z",
        deliver_logs_status="FAILED",
        deliver_logs_error_message="Access error",
        flow_log_status="ACTIVE",
        flow_log=FlowLog(
            resource_id="vpc-1",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination="arn:aws:logs:us-east-1:111111111111:log-group:group",
            log_group_name="group",
            log_format="${version}",
            max_aggregation_interval=60,
            deliver_logs_permission_arn="arn:aws:iam::111111111111:role/publish",
            deliver_cross_account_role="arn:aws:iam::222222222222:role/deliver",
            destination_options=DestinationOptions(
                file_format="parquet", hive_compatible_partitions=True, per_hour_partition=False
            ),
            tag_field_specifications=frozenset(
                {TagFieldSpecification(resource_type="instance", tag_keys=("Name", "Team"))}
            ),
            tags={"Owner": "net", "Empty": ""},
        ),
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_text_is_an_absent_one(nothing: str | None) -> None:
    assert read(
        LogDestination=nothing, LogFormat=nothing, DeliverLogsStatus=nothing, CreationTime=nothing
    ) == read(Tags=[], TagFieldSpecifications=[], DestinationOptions={})
    assert read().flow_log == FlowLog()


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("ResourceId", 7, "resource_id"),
        ("LogFormat", ["${version}"], "log_format"),
        ("MaxAggregationInterval", "often", "max_aggregation_interval"),
        ("MaxAggregationInterval", True, "max_aggregation_interval"),
        ("MaxAggregationInterval", 60.5, "max_aggregation_interval"),
        ("Tags", {"Owner": "net"}, "tags"),
        ("Tags", [{"Value": "net"}], "tags"),
        ("Tags", ["Owner"], "tags"),
        ("TagFieldSpecifications", "instance", "tag_field_specifications"),
        ("TagFieldSpecifications", [{"ResourceType": "instance"}], "tag_field_specifications"),
        (
            "TagFieldSpecifications",
            [{"ResourceType": "instance", "TagKeys": [1]}],
            "tag_field_specifications",
        ),
    ],
)
def test_a_member_of_the_wrong_shape_is_malformed(member: str, value: object, field: str) -> None:
    assert getattr(read(**{member: value}).flow_log, field) is MALFORMED


def test_malformed_inside_of_options_and_tags_stays_there() -> None:
    log = read(
        DestinationOptions={"FileFormat": 1, "HiveCompatiblePartitions": "perhaps"},
        Tags=[{"Key": "Owner", "Value": 1}, {"Key": "Team", "Value": "net"}],
    ).flow_log
    assert log.destination_options == DestinationOptions(
        file_format=MALFORMED, hive_compatible_partitions=MALFORMED
    )
    assert log.tags == {"Owner": MALFORMED, "Team": "net"}
    assert read(DestinationOptions="parquet").flow_log.destination_options == DestinationOptions(
        file_format=MALFORMED, hive_compatible_partitions=MALFORMED, per_hour_partition=MALFORMED
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [(600, 600), (600.0, 600), ("600", 600), ("", None), (None, None)],
    ids=repr,
)
def test_an_interval_of_a_hand_made_file(written: object, meant: int | None) -> None:
    assert read(MaxAggregationInterval=written).flow_log.max_aggregation_interval == meant


@pytest.mark.parametrize(
    ("written", "meant"), [(True, True), ("false", False), ("True", True), ("", None)], ids=repr
)
def test_a_flag_of_a_hand_made_file(written: object, meant: bool | None) -> None:
    options = read(DestinationOptions={"PerHourPartition": written}).flow_log.destination_options
    assert options.per_hour_partition is meant


def test_a_timestamp_that_botocore_has_parsed() -> None:
    parsed = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read(CreationTime=parsed).created_at == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize("nothing", [{}, {"FlowLogId": ""}, {"FlowLogId": 1}, [], None, "fl-1"])
def test_what_is_no_flow_log_is_refused(nothing: object) -> None:
    with pytest.raises(MalformedEntryError, match="an entry of FlowLogs"):
        EntryReader(None, "us-east-1").read(nothing)


def test_repeated_values_are_shared() -> None:
    reader = EntryReader(None, "us-east-1")

    def make() -> FlowLog:
        text = """{"FlowLogId": "fl-1", "LogFormat": "${version}", "Tags": [{"Key": "Owner",
            "Value": "net"}], "DestinationOptions": {"FileFormat": "parquet"}}"""
        return reader.read(json.loads(text)).flow_log

    one, other = make(), make()
    assert one.log_format is other.log_format
    assert one.destination_options is other.destination_options
    assert isinstance(one.tags, dict)
    assert isinstance(other.tags, dict)
    assert one.tags["Owner"] is other.tags["Owner"]
    assert read().flow_log.tags is NO_TAGS


texts = st.none() | st.just(MALFORMED) | st.text(min_size=1)
flags = st.none() | st.just(MALFORMED) | st.booleans()
flow_logs = st.builds(
    FlowLog,
    resource_id=texts,
    traffic_type=texts,
    log_destination_type=texts,
    log_destination=texts,
    log_group_name=texts,
    log_format=texts,
    max_aggregation_interval=st.none() | st.just(MALFORMED) | st.integers(min_value=0),
    deliver_logs_permission_arn=texts,
    deliver_cross_account_role=texts,
    destination_options=st.builds(
        DestinationOptions,
        file_format=texts,
        hive_compatible_partitions=flags,
        per_hour_partition=flags,
    ),
    tag_field_specifications=st.just(MALFORMED)
    | st.frozensets(
        st.builds(
            TagFieldSpecification,
            resource_type=st.text(),
            tag_keys=st.lists(st.text()).map(tuple),
        )
    ),
    tags=st.just(MALFORMED) | st.dictionaries(st.text(), st.text() | st.just(MALFORMED)),
)


@given(flow_logs)
def test_writing_and_reading_back_changes_nothing(flow_log: FlowLog) -> None:
    live = LiveFlowLog(flow_log_id="fl-1", region="us-east-1", flow_log=flow_log)
    assert EntryReader(None, "us-east-1").read(entry(live)) == live


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
MEMBERS = [*entry(read(Tags=[{"Key": "a", "Value": "b"}])), "DestinationOptions", "LogFormat"]


@given(st.dictionaries(st.sampled_from(MEMBERS) | st.text(), anything))
def test_reading_is_total(members: dict[str, object]) -> None:
    assert read(**{**members, "FlowLogId": "fl-1"}).flow_log_id == "fl-1"
