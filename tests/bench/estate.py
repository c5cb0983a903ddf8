"""An estate of any size: what Pulumi recorded of its flow logs, and what EC2 says of them.

Every VPC, which another stack owns, has two flow logs: an archive in Parquet on S3 with a format of
its own, and one in CloudWatch Logs in the default format. The state is what `pulumi stack export`
writes of pulumi-aws 7, the pages are EC2's XML. Both are written row by row: a child's peak memory
counts from its parent's, so the process that measures stays small.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from textwrap import indent

ACCOUNT = "123456789012"
REGION = "eu-central-1"
PAGE_SIZE = 1000

_PROJECT = "urn:pulumi:prod::network::"
_STACK = f"{_PROJECT}pulumi:pulumi:Stack::network-prod"
_PROVIDER = f"{_PROJECT}pulumi:providers:aws::default_7_51_0"
_PROVIDER_ID = "6f1c0a52-3c53-4d1c-9e5b-2f6d0a4b7c11"
_CREATED = "2026-03-02T10:11:12.345678901Z"
_DEFAULT_TAGS = {"ManagedBy": "pulumi", "Stack": "network/prod"}
_DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport}"
    " ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
_ARCHIVE_FORMAT = (
    _DEFAULT_FORMAT + " ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type}"
    " ${pkt-srcaddr} ${pkt-dstaddr} ${region} ${az-id} ${flow-direction} ${traffic-path}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Where an estate was written."""

    state: Path
    """The file that `pulumi stack export` would write."""
    pages: Path
    """The folder of answers that the endpoint serves."""


def write(
    folder: Path, *, flow_logs: int, differing: int = 0, state_indent: int | None = 4
) -> Estate:
    """Write an estate of so many flow logs; the first so many of them differ from their state.

    `pulumi stack export` and a bucket's state are indented by four spaces, which is half of the
    file; a state that was piped through another program often is not.
    """
    estate = Estate(state=folder / "state.json", pages=folder / "pages")
    estate.pages.mkdir(parents=True)
    rows = (_FlowLog(number).declared() for number in range(flow_logs))
    _write_state(estate.state, rows, state_indent)
    _write_pages(
        estate.pages,
        "DescribeFlowLogs",
        "flowLogSet",
        flow_logs,
        lambda number: _FlowLog(number).live(differs=number < differing),
    )
    _write_pages(
        estate.pages,
        "DescribeVpcs",
        "vpcSet",
        (flow_logs + 1) // 2,
        lambda number: _vpc(_FlowLog(2 * number).vpc),
    )
    (estate.pages / "GetCallerIdentity.xml").write_text(_CALLER, encoding="utf-8")
    return estate


class _FlowLog:
    """The flow log with this number, in the words of either side."""

    def __init__(self, number: int) -> None:
        self.is_archive = number % 2 == 0
        vpc_number = number // 2
        self.vpc = f"vpc-{0xAA11BB22CC330000 + vpc_number:017x}"
        self.name = f"vpc-{vpc_number:05}-{'archive' if self.is_archive else 'alarms'}"
        self.id = f"fl-{0xA1B2C3D4E5F60000 + number:017x}"
        self.log_group = f"/aws/vpc/flow-logs/{self.name}"
        self.role = f"arn:aws:iam::{ACCOUNT}:role/flow-logs/{self.name}"
        self.tags = {"Name": self.name, "CostCenter": f"cc-{number % 40:03}", "Team": "network"}
        if self.is_archive:
            self.destination_type = "s3"
            self.destination = "arn:aws:s3:::acme-flow-log-archive/network/prod"
            self.format = _ARCHIVE_FORMAT
            self.interval = 60
        else:
            self.destination_type = "cloud-watch-logs"
            self.destination = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.log_group}"
            self.format = _DEFAULT_FORMAT
            self.interval = 600

    def declared(self) -> dict[str, object]:
        """Its row in the state."""
        common: dict[str, object] = {
            "logDestination": self.destination,
            "logDestinationType": self.destination_type,
            "maxAggregationInterval": self.interval,
            "region": REGION,
            "trafficType": "ALL",
            "vpcId": self.vpc,
        }
        inputs: dict[str, object] = {
            **common,
            "tags": {"__defaults": [], **self.tags},
            "tagsAll": {"__defaults": [], **_DEFAULT_TAGS, **self.tags},
        }
        outputs: dict[str, object] = {
            "__meta": '{"schema_version":"1"}',
            "__pulumi_raw_state_delta": {
                "obj": {"ps": {"destinationOptions": {"plu": {"i": {}}}, "tagsAll": {"map": {}}}}
            },
            **common,
            "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/{self.id}",
            "deliverCrossAccountRole": "",
            "iamRoleArn": "" if self.is_archive else self.role,
            "id": self.id,
            "logFormat": self.format,
            "tags": self.tags,
            "tagsAll": {**_DEFAULT_TAGS, **self.tags},
        }
        if self.is_archive:
            options = {
                "fileFormat": "parquet",
                "hiveCompatiblePartitions": True,
                "perHourPartition": True,
            }
            inputs["__defaults"] = []
            inputs["destinationOptions"] = {"__defaults": [], **options}
            inputs["logFormat"] = self.format
            outputs["destinationOptions"] = options
        else:
            inputs["__defaults"] = ["logDestinationType", "maxAggregationInterval"]
            inputs["iamRoleArn"] = self.role
        return {
            "urn": f"{_PROJECT}aws:ec2/flowLog:FlowLog::{self.name}",
            "custom": True,
            "id": self.id,
            "type": "aws:ec2/flowLog:FlowLog",
            "inputs": inputs,
            "outputs": outputs,
            "parent": _STACK,
            "provider": f"{_PROVIDER}::{_PROVIDER_ID}",
            "created": _CREATED,
            "modified": _CREATED,
            "sourcePosition": "project:///__main__.py#41",
        }

    def live(self, *, differs: bool) -> str:
        """Its item in EC2's response; one that differs has another interval and another tag."""
        interval = 660 - self.interval if differs else self.interval
        tags = {**_DEFAULT_TAGS, **self.tags, **({"Team": "payments"} if differs else {})}
        tag_items = (f"<key>{key}</key>\n<value>{value}</value>" for key, value in tags.items())
        delivery = (
            """\
<destinationOptions>
    <fileFormat>parquet</fileFormat>
    <hiveCompatiblePartitions>true</hiveCompatiblePartitions>
    <perHourPartition>true</perHourPartition>
</destinationOptions>"""
            if self.is_archive
            else f"""\
<deliverLogsPermissionArn>{self.role}</deliverLogsPermissionArn>
<logGroupName>{self.log_group}</logGroupName>"""
        )
        return f"""\
<creationTime>2026-03-02T10:11:12.345Z</creationTime>
<deliverLogsStatus>SUCCESS</deliverLogsStatus>
<flowLogId>{self.id}</flowLogId>
<flowLogStatus>ACTIVE</flowLogStatus>
<resourceId>{self.vpc}</resourceId>
<trafficType>ALL</trafficType>
<logDestinationType>{self.destination_type}</logDestinationType>
<logDestination>{self.destination}</logDestination>
<logFormat>{self.format}</logFormat>
<maxAggregationInterval>{interval}</maxAggregationInterval>
{delivery}
{_set("tagSet", tag_items)}"""


