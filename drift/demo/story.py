"""The story that `drift demo` plays: an estate, a night in AWS's console, and what a check says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TextIO
from unittest.mock import patch

import msgspec

from drift import plan
from drift.changes import changes, past_of
from drift.check import check
from drift.declared import sources
from drift.demo.aws import (
    DENIED,
    Aws,
    Console,
    DestinationOptions,
    Entry,
    FileFormat,
    extended_aws,
)
from drift.findings import Report
from drift.live import ec2
from drift.live.terms import Access
from drift.log_format import VPC_DEFAULT_FORMAT
from drift.model import Declarations, Provider, resource_type
from drift.outputs import Format, Terminal, render
from drift.property_names import PROPERTY_NAMES, RESOURCE_ID_NAMES

ACCOUNT: Final = "123456789012"
_SEED: Final = 2015
"""Of the ids, so that everybody sees the same story; flow logs came in 2015."""
_EVENING: Final = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
_NIGHT: Final = datetime(2026, 3, 3, 2, 17, tzinfo=UTC)
_MORNING: Final = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)

_FORENSIC_FORMAT: Final = (
    f"{VPC_DEFAULT_FORMAT} ${{vpc-id}} ${{subnet-id}} ${{instance-id}} ${{tcp-flags}} "
    "${pkt-srcaddr} ${pkt-dstaddr} ${flow-direction}"
)
_DATA_LAKE: Final = DestinationOptions(
    file_format=FileFormat.PARQUET, hive_compatible_partitions=True, per_hour_partition=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The flow logs that the Pulumi program declares, by the names that it gives them."""

    state: bytes
    """What `pulumi stack export` says."""
    payments: str
    office: str
    edge: str
    shared: str
    transit: str
    sydney: str


def play(out: TextIO, terminal: Terminal) -> Report:
    """Tell the story; what drift says in it is what `drift check` would print.

    Returns the report of the morning, with what changed since the evening.
    """
    evening, morning = _evening_and_morning()
    out.write(
        "A Pulumi stack, net/prod, declares six flow logs in three regions. The AWS is\n"
        "inside this process; all else is what a real run does.\n\n"
        "In the evening:\n\n"
        "$ drift check state.json\n"
    )
    out.write(render(evening, Format.TEXT, terminal))
    out.write(
        "\nAt night somebody is busy in the AWS console. AWS lets nobody edit a flow log,\n"
        "so each change but that of a tag is a deletion and a new flow log:\n\n"
        "  - payments: back to the default format, and to plain text, to try a query\n"
        "  - office:   deleted as unused\n"
        "  - shared:   its Owner tag set to somebody else\n"
        "  - edge:     its bucket policy tightened, so that delivery fails\n"
        "  - lab:      a new flow log that no program declares\n"
        "  - Sydney:   the permission to look is taken away\n\n"
        "In the morning:\n\n"
        "$ drift check state.json\n"
    )
    out.write(render(morning, Format.TEXT, terminal))
    out.write(
        f"\nThat run would have ended with exit code 1: {morning.verdict}.\n\n"
        "Other tools match by id: they would say at most that payments was deleted, and\n"
        "take the denied region for an empty one. Now with your own stack:\n\n"
        "  pulumi stack export > state.json\n"
        "  drift check state.json\n"
    )
    return replace(morning, changes=changes(morning, past_of(evening)))


def report_of_the_morning() -> Report:
    """Return what the second check finds."""
    _, morning = _evening_and_morning()
    return morning


def _evening_and_morning() -> tuple[Report, Report]:
    """Return what is found before and after the night."""
    with _signed_in() as aws:
        estate = _evening(aws)
        before = _check(estate, _EVENING)
        _night(aws, estate)
        return before, _check(estate, _MORNING)


