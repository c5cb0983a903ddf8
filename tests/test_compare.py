"""One declared flow log against one live one. The rules themselves are in tests/test_cases.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare import Comparison, compare
from drift.fields import FIELDS
from drift.findings import Difference, DifferenceType, Note, UnverifiedField
from drift.log_format import LogFormatChange
from drift.model import (
    COMPUTED,
    SECRET,
    DestinationOptions,
    FlowLog,
    IgnoredTags,
    Provider,
    TagFieldSpecification,
)
from tests.build import LIVE_A, OTHER_VPC, TO_CLOUDWATCH, TO_S3, A, declared, live


def changed(**values: Any) -> Comparison:  # noqa: ANN401 -- any field of a flow log
    """Compare `A` with a live flow log in which some values are others."""
    return compare(A, live(1, replace(TO_S3, **values)))


def test_equal() -> None:
    assert compare(A, LIVE_A) == Comparison()


PARQUET = DestinationOptions(
    file_format="parquet", hive_compatible_partitions=True, per_hour_partition=True
)
ONE_CHANGE: dict[str, dict[str, Any]] = {
    "ResourceId": {"resource_id": OTHER_VPC},
    "TrafficType": {"traffic_type": "REJECT"},
    "LogDestinationType": {"log_destination_type": "kinesis-data-firehose"},
    "LogDestination": {"log_destination": "arn:aws:s3:::other"},
    "LogFormat": {"log_format": "${version}"},
    "MaxAggregationInterval": {"max_aggregation_interval": 600},
    "DeliverLogsPermissionArn": {"deliver_logs_permission_arn": "arn:aws:iam::1:role/x"},
    "DeliverCrossAccountRole": {"deliver_cross_account_role": "arn:aws:iam::1:role/x"},
    "DestinationOptions.FileFormat": {
        "destination_options": replace(PARQUET, file_format="plain-text")
    },
    "DestinationOptions.HiveCompatiblePartitions": {
        "destination_options": replace(PARQUET, hive_compatible_partitions=False)
    },
    "DestinationOptions.PerHourPartition": {
        "destination_options": replace(PARQUET, per_hour_partition=None)
    },
    "TagFieldSpecifications": {
        "tag_field_specifications": frozenset(
            {TagFieldSpecification(resource_type="instance", tag_keys=("Env",))}
        )
    },
}


def test_every_row_of_the_table_is_tried() -> None:
    assert ONE_CHANGE.keys() == {row.name for row in FIELDS}


@pytest.mark.parametrize("name", ONE_CHANGE)
def test_one_changed_field_is_that_one_difference(name: str) -> None:
    compared = changed(**ONE_CHANGE[name])
    assert [difference.field for difference in compared.differences] == [name]
    assert compared.unverified_fields == ()


@pytest.mark.parametrize(
    "name",
    # Whatever role is declared for S3, none ever arrives there.
    [row.name for row in FIELDS if "." not in row.name and row.name != "DeliverLogsPermissionArn"],
)
def test_an_unknown_is_neither_clean_nor_drift(name: str) -> None:
    attribute = next(iter(ONE_CHANGE[name]))
    unknown: dict[str, Any] = {attribute: COMPUTED}
    asked = declared("a", 1, replace(TO_S3, **unknown))
    assert compare(asked, LIVE_A) == Comparison(
        unverified_fields=(UnverifiedField(field=name, reason=COMPUTED.reason),)
    )


def test_a_difference_has_both_values() -> None:
    assert changed(traffic_type="REJECT").differences == (
        Difference(
            field="TrafficType", type=DifferenceType.NOT_EQUAL, declared="ALL", live="REJECT"
        ),
    )


def test_a_value_on_one_side_only() -> None:
    role = "arn:aws:iam::123456789012:role/x"
    assert changed(deliver_cross_account_role=role).differences == (
        Difference(
            field="DeliverCrossAccountRole", type=DifferenceType.ADD, declared=None, live=role
        ),
    )
    asked = declared("a", 1, replace(TO_S3, deliver_cross_account_role=role))
    assert compare(asked, LIVE_A).differences == (
        Difference(
            field="DeliverCrossAccountRole", type=DifferenceType.REMOVE, declared=role, live=None
        ),
    )


def test_a_format_differs_column_by_column() -> None:
    live_format = "${version} ${dstaddr} ${srcaddr} ${action}"
    assert changed(log_format=live_format).differences == (
        Difference(
            field="LogFormat",
            type=DifferenceType.NOT_EQUAL,
            declared="${version} ${srcaddr} ${dstaddr} ${pkt-srcaddr}",
            live=live_format,
            log_format=LogFormatChange(
                added=("${action}",), removed=("${pkt-srcaddr}",), reordered=True
            ),
        ),
    )


def test_a_secret_is_compared_and_not_shown() -> None:
    asked = replace(A, secret_fields=frozenset({"LogFormat", "Tags.Owner"}))
    assert compare(asked, LIVE_A) == Comparison()
    found = live(1, replace(TO_S3, log_format="${version}", tags={}))
    differences = compare(asked, found).differences
    assert tuple(replace(difference, digest=None) for difference in differences) == (
        Difference(
            field="LogFormat",
            type=DifferenceType.NOT_EQUAL,
            declared="[secret]",
            live="[secret]",
        ),
        Difference(field="Tags.Owner", type=DifferenceType.REMOVE, declared="[secret]", live=None),
    )


def test_two_secret_differences_are_told_apart() -> None:
    asked = replace(A, secret_fields=frozenset({"LogFormat"}))
    digests = {
        compare(asked, live(1, replace(TO_S3, log_format=columns))).differences[0].digest
        for columns in ("${version}", "${srcaddr}", "${version}")
    }
    assert len(digests) == 2


def test_a_secret_role_for_s3_is_ignored_whatever_it_is() -> None:
    asked = declared("a", 1, replace(TO_S3, deliver_logs_permission_arn=SECRET))
    assert compare(asked, LIVE_A) == Comparison(notes=(Note.S3_ROLE_IGNORED,))


def test_only_ascii_white_space_separates_columns() -> None:
    asked = declared("a", 1, replace(TO_S3, log_format="${version}\u00a0${srcaddr}"))
    found = live(1, replace(TO_S3, log_format="${version} ${srcaddr}"))
    assert [one.field for one in compare(asked, found).differences] == ["LogFormat"]


def test_tags_differ_key_by_key() -> None:
    asked = declared("a", 1, replace(TO_S3, tags={"A": "1", "B": "", "C": "3"}))
    found = live(1, replace(TO_S3, tags={"A": "2", "C": "3", "D": "4", "aws:x": "y"}))
    assert compare(asked, found).differences == (
        Difference(field="Tags.A", type=DifferenceType.NOT_EQUAL, declared="1", live="2"),
        Difference(field="Tags.B", type=DifferenceType.REMOVE, declared="", live=None),
        Difference(field="Tags.D", type=DifferenceType.ADD, declared=None, live="4"),
    )


def test_ignored_tags_count_for_the_classic_provider_only() -> None:
    asked = replace(A, ignored_tags=IgnoredTags(keys=frozenset({"Seen"}), key_prefixes=("k8s/",)))
    found = live(1, replace(TO_S3, tags={"Owner": "net", "Seen": "now", "k8s/a": "b"}))
    assert compare(asked, found) == Comparison()
    native = replace(asked, provider=Provider.AWS_NATIVE)
    assert [one.field for one in compare(native, found).differences] == ["Tags.Seen", "Tags.k8s/a"]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("Tags", ["LogFormat", "DestinationOptions.FileFormat"]),
        ("Tags.Owner", ["LogFormat", "DestinationOptions.FileFormat", "Tags.Cost"]),
        ("DestinationOptions", ["LogFormat", "Tags.Cost", "Tags.Owner"]),
        ("DestinationOptions.FileFormat", ["LogFormat", "Tags.Cost", "Tags.Owner"]),
        ("LogFormat", ["DestinationOptions.FileFormat", "Tags.Cost", "Tags.Owner"]),
    ],
)
def test_ignore_changes_ignores_what_it_names(ignored: str, left: list[str]) -> None:
    found = live(
        1,
        replace(
            TO_S3,
            log_format="${version}",
            destination_options=replace(PARQUET, file_format=None),
            tags={"Owner": "x", "Cost": "1"},
        ),
    )
    compared = compare(replace(A, ignored_fields=frozenset({ignored})), found)
    assert [difference.field for difference in compared.differences] == left


def test_health_is_a_note() -> None:
    failed = replace(LIVE_A, deliver_logs_status="FAILED")
    told = replace(LIVE_A, deliver_logs_status=None, deliver_logs_error_message="Access error")
    assert compare(A, failed) == compare(A, told) == Comparison(notes=(Note.DELIVERY_FAILED,))
    assert compare(A, replace(LIVE_A, flow_log_status="PENDING")) == Comparison(
        notes=(Note.NOT_ACTIVE,)
    )


def test_a_pending_change_is_noted() -> None:
    asked = replace(A, pending_fields=frozenset({"Tags"}))
    found = live(1, replace(TO_S3, tags={}))
    assert compare(asked, found).notes == (Note.PENDING_UPDATE,)


def test_recorded_outputs_that_only_fill_what_is_omitted_are_not_stale() -> None:
    asked = replace(
        declared("a", 1, TO_CLOUDWATCH),
        recorded=FlowLog(log_format="${version}", log_group_name="/aws/vpc/flow-logs"),
    )
    assert compare(asked, live(1, replace(TO_CLOUDWATCH, log_format="${version}"))) == Comparison()


def test_recorded_outputs_that_contradict_both_sides_are_stale() -> None:
    asked = replace(A, recorded=FlowLog(tags={"Owner": "old"}))
    assert compare(asked, LIVE_A) == Comparison(notes=(Note.STATE_STALE,))


def test_a_secret_tag_that_is_missing_is_a_difference() -> None:
    asked = declared("a", 1, replace(TO_S3, tags={"Owner": "net", "Token": SECRET}))
    assert compare(asked, LIVE_A).differences == (
        Difference(field="Tags.Token", type=DifferenceType.REMOVE, declared="[secret]", live=None),
    )
    found = live(1, replace(TO_S3, tags={"Owner": "net", "Token": "x"}))
    assert compare(asked, found) == Comparison(
        unverified_fields=(UnverifiedField(field="Tags.Token", reason=SECRET.reason),)
    )


TEXTS = st.one_of(st.none(), st.text(min_size=1, max_size=20))
FLOW_LOGS = st.builds(
    FlowLog,
    resource_id=st.sampled_from(["vpc-1", "tgw-1", "tgw-attach-1", "nat-1", "eni-1", "x-1"]),
    traffic_type=st.sampled_from([None, "ALL", "REJECT"]),
    log_destination_type=st.sampled_from([None, "s3", "cloud-watch-logs"]),
    log_destination=TEXTS,
    log_group_name=TEXTS,
    log_format=TEXTS,
    max_aggregation_interval=st.sampled_from([None, 60, 600]),
    deliver_logs_permission_arn=TEXTS,
    deliver_cross_account_role=TEXTS,
    destination_options=st.builds(
        DestinationOptions,
        file_format=st.sampled_from([None, "plain-text", "parquet"]),
        hive_compatible_partitions=st.sampled_from([None, True, False]),
        per_hour_partition=st.sampled_from([None, True, False]),
    ),
    tags=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@given(FLOW_LOGS)
def test_whatever_is_live_as_declared_is_in_sync(flow_log: FlowLog) -> None:
    compared = compare(declared("a", 1, flow_log), live(1, flow_log))
    assert compared.differences == ()


@given(FLOW_LOGS, FLOW_LOGS)
def test_comparing_never_fails(one: FlowLog, other: FlowLog) -> None:
    compared = compare(declared("a", 1, one), live(1, other))
    names = [difference.field for difference in compared.differences]
    names += [unread.field for unread in compared.unverified_fields]
    assert len(names) == len(set(names))
