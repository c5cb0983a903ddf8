"""What CreateFlowLogs fills in for each kind of resource, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from drift.demo.aws import Console
from drift.log_format import TRANSIT_GATEWAY_DEFAULT_FORMAT, VPC_DEFAULT_FORMAT
from tests.demo.aws.asking import ROLE, answer, create, described, refusal, to_bucket, to_group

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client


def test_subnets_and_network_interfaces_are_watched_as_vpcs_are(
    console: Console, ec2: EC2Client
) -> None:
    destination = to_bucket(console.create_bucket("flow-logs"))
    subnet = console.create_subnet(console.create_vpc())
    interface = console.create_network_interface(subnet)

    create(ec2, subnet, ResourceType="Subnet", **destination)
    create(ec2, interface, ResourceType="NetworkInterface", **destination)

    assert [
        (entry["ResourceId"], entry["LogFormat"], entry["MaxAggregationInterval"])
        for entry in ec2.describe_flow_logs()["FlowLogs"]
    ] == [(subnet, VPC_DEFAULT_FORMAT, 600), (interface, VPC_DEFAULT_FORMAT, 600)]


@pytest.mark.parametrize("interval", [None, 60])
@pytest.mark.parametrize("kind", ["TransitGateway", "TransitGatewayAttachment"])
def test_a_transit_gateway_has_its_own_defaults(
    kind: str, interval: int | None, console: Console, ec2: EC2Client
) -> None:
    bucket = console.create_bucket("flow-logs")

    create(
        ec2,
        transit(console)[kind],
        ResourceType=kind,
        TrafficType=None,
        MaxAggregationInterval=interval,
        **to_bucket(bucket),
    )

    assert described(ec2) == {
        "DeliverLogsStatus": "SUCCESS",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::flow-logs",
        "LogFormat": TRANSIT_GATEWAY_DEFAULT_FORMAT,
        "MaxAggregationInterval": 60,
        "DestinationOptions": {
            "FileFormat": "plain-text",
            "HiveCompatiblePartitions": False,
            "PerHourPartition": False,
        },
    }


def transit(console: Console) -> dict[str, str]:
    gateway = console.create_transit_gateway()
    subnet = console.create_subnet(console.create_vpc())
    return {
        "TransitGateway": gateway,
        "TransitGatewayAttachment": console.create_transit_gateway_attachment(gateway, subnet),
    }


# The first message: hashicorp/terraform-provider-aws#26169.
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param(
            {"MaxAggregationInterval": 600},
            "max-aggregation-interval other than 60 sec / 1 min is not supported when the "
            "resource-type is TransitGateway or TransitGatewayAttachment",
            id="interval",
        ),
        pytest.param(
            {"TrafficType": "ALL"},
            "traffic-type is not supported when the resource-type is TransitGateway or "
            "TransitGatewayAttachment",
            id="traffic-type",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["TransitGateway", "TransitGatewayAttachment"])
def test_what_a_transit_gateway_has_not_is_refused(
    kind: str, parameters: dict[str, object], message: str, console: Console, ec2: EC2Client
) -> None:
    asked = {"TrafficType": None, **to_group("/tgw"), **parameters}

    with pytest.raises(ClientError) as call:
        answer(ec2, transit(console)[kind], ResourceType=kind, **asked)

    assert refusal(call) == ("InvalidParameter", message)


def test_a_nat_gateway_is_watched_as_a_vpc_is(console: Console, ec2: EC2Client) -> None:
    gateway = console.create_nat_gateway(console.create_subnet(console.create_vpc()))

    create(ec2, gateway, ResourceType="RegionalNatGateway", **to_group("/nat"))

    told = described(ec2)
    assert told["TrafficType"] == "ALL"
    assert told["LogFormat"] == VPC_DEFAULT_FORMAT
    assert told["MaxAggregationInterval"] == 600


# Seen by ministryofjustice/modernisation-platform#8016.
def test_an_id_of_another_kind_is_refused(console: Console, ec2: EC2Client) -> None:
    gateway = console.create_transit_gateway()

    with pytest.raises(ClientError) as call:
        answer(
            ec2,
            gateway,
            ResourceType="TransitGatewayAttachment",
            TrafficType=None,
            **to_group("/tgw"),
        )

    assert refusal(call) == (
        "InvalidParameter",
        f"Invalid Resource id {gateway} for resource-type TransitGatewayAttachment",
    )


def test_a_kind_that_is_none_is_refused(console: Console, ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as call:
        answer(ec2, console.create_vpc(), ResourceType="Bogus", **to_group("/vpc/all"))

    assert refusal(call)[0] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("kind", "resource_id", "code"),
    [
        ("VPC", "vpc-00000000000000000", "InvalidVpcID.NotFound"),
        ("Subnet", "subnet-00000000000000000", "InvalidSubnetID.NotFound"),
        ("NetworkInterface", "eni-00000000000000000", "InvalidNetworkInterfaceID.NotFound"),
        ("TransitGateway", "tgw-00000000000000000", "InvalidTransitGatewayID.NotFound"),
        (
            "TransitGatewayAttachment",
            "tgw-attach-00000000000000000",
            "InvalidTransitGatewayAttachmentID.NotFound",
        ),
        ("RegionalNatGateway", "nat-00000000000000000", "NatGatewayNotFound"),
    ],
)
def test_a_resource_that_is_not_there_is_refused_before_anything_is_created(
    kind: str, resource_id: str, code: str, ec2: EC2Client
) -> None:
    traffic_type = None if kind.startswith("Transit") else "ALL"

    with pytest.raises(ClientError) as call:
        answer(ec2, resource_id, ResourceType=kind, TrafficType=traffic_type, **to_group("/all"))

    assert refusal(call)[0] == code
    assert ec2.describe_flow_logs()["FlowLogs"] == []


# Seen: "traffic-type is required" by go-to-k/cdk-real-drift, the role of S3 by
# aws-samples/aws-secure-environment-accelerator#1111, the tag fields by
# hashicorp/terraform-provider-aws#48806; moto had those of the interval and the log group.
@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param(
            {"TrafficType": None},
            "InvalidParameter",
            "traffic-type is required when the resource-type is VPC",
            id="no-traffic-type",
        ),
        pytest.param(
            {"TrafficType": "all"},
            "InvalidParameterValue",
            "1 validation error detected: Value 'all' at 'trafficType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ACCEPT, REJECT, ALL]",
            id="wrong-traffic-type",
        ),
        pytest.param(
            {"LogDestinationType": "S3"},
            "InvalidParameterValue",
            "1 validation error detected: Value 'S3' at 'logDestinationType' failed to satisfy "
            "constraint: Member must satisfy enum value set: "
            "[cloud-watch-logs, s3, kinesis-data-firehose]",
            id="wrong-destination-type",
        ),
        pytest.param(
            {"DestinationOptions": {"FileFormat": "orc"}},
            "InvalidParameterValue",
            "1 validation error detected: Value 'orc' at 'fileFormat' failed to satisfy "
            "constraint: Member must satisfy enum value set: [plain-text, parquet]",
            id="wrong-file-format",
        ),
        pytest.param(
            {"DeliverLogsPermissionArn": ROLE},
            "InvalidParameter",
            "DeliverLogsPermissionArn is not applicable for s3 delivery",
            id="role-for-s3",
        ),
        pytest.param(
            {"LogGroupName": "/vpc/all"},
            "InvalidParameter",
            "Please only provide LogGroupName or only provide LogDestination.",
            id="two-destinations",
        ),
        pytest.param(
            {"LogDestination": None},
            "InvalidParameter",
            "LogDestination can't be empty if LogGroupName is not provided.",
            id="no-destination",
        ),
        pytest.param(
            {"LogDestination": None, "LogGroupName": "/vpc/all"},
            "InvalidParameter",
            "LogDestination type must be cloud-watch-logs if LogGroupName is provided.",
            id="log-group-for-s3",
        ),
        pytest.param(
            {"LogDestinationType": None},
            "InvalidParameter",
            "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
            id="no-role-for-cloudwatch-logs",
        ),
        pytest.param(
            {"LogDestinationType": None, "DeliverLogsPermissionArn": ROLE},
            "InvalidParameter",
            "LogDestination: arn:aws:s3:::flow-logs is not a valid cloud-watch-logs destination",
            id="arn-of-another-service",
        ),
        pytest.param(
            {"LogDestination": "arn:aws:s3:::flow-logs/AWSLogs/"},
            "InvalidParameter",
            "LogDestination: arn:aws:s3:::flow-logs/AWSLogs/ is not a valid s3 destination",
            id="reserved-folder",
        ),
        pytest.param(
            {"MaxAggregationInterval": 300},
            "InvalidParameter",
            "Invalid Flow Log Max Aggregation Interval",
            id="interval",
        ),
        pytest.param(
            {"LogFormat": "${version} ${instance-tag}"},
            "InvalidParameter",
            "The TagFieldSpecifications parameter must be set when including tag fields in the "
            "log format",
            id="tag-field",
        ),
        pytest.param(
            {
                "LogFormat": "${version} ${instance-tag}",
                "TagFieldSpecifications": [
                    {"ResourceType": "instance", "TagKeys": ["a", "b", "c"]}
                ],
            },
            "InvalidParameter",
            "TagFieldSpecifications: one or two TagKeys per ResourceType",
            id="three-tag-keys",
        ),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(
    parameters: dict[str, object],
    code: str,
    message: str,
    console: Console,
    ec2: EC2Client,
) -> None:
    asked = {**to_bucket(console.create_bucket("flow-logs")), **parameters}

    with pytest.raises(ClientError) as call:
        answer(ec2, console.create_vpc(), **asked)

    assert refusal(call) == (code, message)


# The message: aws-cloudformation/rain#288, of a trailing space.
@pytest.mark.parametrize(
    "log_format",
    [
        "${version} ${srcaddr} ",
        " ${version}",
        "${version}  ${srcaddr}",
        "${version}${srcaddr}",
        "${version}\n${srcaddr}",
        "$${version}",
        "version srcaddr",
        "${Version}",
        "${}",
        "${version",
    ],
)
def test_a_log_format_is_fields_with_a_space_between(
    log_format: str, console: Console, ec2: EC2Client
) -> None:
    with pytest.raises(ClientError) as call:
        answer(ec2, console.create_vpc(), LogFormat=log_format, **to_group("/vpc/all"))

    assert refusal(call) == (
        "InvalidParameterValue",
        f"1 validation error detected: Value '{log_format}' at 'logFormat' has an invalid format",
    )


@pytest.mark.parametrize(
    "log_format", ["${version}", "${srcaddr} ${version}", "${not-known-yet} ${v2} ${v2}"]
)
def test_a_well_formed_log_format_is_echoed_though_nobody_knows_its_fields(
    log_format: str, console: Console, ec2: EC2Client
) -> None:
    create(ec2, console.create_vpc(), LogFormat=log_format, **to_group("/vpc/all"))

    assert described(ec2)["LogFormat"] == log_format
