"""Twins, pages, ids, filters, deletion and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from drift.demo.aws import Aws, Call, Console, TrafficType
from tests.demo.aws.asking import (
    ACCOUNT,
    NO_SUCH_ID,
    REGION,
    ROLE,
    answer,
    create,
    ids,
    refusal,
    to_bucket,
    to_group,
)

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client


TWIN = {
    "Code": "FlowLogAlreadyExists",
    "Message": "Error. There is an existing Flow Log with the same configuration and log "
    "destination.",
}


def test_a_twin_is_told_of_its_resource_only(console: Console, ec2: EC2Client) -> None:
    destination = to_bucket(console.create_bucket("flow-logs"))
    one, other = console.create_vpc(), console.create_vpc()
    create(ec2, one, **destination)

    # Another format and interval do not make it another flow log.
    result = answer(
        ec2,
        one,
        other,
        LogFormat="${version}",
        MaxAggregationInterval=60,
        ClientToken="token",
        **destination,
    )

    (created,) = result.pop("FlowLogIds")
    assert result == {
        "ClientToken": "token",
        "Unsuccessful": [{"ResourceId": one, "Error": TWIN}],
    }
    assert [
        (entry["FlowLogId"], entry["ResourceId"])
        for entry in ec2.describe_flow_logs()["FlowLogs"][1:]
    ] == [(created, other)]


def test_a_log_group_by_arn_is_the_same_as_by_name(console: Console, ec2: EC2Client) -> None:
    group, vpc = console.create_log_group("/vpc/all"), console.create_vpc()
    create(ec2, vpc, **to_group("/vpc/all"))

    assert answer(ec2, vpc, LogDestination=group, DeliverLogsPermissionArn=ROLE) == {
        "FlowLogIds": [],
        "Unsuccessful": [{"ResourceId": vpc, "Error": TWIN}],
    }


@pytest.mark.parametrize(
    "difference",
    [
        pytest.param({"TrafficType": "REJECT"}, id="traffic-type"),
        pytest.param({"LogDestination": "arn:aws:s3:::flow-logs/prod/"}, id="destination"),
    ],
)
def test_another_traffic_type_or_destination_makes_no_twin(
    difference: dict[str, str], console: Console, ec2: EC2Client
) -> None:
    destination, vpc = to_bucket(console.create_bucket("flow-logs")), console.create_vpc()
    create(ec2, vpc, **destination)

    create(ec2, vpc, **{**destination, **difference})

    assert len(ec2.describe_flow_logs()["FlowLogs"]) == 2


def test_a_page_says_where_the_next_begins(seven: list[str], ec2: EC2Client) -> None:
    first = ec2.describe_flow_logs(MaxResults=5)
    second = ec2.describe_flow_logs(MaxResults=5, NextToken=first["NextToken"])

    assert (ids(first), ids(second)) == (seven[:5], seven[5:])
    assert "NextToken" not in second


def test_a_full_last_page_is_the_last(seven: list[str], console: Console, ec2: EC2Client) -> None:
    console.delete(seven[6])
    console.delete(seven[5])

    assert "NextToken" not in ec2.describe_flow_logs(MaxResults=5)


def test_boto3_pages_by_itself(seven: list[str], aws: Aws, ec2: EC2Client) -> None:
    pages = ec2.get_paginator("describe_flow_logs").paginate(PaginationConfig={"PageSize": 5})

    assert [ids(page) for page in pages] == [seven[:5], seven[5:]]
    assert aws.calls == [Call(action="DescribeFlowLogs", account=ACCOUNT, region=REGION)] * 2


@pytest.mark.parametrize("asked", [{}, {"MaxResults": 1000}, {"MaxResults": 5000}])
def test_a_page_has_at_most_a_thousand(
    asked: dict[str, Any], console: Console, ec2: EC2Client
) -> None:
    bucket, vpc = console.create_bucket("flow-logs"), console.create_vpc()
    for number in range(1001):
        console.create_flow_log(vpc, log_destination=f"{bucket}/{number}")

    first = ec2.describe_flow_logs(**asked)
    second = ec2.describe_flow_logs(NextToken=first["NextToken"], **asked)

    assert (len(ids(first)), len(ids(second))) == (1000, 1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            {"MaxResults": 4},
            ("InvalidMaxResults", "The specified value for MaxResults is not valid."),
            id="small-page",
        ),
        pytest.param(
            {"MaxResults": 5, "FlowLogIds": [NO_SUCH_ID]},
            (
                "InvalidParameterCombination",
                "The parameter FlowLogIds cannot be used with the parameter MaxResults",
            ),
            id="page-of-ids",
        ),
        pytest.param(
            {"NextToken": "invented"},
            ("InvalidPaginationToken", "The specified pagination token is not valid."),
            id="token",
        ),
        pytest.param(
            {"NextToken": "aW52ZW50ZWQ="},
            ("InvalidPaginationToken", "The specified pagination token is not valid."),
            id="token-of-another-api",
        ),
        pytest.param(
            {"FlowLogIds": [NO_SUCH_ID, "fl-11111111"]},
            (
                "InvalidFlowLogId.NotFound",
                (
                    "These flow log ids in the input list are not found: "
                    f"[TotalCount: 2] {NO_SUCH_ID} fl-11111111"
                ),
            ),
            id="missing-ids",
        ),
        # Seen by cloud-custodian/cloud-custodian#2944.
        pytest.param(
            {"FlowLogIds": ["fl-0123"]},
            (
                "InvalidParameterValue",
                "1 validation error detected: Value 'fl-0123' at 'flowLogId' has an invalid format",
            ),
            id="malformed-id",
        ),
        pytest.param(
            {"FlowLogIds": [NO_SUCH_ID] * 1001},
            (
                "InvalidParameterValue",
                "No more than 1000 FlowLogIds can be given at once",
            ),
            id="many-ids",
        ),
        pytest.param(
            {"Filters": [{"Name": "log-destination", "Values": ["arn:aws:s3:::flow-logs"]}]},
            ("InvalidParameterValue", "The filter 'log-destination' is invalid"),
            id="unknown-filter",
        ),
        pytest.param(
            {"Filters": [{"Name": "Resource-Id", "Values": ["vpc-1"]}]},
            ("InvalidParameterValue", "The filter 'Resource-Id' is invalid"),
            id="filter-in-another-case",
        ),
        pytest.param(
            {
                "Filters": [
                    {"Name": "tag-key", "Values": ["x"] * 100},
                    {"Name": "tag:x", "Values": ["x"] * 101},
                ]
            },
            (
                "FilterLimitExceeded",
                "The maximum number of filter values specified on a single call is 200",
            ),
            id="many-filter-values",
        ),
        pytest.param(
            {"DryRun": True},
            ("DryRunOperation", "Request would have succeeded, but DryRun flag is set."),
            id="dry-run",
        ),
    ],
)
def test_a_question_that_aws_does_not_take(
    asked: dict[str, Any], expected: tuple[str, str], ec2: EC2Client
) -> None:
    with pytest.raises(ClientError) as call:
        ec2.describe_flow_logs(**asked)

    assert refusal(call) == expected


def test_flow_logs_by_id(seven: list[str], ec2: EC2Client) -> None:
    assert ids(ec2.describe_flow_logs(FlowLogIds=[seven[4], seven[2]])) == [seven[2], seven[4]]


def test_one_missing_id_fails_them_all(seven: list[str], ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as call:
        ec2.describe_flow_logs(FlowLogIds=[seven[0], NO_SUCH_ID])

    assert refusal(call) == (
        "InvalidFlowLogId.NotFound",
        f"These flow log ids in the input list are not found: [TotalCount: 1] {NO_SUCH_ID}",
    )


@pytest.fixture
def three(console: Console) -> dict[str, str]:
    """What the ids of three flow logs are called, each of another kind of destination."""
    group, vpc = console.create_log_group("/vpc/all"), console.create_vpc()
    subnet = console.create_subnet(vpc)
    named = {
        "group": console.create_flow_log(
            vpc, log_destination=group, tags={"team": "net", "Name": "all"}
        ),
        "missing group": console.create_flow_log(
            vpc, log_group_name="/missing", traffic_type=TrafficType.REJECT
        ),
        "bucket": console.create_flow_log(
            subnet,
            log_destination=console.create_bucket("flow-logs"),
            traffic_type=TrafficType.ACCEPT,
            tags={"team": "Net"},
        ),
    }
    return {flow_log_id: name for name, flow_log_id in named.items()} | {"vpc": vpc}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"deliver-log-status": ["SUCCESS"]}, ["group", "bucket"]),
        ({"deliver-log-status": ["FAILED"]}, ["missing group"]),
        ({"log-destination-type": ["s3"]}, ["bucket"]),
        ({"log-destination-type": ["S3"]}, []),
        (
            {"log-destination-type": ["s3", "cloud-watch-logs"]},
            ["group", "missing group", "bucket"],
        ),
        ({"log-group-name": ["/vpc/all"]}, ["group"]),
        ({"log-group-name": ["/vpc/*"]}, ["group"]),
        ({"log-group-name": ["/VPC/all"]}, []),
        ({"traffic-type": ["ACCEPT", "REJECT"]}, ["missing group", "bucket"]),
        ({"traffic-type": ["A??"]}, ["group"]),
        ({"tag:team": ["net"]}, ["group"]),
        ({"tag:team": ["net", "Net"]}, ["group", "bucket"]),
        ({"tag:Team": ["net"]}, []),
        ({"tag-key": ["team"]}, ["group", "bucket"]),
        ({"tag-key": ["Name", "other"]}, ["group"]),
        ({"tag-key": ["team"], "deliver-log-status": ["SUCCESS"], "tag:Name": ["all"]}, ["group"]),
        ({"tag-key": []}, []),
    ],
)
def test_filters(
    filters: dict[str, list[str]], found: list[str], three: dict[str, str], ec2: EC2Client
) -> None:
    response = ec2.describe_flow_logs(
        Filters=[{"Name": name, "Values": values} for name, values in filters.items()]
    )

    assert [three[flow_log_id] for flow_log_id in ids(response)] == found


def test_filters_by_id(three: dict[str, str], ec2: EC2Client) -> None:
    by_resource = ec2.describe_flow_logs(
        Filters=[{"Name": "resource-id", "Values": [three["vpc"]]}]
    )
    (first, second) = ids(by_resource)
    by_id = ec2.describe_flow_logs(
        FlowLogIds=[first, second], Filters=[{"Name": "flow-log-id", "Values": [second]}]
    )

    assert [three[first], three[second]] == ["group", "missing group"]
    assert ids(by_id) == [second]


def test_a_missing_id_keeps_nothing_else_from_being_deleted(
    seven: list[str], ec2: EC2Client
) -> None:
    response = ec2.delete_flow_logs(FlowLogIds=[seven[0], NO_SUCH_ID, seven[6]])

    assert response["Unsuccessful"] == [
        {
            "ResourceId": NO_SUCH_ID,
            "Error": {
                "Code": "InvalidFlowLogId.NotFound",
                "Message": "These flow log ids in the input list are not found: "
                f"[TotalCount: 1] {NO_SUCH_ID}",
            },
        }
    ]
    assert ids(ec2.describe_flow_logs()) == seven[1:6]


def test_a_malformed_id_keeps_all_from_being_deleted(seven: list[str], ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as call:
        ec2.delete_flow_logs(FlowLogIds=[seven[0], "null"])

    assert refusal(call) == (
        "InvalidParameterValue",
        "1 validation error detected: Value 'null' at 'flowLogId' has an invalid format",
    )
    assert ids(ec2.describe_flow_logs()) == seven


def test_a_dry_run_changes_nothing(seven: list[str], ec2: EC2Client) -> None:
    (vpc,) = {entry["ResourceId"] for entry in ec2.describe_flow_logs()["FlowLogs"]}

    with pytest.raises(ClientError, match="DryRunOperation"):
        ec2.delete_flow_logs(FlowLogIds=seven, DryRun=True)
    with pytest.raises(ClientError, match="DryRunOperation"):
        answer(ec2, vpc, DryRun=True, **to_group("/vpc/all"))

    assert ids(ec2.describe_flow_logs()) == seven


def test_a_deleted_flow_log_makes_room_for_its_twin(console: Console, ec2: EC2Client) -> None:
    destination, vpc = to_bucket(console.create_bucket("flow-logs")), console.create_vpc()

    ec2.delete_flow_logs(FlowLogIds=[create(ec2, vpc, **destination)])

    create(ec2, vpc, **destination)


def test_tags_come_and_go(seven: list[str], ec2: EC2Client) -> None:
    ec2.create_tags(
        Resources=[seven[0]],
        Tags=[{"Key": "team", "Value": "net"}, {"Key": "Name", "Value": "x"}],
    )
    ec2.delete_tags(Resources=[seven[0]], Tags=[{"Key": "Name"}])

    (entry,) = ec2.describe_flow_logs(FlowLogIds=[seven[0]])["FlowLogs"]
    assert entry["Tags"] == [{"Key": "team", "Value": "net"}]


def test_other_things_are_tagged_as_ever(console: Console, ec2: EC2Client) -> None:
    vpc = console.create_vpc()

    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": "net"}])

    (found,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert found["Tags"] == [{"Key": "team", "Value": "net"}]


def test_what_is_not_there_can_not_be_tagged(ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as call:
        ec2.create_tags(Resources=[NO_SUCH_ID], Tags=[{"Key": "team", "Value": "net"}])

    assert refusal(call)[0] == "InvalidFlowLogId.NotFound"


def test_tags_of_something_else_are_refused(console: Console, ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as call:
        answer(
            ec2,
            console.create_vpc(),
            **to_group("/vpc/all"),
            TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}],
        )

    assert refusal(call) == (
        "InvalidParameter",
        "'vpc' is not a valid taggable resource type for this operation.",
    )