@contextmanager
def _signed_in() -> Iterator[Aws]:
    """Provide the AWS of the story, whatever the user's own environment and profiles say."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, mine, clear=True), extended_aws(seed=_SEED) as aws:
        keys = aws.credentials()
        os.environ.update(
            AWS_ACCESS_KEY_ID=keys.access_key_id,
            AWS_SECRET_ACCESS_KEY=keys.secret_access_key,
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        )
        yield aws


def _evening(aws: Aws) -> Estate:
    """Deploy what the program declares."""
    aws.now = _EVENING
    virginia, ireland, sydney = (
        aws.console(account=ACCOUNT, region=region)
        for region in ("us-east-1", "eu-west-1", "ap-southeast-2")
    )
    lake = virginia.create_bucket("acme-flow-logs")
    group = ireland.create_log_group("/acme/flow-logs")
    state = _State()
    transit = virginia.create_transit_gateway()
    return Estate(
        payments=state.declare(
            "payments",
            virginia,
            virginia.create_flow_log(
                virginia.create_vpc(),
                log_destination=f"{lake}/payments/",
                log_format=_FORENSIC_FORMAT,
                max_aggregation_interval=60,
                destination_options=_DATA_LAKE,
                tags={"Owner": "payments"},
            ),
        ),
        office=state.declare(
            "office",
            ireland,
            ireland.create_flow_log(
                ireland.create_vpc(), log_destination=group, tags={"Owner": "it"}
            ),
        ),
        edge=state.declare(
            "edge",
            virginia,
            virginia.create_flow_log(
                virginia.create_vpc(), log_destination=f"{lake}/edge/", tags={"Owner": "edge"}
            ),
        ),
        shared=state.declare(
            "shared",
            ireland,
            ireland.create_flow_log(
                ireland.create_vpc(), log_group_name="/acme/flow-logs", tags={"Owner": "net"}
            ),
        ),
        transit=state.declare(
            "transit",
            virginia,
            virginia.create_flow_log(
                transit, log_destination=f"{lake}/transit/", max_aggregation_interval=60
            ),
        ),
        sydney=state.declare(
            "sydney",
            sydney,
            sydney.create_flow_log(sydney.create_vpc(), log_destination=f"{lake}/sydney/"),
        ),
        state=state.exported(),
    )


def _night(aws: Aws, estate: Estate) -> None:
    """Do in the console what nobody should."""
    aws.now = _NIGHT
    virginia, ireland = (
        aws.console(account=ACCOUNT, region=region) for region in ("us-east-1", "eu-west-1")
    )
    virginia.recreate(
        estate.payments,
        log_format=VPC_DEFAULT_FORMAT,
        destination_options=DestinationOptions(),
    )
    ireland.delete(estate.office)
    ireland.retag(estate.shared, {"Owner": "somebody"})
    virginia.break_delivery(estate.edge)
    virginia.create_flow_log(
        virginia.create_vpc(), log_destination=virginia.create_bucket("acme-lab")
    )
    aws.fail(DENIED, region="ap-southeast-2")


def _check(estate: Estate, at: datetime) -> Report:
    declared: Declarations = sources.parse(estate.state, "state.json")
    targets = plan.targets(declared, plan.Where(), lambda: None)
    report = check(declared, ec2.read(targets, Access()))
    return replace(report, generated_at=at)


class _State:
    """Writes down what is deployed, as the engine does."""

    def __init__(self) -> None:
        self._resources: list[Entry] = []

    def declare(self, name: str, console: Console, flow_log_id: str) -> str:
        """Record a flow log under the name that the program gives it; return its id."""
        [entry] = [one for one in console.flow_logs() if one["FlowLogId"] == flow_log_id]
        arn = f"arn:aws:ec2:{console.region}:{ACCOUNT}:vpc-flow-log/{flow_log_id}"
        self._resources.append(
            {
                "urn": f"urn:pulumi:prod::net::{Provider.AWS}::{name}",
                "type": Provider.AWS.value,
                "custom": True,
                "id": flow_log_id,
                "inputs": _inputs(entry),
                "outputs": {"id": flow_log_id, "arn": arn, "region": console.region},
                "sourcePosition": f"project:///network.py#{12 * len(self._resources) + 9}",
            }
        )
        return flow_log_id

    def exported(self) -> bytes:
        """Return it as `pulumi stack export` would."""
        return msgspec.json.encode({"version": 3, "deployment": {"resources": self._resources}})


def _inputs(entry: Entry) -> Entry:
    """Return the properties by which a program asks for what AWS describes."""
    names = PROPERTY_NAMES[Provider.AWS]
    inputs: Entry = {
        names[field]: value
        for field, value in entry.items()
        # Where a destination has an ARN, its log group's name is only another spelling of it.
        if field in names and field != "LogGroupName"
    }
    if "LogDestination" not in entry:
        inputs[names["LogGroupName"]] = entry["LogGroupName"]
    inputs[RESOURCE_ID_NAMES[resource_type(entry["ResourceId"])]] = entry["ResourceId"]
    inputs["tags"] = {tag["Key"]: tag["Value"] for tag in entry["Tags"]}
    if "DestinationOptions" in entry:
        inputs["destinationOptions"] = {
            field[0].lower() + field[1:]: value
            for field, value in entry["DestinationOptions"].items()
        }
    return inputs
