"""The rules for one flow log: this input, exactly these sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pytest

from drift.declared.values import Json
from drift.model import Provider
from drift.policy import rules
from drift.policy.asked import Asked, read
from drift.policy.options import Settings
from tests.policy.engine import UNKNOWN, output, secret
from tests.policy.stack import BUCKET, FLOW_LOG, FORMAT, NATIVE_FLOW_LOG

Inputs: TypeAlias = Mapping[str, Json]

LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/flow/net"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/flow"
ROLE = "arn:aws:iam::123456789012:role/flow-logs"
S3: Inputs = {"vpcId": "vpc-1", "logDestinationType": "s3", "logDestination": BUCKET}
LAID_OUT: Json = {"fileFormat": "parquet", "perHourPartition": True}
HOURLY: dict[str, Json] = {"perHourPartition": True}
SECRET_TYPE = (
    "logDestinationType, which is secret, does not go with destination, options or roles; what is "
    "wrong would tell it."
)
HALF_KNOWN: Json = {"fileFormat": UNKNOWN, "perHourPartition": False}
GROUP: Inputs = {"vpcId": "vpc-1", "logDestination": LOG_GROUP, "iamRoleArn": ROLE}
NATIVE_GROUP: Inputs = {
    "resourceId": "vpc-1",
    "resourceType": "VPC",
    "logDestination": LOG_GROUP,
    "deliverLogsPermissionArn": ROLE,
}
TRANSIT: Inputs = {
    **{name: value for name, value in S3.items() if name != "vpcId"},
    "transitGatewayId": "tgw-1",
    "maxAggregationInterval": 60,
}


def asked(inputs: Inputs, kind: str = FLOW_LOG) -> Asked:
    return read(Provider(kind), inputs)


@pytest.mark.parametrize(
    ("log_format", "problems"),
    [
        (None, []),
        (UNKNOWN, []),
        (FORMAT, []),
        ("${version} ${next-year}", []),
        (
            "$${version} $${srcaddr}",
            [
                (
                    "`$$` is an escape of Pulumi YAML and HCL; anywhere else it stays: write "
                    "${version}, ${srcaddr}."
                )
            ],
        ),
        (
            "${version}  ${srcaddr}\n",
            ["Extra white space: AWS takes one space between two fields and none elsewhere."],
        ),
        (
            "${version}${srcaddr}",
            ["${version}${srcaddr} lacks a space between its fields."],
        ),
        (
            "$version ${SrcAddr} {pkt_srcaddr} ${version},",
            [
                "$version is not a field; ${version} is.",
                "${SrcAddr} is not a field; ${srcaddr} is.",
                "{pkt_srcaddr} is not a field; ${pkt-srcaddr} is.",
                "${version}, is not a field; ${version} is.",
            ],
        ),
        ("$$version", ["$$version is not a field; ${version} is."]),
        (
            "version;srcaddr",
            [
                (
                    "version;srcaddr is not a field: fields are written ${name}, in lower case, "
                    "with dashes."
                )
            ],
        ),
        (
            "${version} ${instance-tag}",
            [
                (
                    "${instance-tag} needs tagFieldSpecifications: AWS has to be told which tag to "
                    "record."
                )
            ],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else None,
)
def test_format(log_format: Json, problems: list[str]) -> None:
    found = rules.format_problems(asked({**S3, "logFormat": log_format}), Settings())
    assert list(found) == problems


def test_format_with_tag_fields() -> None:
    specified = {**S3, "logFormat": "${version} ${instance-tag}"}
    fine: Json = [{"resourceType": "instance", "tagKeys": ["Name"]}]
    three: Json = [{"resourceType": "instance", "tagKeys": ["a", "b", "c"]}]
    for specifications, problems in (
        (fine, []),
        (UNKNOWN, []),
        (three, ["tagFieldSpecifications of instance: AWS takes one or two tagKeys."]),
    ):
        inputs = {**specified, "tagFieldSpecifications": specifications}
        assert list(rules.format_problems(asked(inputs), Settings())) == problems


@pytest.mark.parametrize(
    ("inputs", "settings", "problems"),
    [
        ({"logFormat": FORMAT}, {}, []),
        ({"logFormat": UNKNOWN}, {"requiredFields": ("pkt-srcaddr",)}, []),
        (
            {"logFormat": "${version} ${src-addr} ${zzz}"},
            {},
            [
                "${src-addr} is no field that AWS is known to have; ${srcaddr} is.",
                "${zzz} is no field that AWS is known to have.",
            ],
        ),
        ({"logFormat": "${version} ${zzz}"}, {"knownFields": ("zzz",)}, []),
        (
            {"logFormat": "${version} ${start} ${start}"},
            {},
            ["${start} is there 2 times: each is a column of its own."],
        ),
        (
            {"logFormat": "${version} ${srcaddr}"},
            {"requiredFields": ("srcaddr", "pkt-srcaddr", "flow-direction")},
            ["Required and not recorded: ${pkt-srcaddr} ${flow-direction}."],
        ),
        (
            {},
            {"requiredFields": ("srcaddr", "pkt-srcaddr")},
            ["Required and not recorded (AWS's default format is used): ${pkt-srcaddr}."],
        ),
    ],
    ids=["default", "unknown", "names", "known", "twice", "required", "required of the default"],
)
def test_format_fields(
    inputs: Inputs, settings: Mapping[str, tuple[str, ...]], problems: list[str]
) -> None:
    found = rules.format_fields_problems(asked({**S3, **inputs}), Settings(lists=settings))
    assert list(found) == problems


def test_required_are_the_fields_that_the_kind_has_even_if_its_id_is_not_known() -> None:
    required = Settings(lists={"requiredFields": ("tgw-id", "pkt-srcaddr", "flow-direction")})
    for inputs, missing in (
        ({**TRANSIT, "transitGatewayId": UNKNOWN}, []),
        (
            {**TRANSIT, "transitGatewayId": UNKNOWN, "logFormat": "${version}"},
            ["Required and not recorded: ${tgw-id} ${flow-direction}."],
        ),
        (
            {**S3, "vpcId": UNKNOWN, "logFormat": "${version}"},
            ["Required and not recorded: ${pkt-srcaddr} ${flow-direction}."],
        ),
    ):
        assert list(rules.format_fields_problems(asked(inputs), required)) == missing


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        (S3, []),
        (GROUP, []),
        ({**GROUP, "logDestinationType": "cloud-watch-logs"}, []),
        ({**GROUP, "logDestination": f"{LOG_GROUP}:*"}, []),
        (TRANSIT, []),
        ({**S3, "logDestination": f"{BUCKET}/net/"}, []),
        ({"vpcId": "vpc-1", "logDestinationType": UNKNOWN, "logDestination": BUCKET}, []),
        ({"vpcId": "vpc-1", "logDestinationType": "s3", "logDestination": UNKNOWN}, []),
        ({"vpcId": "vpc-1", "logDestination": LOG_GROUP, "iamRoleArn": UNKNOWN}, []),
        (
            {"vpcId": "vpc-1", "logDestination": BUCKET, "iamRoleArn": ROLE},
            [
                (
                    "logDestinationType is cloud-watch-logs (the default), but logDestination "
                    "arn:aws:s3:::flow-logs is not the ARN of a log group."
                )
            ],
        ),
        (
            {**S3, "logDestination": STREAM},
            [f"logDestinationType is s3, but logDestination {STREAM} is not the ARN of a bucket."],
        ),
        ({**S3, "logDestination": "flow-logs"}, ["logDestination flow-logs is not an ARN."]),
        (
            {**S3, "logDestination": "arn:aws:s3:::"},
            ["logDestination arn:aws:s3::: is not the ARN of a bucket."],
        ),
        (
            {"vpcId": "vpc-1", "logDestinationType": "s3"},
            ["There is no logDestination: s3 needs the ARN of a bucket."],
        ),
        ({**S3, "logDestinationType": "S3"}, ["logDestinationType 'S3' is written 's3'."]),
        ({**S3, "logDestinationType": "next-year"}, []),
        (
            {**S3, "iamRoleArn": ROLE},
            ["iamRoleArn is set: AWS takes no role for S3, where the bucket policy decides."],
        ),
        (
            {**GROUP, "iamRoleArn": ""},
            ["iamRoleArn is missing: CloudWatch Logs needs a role that may write to it."],
        ),
        (
            {**GROUP, "logGroupName": "/flow/net"},
            ["logGroupName and logDestination are both set; AWS takes one of them."],
        ),
        (
            {**S3, "deliverCrossAccountRole": ROLE},
            ["deliverCrossAccountRole is for Firehose; logDestinationType is s3."],
        ),
        (
            {
                "vpcId": "vpc-1",
                "logDestinationType": "kinesis-data-firehose",
                "logDestination": STREAM,
                "deliverCrossAccountRole": ROLE,
            },
            [
                (
                    "deliverCrossAccountRole is set without iamRoleArn, the role of this account "
                    "that assumes it."
                )
            ],
        ),
        (
            {**TRANSIT, "maxAggregationInterval": 600, "trafficType": "ALL"},
            [
                (
                    "maxAggregationInterval is 600, the provider's default: a transit gateway's "
                    "flow log needs 60."
                ),
                "trafficType is set: a transit gateway's flow log has none.",
            ],
        ),
        (
            {**TRANSIT, "maxAggregationInterval": None},
            [
                (
                    "maxAggregationInterval is 600, the provider's default: a transit gateway's "
                    "flow log needs 60."
                )
            ],
        ),
        ({**TRANSIT, "maxAggregationInterval": UNKNOWN}, []),
        (
            {**S3, "maxAggregationInterval": 300},
            ["maxAggregationInterval is 300: AWS takes 60 or 600."],
        ),
        (
            {**S3, "logDestination": output(value=STREAM, secret=True)},
            ["logDestinationType is s3, but logDestination [secret] is not the ARN of a bucket."],
        ),
        (
            {**S3, "maxAggregationInterval": secret(333)},
            ["maxAggregationInterval is [secret]: AWS takes 60 or 600."],
        ),
        ({**S3, "logDestinationType": secret("S3")}, [SECRET_TYPE]),
        ({**S3, "logDestinationType": secret("s3"), "iamRoleArn": ROLE}, [SECRET_TYPE]),
        ({**S3, "logDestinationType": secret("s3")}, []),
    ],
)
def test_destination(inputs: Inputs, problems: list[str]) -> None:
    assert list(rules.destination_problems(asked(inputs), Settings())) == problems


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        (NATIVE_GROUP, []),
        (
            {**NATIVE_GROUP, "logDestination": f"{LOG_GROUP}:*"},
            [
                (
                    f"logDestination {LOG_GROUP}:* ends in `:*`: AWS accepts that and then "
                    "delivers nothing. Remove the `:*`."
                )
            ],
        ),
        (
            {
                **NATIVE_GROUP,
                "resourceId": UNKNOWN,
                "resourceType": "TransitGateway",
                "trafficType": "ALL",
            },
            ["trafficType is set: a transit gateway's flow log has none."],
        ),
    ],
    ids=["fine", "wildcard", "transit gateway to be made"],
)
def test_destination_of_aws_native(inputs: Inputs, problems: list[str]) -> None:
    found = rules.destination_problems(asked(inputs, NATIVE_FLOW_LOG), Settings())
    assert list(found) == problems


@pytest.mark.parametrize(
    ("glob", "allowed"),
    [
        ("arn:aws:logs:*:*:log-group:/flow/*", True),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/flow/net", True),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/flow/net:*", True),
        ("arn:aws:logs:*", True),
        ("*", True),
        ("/flow/*", True),
        ("arn:aws:logs:*:*:log-group:/else/*", False),
        ("arn:aws:s3:::flow-logs*", False),
    ],
)
def test_a_bare_log_group_is_one_of_the_flow_logs_own_account(glob: str, allowed: bool) -> None:
    settings = Settings(lists={"allowedDestinations": (glob,)})
    named = {**NATIVE_GROUP, "logDestination": None, "logGroupName": "/flow/net"}
    found = rules.destination_problems(asked(named, NATIVE_FLOW_LOG), settings)
    assert (list(found) == []) is allowed


def test_what_is_allowed_may_end_as_log_groups_do_or_be_nothing_or_a_lot() -> None:
    for globs, problems in (
        ((f"{LOG_GROUP}:*",), []),
        ((), [f"Destination {LOG_GROUP} is not allowed: none is."]),
        (
            ("a", "b", "c", "d", "e", "f"),
            [f"Destination {LOG_GROUP} is none of those allowed: a, b, c, d and 2 more."],
        ),
    ):
        settings = Settings(lists={"allowedDestinations": globs})
        assert list(rules.destination_problems(asked(GROUP), settings)) == problems


def test_allowed_destinations() -> None:
    settings = Settings(lists={"allowedDestinations": ("arn:aws:s3:::acme-*", f"{LOG_GROUP}*")})
    for inputs, problems in (
        ({**S3, "logDestination": "arn:aws:s3:::acme-logs/net"}, []),
        ({**GROUP, "logDestination": f"{LOG_GROUP}:*"}, []),
        ({**S3, "logDestination": UNKNOWN}, []),
        (
            S3,
            [f"Destination {BUCKET} is none of those allowed: arn:aws:s3:::acme-*, {LOG_GROUP}*."],
        ),
    ):
        assert list(rules.destination_problems(asked(inputs), settings)) == problems


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        (
            S3,
            [
                "destinationOptions.fileFormat is plain-text (AWS's default); parquet is required.",
                "destinationOptions.perHourPartition is false (AWS's default); true is required.",
            ],
        ),
        ({**S3, "destinationOptions": LAID_OUT}, []),
        (
            {**S3, "destinationOptions": HALF_KNOWN},
            ["destinationOptions.perHourPartition is false; true is required."],
        ),
        ({**S3, "destinationOptions": UNKNOWN}, []),
        ({**S3, "logDestinationType": UNKNOWN}, []),
        (GROUP, []),
        (
            {**GROUP, "destinationOptions": {"fileFormat": "parquet"}},
            ["destinationOptions is set: cloud-watch-logs has no files to lay out; only S3 has."],
        ),
        (
            {**GROUP, "destinationOptions": UNKNOWN},
            ["destinationOptions is set: cloud-watch-logs has no files to lay out; only S3 has."],
        ),
        ({**S3, "logDestinationType": "S3", "destinationOptions": LAID_OUT}, []),
        ({**S3, "logDestinationType": "next-year", "destinationOptions": LAID_OUT}, []),
        (
            {**S3, "destinationOptions": {"fileFormat": secret("plain-text"), **HOURLY}},
            ["destinationOptions.fileFormat is [secret]; parquet is required."],
        ),
        (
            {**S3, "destinationOptions": secret({"fileFormat": "plain-text", **HOURLY})},
            ["destinationOptions.fileFormat is [secret]; parquet is required."],
        ),
        ({**S3, "logDestinationType": secret("s3")}, [SECRET_TYPE]),
    ],
    ids=[
        "defaults",
        "as required",
        "one unknown",
        "all unknown",
        "type unknown",
        "none",
        "logs",
        "logs, unknown",
        "a type that is none",
        "a type of next year",
        "secret",
        "secret block",
        "secret type",
    ],
)
def test_destination_options(inputs: Inputs, problems: list[str]) -> None:
    settings = Settings(texts={"fileFormat": "parquet"}, flags={"perHourPartition": True})
    assert list(rules.destination_options_problems(asked(inputs), settings)) == problems
