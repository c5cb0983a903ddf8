"""The provider of the tests behaves as the bridged one does, as far as a deployment shows."""

from __future__ import annotations

import json

import pytest

from drift.demo.aws import Aws
from tests.engine.conftest import NewProject
from tests.engine.engine import Json, Project

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300, func_only=True)]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
PROGRAM = """\
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags={"Owner": "net"})
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
gateway = aws.ec2transitgateway.TransitGateway("gateway")
bucket = aws.s3.Bucket("flow-logs")
aws.ec2.FlowLog(
    "subnet",
    subnet_id=subnet.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=pulumi.Output.secret(bucket.arn),
    destination_options={"file_format": "parquet"},
    tags={"Owner": "net"},
)
aws.ec2.FlowLog(
    "gateway",
    transit_gateway_id=gateway.id,
    log_destination_type="s3",
    log_destination=bucket.arn,
    max_aggregation_interval=60,
)
"""


def test_a_life(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)

    # Before anything is there, nobody knows what it will be called; this engine then leaves out
    # the outputs altogether.
    planned = steps(project)["subnet"]
    assert planned["op"] == "create"
    assert planned["newState"]["inputs"]["subnetId"] == UNKNOWN
    assert "outputs" not in planned["newState"]

    project.up()
    row = rows(project)["subnet"]
    assert row["inputs"].keys() == {
        "__defaults",
        "destinationOptions",
        "logDestination",
        "logDestinationType",
        "maxAggregationInterval",
        "region",
        "subnetId",
        "tags",
        "tagsAll",
        "trafficType",
    }
    assert row["inputs"]["__defaults"] == ["maxAggregationInterval"]
    assert row["inputs"]["destinationOptions"] == {
        "__defaults": ["hiveCompatiblePartitions", "perHourPartition"],
        "fileFormat": "parquet",
        "hiveCompatiblePartitions": False,
        "perHourPartition": False,
    }
    assert row["inputs"]["tagsAll"] == {"__defaults": [], "Owner": "net"}
    for side in ("inputs", "outputs"):
        assert SECRET in row[side]["logDestination"].values()
    assert row["outputs"]["id"] == row["id"]
    assert row["outputs"]["arn"].endswith(f":vpc-flow-log/{row['id']}")

    # Deployed once, it is deployed.
    project.preview("--refresh", "--expect-no-changes")
    project.refresh("--expect-no-changes")

    # Tags change in place, all else replaces; a twin may not stand beside it.
    project.write(PROGRAM.replace('"net"', '"ops"'))
    assert steps(project)["subnet"]["op"] == "update"
    project.up()
    [entry] = [one for one in aws.console().flow_logs() if one["FlowLogId"] == row["id"]]
    assert entry["Tags"] == [{"Key": "Owner", "Value": "ops"}]
    project.write(PROGRAM.replace('"parquet"', '"plain-text"'))
    replacement = steps(project)["subnet"]
    assert replacement["replaceReasons"] == ["destinationOptions"]
    assert replacement["newState"]["outputs"]["id"] == UNKNOWN
    assert "FlowLogAlreadyExists" in project.up(exit_code=255).stdout

    project.run("pulumi destroy --skip-preview")
    assert aws.console().flow_logs() == []


ELSEWHERE = """\
import pulumi
import pulumi_aws as aws

there = aws.Provider(
    "there",
    region="eu-west-1",
    assume_roles=[aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::210987654321:role/deploy")],
    default_tags={"tags": {"Team": pulumi.Output.secret("net"), "Ignored": "yes"}},
    ignore_tags=aws.ProviderIgnoreTagsArgs(keys=["Ignored"], key_prefixes=["kubernetes.io/"]),
)
inside = pulumi.ResourceOptions(provider=there)
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=inside)
group = aws.cloudwatch.LogGroup("flow-logs", tags={"Owner": "net"}, opts=inside)
aws.ec2.FlowLog(
    "vpc",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=group.arn,
    iam_role_arn="arn:aws:iam::210987654321:role/flow-logs",
    opts=inside,
)
"""


def test_a_provider_with_a_role_and_tags(new_project: NewProject, aws: Aws) -> None:
    project = new_project(ELSEWHERE)
    project.up()

    there = aws.console(account="210987654321", region="eu-west-1")
    [entry] = there.flow_logs()
    assert entry["Tags"] == [{"Key": "Team", "Value": "net"}]
    assert "210987654321" in rows(project)["vpc"]["outputs"]["arn"]

    # What is ignored is neither seen nor taken away.
    there.retag(entry["FlowLogId"], {"Team": "net", "kubernetes.io/cluster": "blue"})
    project.preview("--refresh", "--expect-no-changes")


def steps(project: Project) -> dict[str, Json]:
    """Return what a preview would do to each flow log."""
    document = json.loads(project.preview_json(show_sames=True))
    return _flow_logs(document["steps"])


def rows(project: Project) -> dict[str, Json]:
    """Return what the state says of each flow log."""
    return _flow_logs(json.loads(project.export())["deployment"]["resources"])


def _flow_logs(items: list[Json]) -> dict[str, Json]:
    return {item["urn"].rpartition("::")[2]: item for item in items if "flowLog:" in item["urn"]}