def _vpc(vpc: str) -> str:
    return f"""\
<vpcId>{vpc}</vpcId>
<ownerId>{ACCOUNT}</ownerId>
<state>available</state>
<cidrBlock>10.0.0.0/16</cidrBlock>
<dhcpOptionsId>dopt-0aa11bb22cc33dd44</dhcpOptionsId>
<instanceTenancy>default</instanceTenancy>
<isDefault>false</isDefault>"""


_CALLER = f"""\
<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <GetCallerIdentityResult>
        <Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn>
        <UserId>AIDAACKCEVSQ6C2EXAMPLE</UserId>
        <Account>{ACCOUNT}</Account>
    </GetCallerIdentityResult>
    <ResponseMetadata>
        <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>
    </ResponseMetadata>
</GetCallerIdentityResponse>
"""


def _write_state(path: Path, flow_logs: Iterable[dict[str, object]], level: int | None) -> None:
    configuration = {
        "defaultTags": json.dumps({"tags": _DEFAULT_TAGS}),
        "region": REGION,
        "version": "7.51.0",
    }
    stack = {"urn": _STACK, "custom": False, "type": "pulumi:pulumi:Stack", "created": _CREATED}
    provider = {
        "urn": _PROVIDER,
        "custom": True,
        "id": _PROVIDER_ID,
        "type": "pulumi:providers:aws",
        "inputs": configuration,
        "outputs": configuration,
        "created": _CREATED,
    }
    margin = " " * (3 * (level or 0))
    with path.open("w", encoding="utf-8") as file:
        file.write('{"version": 3, "deployment": {"resources": [')
        for number, resource in enumerate(chain((stack, provider), flow_logs)):
            file.write(",\n" if number else "\n")
            file.write(indent(json.dumps(resource, indent=level), margin))
        file.write("\n]}}\n")


def _write_pages(
    folder: Path, action: str, set_name: str, count: int, item: Callable[[int], str]
) -> None:
    """Write ACTION.xml, ACTION.1.xml…: each names the next by the token in its file name."""
    for page, start in enumerate(range(0, count, PAGE_SIZE)):
        stop = min(start + PAGE_SIZE, count)
        members = _set(set_name, map(item, range(start, stop)))
        more = f"\n    <nextToken>{page + 1}</nextToken>" if stop < count else ""
        (folder / f"{action}.{page}.xml".replace(".0.", ".")).write_text(
            f"""\
<?xml version="1.0" encoding="UTF-8"?>
<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>01234567-89ab-cdef-0123-456789abcdef</requestId>
{indent(members, "    ")}{more}
</{action}Response>
""",
            encoding="utf-8",
        )


def _set(name: str, members: Iterable[str]) -> str:
    items = "\n".join(f"    <item>\n{indent(member, ' ' * 8)}\n    </item>" for member in members)
    return f"<{name}>\n{items}\n</{name}>"
