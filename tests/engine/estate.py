"""The estate of most tests here: a stack that a real engine deployed, and what is done behind it.

It is deployed once a module. Each test gets a copy of its own: of the program, of the state, and of
AWS's flow logs as they were then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drift.demo.aws import Aws, Console, DestinationOptions, FileFormat, TrafficType
from tests.engine.engine import Json, Project

SHORT: Final = "${version} ${srcaddr} ${dstaddr}"
"""What the program asks for where it does not leave the format to AWS."""
OTHER: Final = "${version} ${srcaddr} ${dstaddr} ${srcport} ${dstport}"
"""What somebody in the console would rather have."""

_BYTES: Final = f"{SHORT} ${{bytes}}"
_PACKETS: Final = f"{SHORT} ${{packets}}"
GROUP: Final = """\
aws.ec2.FlowLog(
    "group",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=group.arn,
    iam_role_arn=ROLE,
    max_aggregation_interval=60,
)
"""
_SILENT: Final = """\
    "silent",
    vpc_id=vpc.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
"""
PROGRAM: Final = f"""\
import pulumi
import pulumi_aws as aws

ROLE = "arn:aws:iam::123456789012:role/flow-logs"


class Site(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("acme:net:Site", name)
        inside = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc("inner", cidr_block="10.1.0.0/16", opts=inside)
        aws.ec2.FlowLog(
            "child",
            vpc_id=vpc.id,
            traffic_type="REJECT",
            log_destination=group.arn,
            iam_role_arn=ROLE,
            log_format="{SHORT} ${{action}}",
            opts=inside,
        )


vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
bucket = aws.s3.Bucket("flow-logs")
group = aws.cloudwatch.LogGroup("flow-logs")
aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    destination_options={{"file_format": "parquet", "hive_compatible_partitions": True}},
    tags={{"Owner": "net"}},
    opts=pulumi.ResourceOptions(protect=True),
)
{GROUP}\
aws.ec2.FlowLog(
{_SILENT}\
)
aws.ec2.FlowLog(
    "subnet",
    subnet_id=subnet.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    log_format="{_BYTES}",
)
Site("site")
ireland = aws.Provider("ireland", region="eu-west-1", default_tags={{"tags": {{"Team": "net"}}}})
far = aws.ec2.Vpc("far", cidr_block="10.2.0.0/16", opts=pulumi.ResourceOptions(provider=ireland))
aws.ec2.FlowLog(
    "abroad",
    vpc_id=far.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    tags={{"Owner": "net"}},
    opts=pulumi.ResourceOptions(provider=ireland),
)
aws.ec2.FlowLog(
    "abroad-rejected",
    vpc_id=far.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
    log_format="{SHORT}",
    opts=pulumi.ResourceOptions(provider=ireland),
)
pulumi.export("far", far.id)
pulumi.export("subnet", subnet.id)
"""
REGIONS: Final[Mapping[str, str]] = {
    "lake": "us-east-1",
    "group": "us-east-1",
    "silent": "us-east-1",
    "subnet": "us-east-1",
    "child": "us-east-1",
    "abroad": "eu-west-1",
    "abroad-rejected": "eu-west-1",
}
"""Where the flow logs are, by the names that the program gives them."""

UNDEPLOYED: Final = PROGRAM.replace(_BYTES, _PACKETS)
"""The program once somebody has changed it, and the state by hand, and deployed nothing."""
ADOPTED: Final[Mapping[str, str]] = {
    '{"file_format": "parquet", "hive_compatible_partitions": True}': (
        f'{{"file_format": "plain-text", "per_hour_partition": True}},\n    log_format="{OTHER}"'
    ),
    GROUP: "",
    _SILENT: f'{_SILENT}    destination_options={{"file_format": "parquet"}},\n',
    f'"{_PACKETS}"': f'"{_BYTES}"',
    f'"{SHORT} ${{action}}"': f'"{OTHER}"',
    'tags={"Owner": "net"},\n    opts=pulumi.ResourceOptions(provider=ireland)': (
        'tags={"Owner": "security", "Case": "42"},\n'
        "    opts=pulumi.ResourceOptions(provider=ireland)"
    ),
    f'log_format="{SHORT}"': f'log_format="{OTHER}"',
}
"""What to change in that program to say what `Estate.meddle` has made of AWS."""
DEFAULT: Final = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
DRIFT: Final[Mapping[str, tuple[str, Mapping[str, tuple[object, object]]]]] = {
    "lake": (
        "flow-log-replaced",
        {
            "LogFormat": (DEFAULT, OTHER),
            "DestinationOptions.FileFormat": ("parquet", "plain-text"),
            "DestinationOptions.HiveCompatiblePartitions": (True, False),
            "DestinationOptions.PerHourPartition": (False, True),
        },
    ),
    "child": ("flow-log-replaced", {"LogFormat": (f"{SHORT} ${{action}}", OTHER)}),
    "abroad-rejected": ("flow-log-replaced", {"LogFormat": (SHORT, OTHER)}),
    "group": ("flow-log-missing", {}),
    "silent": (
        "flow-log-modified",
        {"DestinationOptions.FileFormat": ("plain-text", "parquet")},
    ),
    "subnet": ("flow-log-modified", {"LogFormat": (_PACKETS, _BYTES)}),
    "abroad": (
        "flow-log-tags-modified",
        {"Tags.Owner": ("net", "security"), "Tags.Case": (None, "42")},
    ),
}
"""What is to be said of that: kind, and what differs, declared and live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """A copy of the deployed stack."""

    project: Project
    aws: Aws

    @property
    def home(self) -> Console:
        """The console of the region that most of it is in."""
        return self.aws.console()

    @property
    def abroad(self) -> Console:
        """The console of the other one."""
        return self.aws.console(region="eu-west-1")

    def output(self, name: str) -> str:
        """Return an output of the stack."""
        return self.project.run(f"pulumi stack output {name}").stdout.strip()

    def meddle(self) -> None:
        """Do what nobody should, so that there is all of `DRIFT`."""
        ids, state = self.project.flow_log_ids(), self.project.export()
        self.home.recreate(
            ids["lake"],
            log_format=OTHER,
            destination_options=DestinationOptions(per_hour_partition=True),
        )
        self.home.recreate(ids["child"], log_format=OTHER)
        self.home.delete(ids["group"])
        self.abroad.retag(ids["abroad"], {"Owner": "security", "Case": "42", "Team": "net"})
        self.abroad.recreate(ids["abroad-rejected"], log_format=OTHER)
        # Recreated as Parquet and put into the state: the provider sees no change where a program
        # leaves the options out.
        parquet = DestinationOptions(file_format=FileFormat.PARQUET)
        adopted = self.home.recreate(ids["silent"], destination_options=parquet)
        self.project.write(UNDEPLOYED)
        self.project.import_state(state.replace(ids["silent"], adopted).replace(_BYTES, _PACKETS))

    def twins(self) -> dict[str, str]:
        """Create two flow logs by hand, on a subnet and on a VPC abroad; return their ids."""
        [lake] = [
            flow_log
            for flow_log in self.home.flow_logs()
            if flow_log["FlowLogId"] == self.project.flow_log_ids()["lake"]
        ]
        bucket, subnet, far = lake["LogDestination"], self.output("subnet"), self.output("far")
        rejected, accepted = TrafficType.REJECT, TrafficType.ACCEPT
        return {
            "wanted": self.home.create_flow_log(
                subnet, log_destination=bucket, traffic_type=rejected
            ),
            "wanted-abroad": self.abroad.create_flow_log(
                far, log_destination=bucket, traffic_type=accepted
            ),
        }


def declared_at(program: str, name: str) -> Json:
    """Return where a program calls the constructor, which is one line above the name."""
    above = program[: program.index(f'    "{name}",')]
    return {"file": "__main__.py", "line": above.count("\n")}


def edited(program: str, changes: Mapping[str, str]) -> str:
    """Return the program with each of those parts, which has to be there once, changed."""
    for before, after in changes.items():
        assert program.count(before) == 1, before
        program = program.replace(before, after)
    return program
