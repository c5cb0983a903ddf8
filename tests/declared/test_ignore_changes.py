from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared.ignore_changes import ignored_fields
from drift.model import Provider

EVERYTHING = {
    "ResourceId",
    "TrafficType",
    "LogDestinationType",
    "LogDestination",
    "LogFormat",
    "MaxAggregationInterval",
    "DeliverLogsPermissionArn",
    "DeliverCrossAccountRole",
    "DestinationOptions",
    "TagFieldSpecifications",
    "Tags",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("*", EVERYTHING),
        ("vpcId", {"ResourceId"}),
        ("regionalNatGatewayId", {"ResourceId"}),
        ("iamRoleArn", {"DeliverLogsPermissionArn"}),
        ("iam_role_arn", {"DeliverLogsPermissionArn"}),
        ("logFormat", {"LogFormat"}),
        ("logGroupName", {"LogDestination"}),
        ("tags", {"Tags"}),
        ("tagsAll", {"Tags"}),
        ("tags.*", {"Tags"}),
        ("tags[*]", {"Tags"}),
        ("tags.Name", {"Tags.Name"}),
        ("tagsAll.Name", {"Tags.Name"}),
        ('tags["Name"]', {"Tags.Name"}),
        ('tags["cost.center/\\"x\\""]', {'Tags.cost.center/"x"'}),
        ("destinationOptions", {"DestinationOptions"}),
        ("destinationOptions.fileFormat", {"DestinationOptions.FileFormat"}),
        ("destinationOptions[0].file_format", {"DestinationOptions.FileFormat"}),
        ("destinationOptions.*", {"DestinationOptions"}),
        ("tagFieldSpecifications[0].tagKeys", {"TagFieldSpecifications"}),
        ("region", set()),
        ("arn", set()),
        ("", set()),
        ("[", set()),
    ],
)
def test_a_path_of_aws(path: str, expected: set[str]) -> None:
    assert ignored_fields(Provider.AWS, [path]) == expected


def test_paths_of_aws_native() -> None:
    paths = ["resourceId", "deliverLogsPermissionArn", "vpcId"]
    assert ignored_fields(Provider.AWS_NATIVE, paths) == {"ResourceId", "DeliverLogsPermissionArn"}


def test_several_paths_add_up_and_none_is_none() -> None:
    assert ignored_fields(Provider.AWS, ["tags.A", "tags.B"]) == {"Tags.A", "Tags.B"}
    assert ignored_fields(Provider.AWS, None) == frozenset()
    assert ignored_fields(Provider.AWS, []) == frozenset()


@given(st.lists(st.text()))
def test_any_path_is_read(paths: list[str]) -> None:
    assert ignored_fields(Provider.AWS, paths) >= set()
