"""The hands of somebody in AWS's console: what happens behind Pulumi's back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypedDict, Unpack

from moto.ec2.exceptions import EC2ClientError
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from drift.demo.aws.flow_log import (
    Configuration,
    DestinationOptions,
    DestinationType,
    Entry,
    TagFieldSpecification,
    TrafficType,
)
from drift.demo.aws.rules import TRANSIT, resource_type_of
from drift.demo.aws.services import ec2

_CIDR_BLOCK: Final = "10.0.0.0/16"
_NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})
_DESTINATION_SERVICES: Final = {
    "logs": DestinationType.CLOUD_WATCH_LOGS,
    "s3": DestinationType.S3,
    "firehose": DestinationType.FIREHOSE,
}


class Choices(TypedDict, total=False):
    """What can be chosen for a flow log: the fields of a `Configuration`, tags apart."""

    traffic_type: TrafficType | None
    log_destination_type: DestinationType
    log_destination: str
    log_group_name: str
    log_format: str | None
    max_aggregation_interval: int
    deliver_logs_permission_arn: str | None
    deliver_cross_account_role: str | None
    destination_options: DestinationOptions
    tag_field_specifications: tuple[TagFieldSpecification, ...]


class Console:
    """Somebody signed in to an account, looking at a region.

    Works on the same flow logs as the API, but its clicks are no calls: they are not counted and
    no fault meets them. What AWS would refuse raises moto's EC2ClientError.
    """

    def __init__(self, *, account: str, region: str) -> None:
        """Sign in."""
        self.account = account
        self.region = region
        self._ec2 = ec2(account, region)
        self._flow_logs = self._ec2.store

    # -- what is watched, and where it is logged to ------------------------------------------------

    def create_vpc(self) -> str:
        """Return the id of a new VPC."""
        return str(self._ec2.create_vpc(_CIDR_BLOCK).id)

    def create_subnet(self, vpc_id: str) -> str:
        """Return the id of a new subnet of that VPC."""
        siblings = self._ec2.describe_subnets(filters={"vpc-id": [vpc_id]})
        return str(self._ec2.create_subnet(vpc_id, f"10.0.{len(siblings)}.0/24").id)

    def create_network_interface(self, subnet_id: str) -> str:
        """Return the id of a new network interface in that subnet."""
        subnet = self._ec2.get_subnet(subnet_id)
        return str(self._ec2.create_network_interface(subnet, "").id)

    def create_transit_gateway(self) -> str:
        """Return the id of a new transit gateway."""
        return str(self._ec2.create_transit_gateway(description=None).id)

    def create_transit_gateway_attachment(self, transit_gateway_id: str, subnet_id: str) -> str:
        """Return the id of what attaches the VPC of that subnet to a transit gateway."""
        attachment = self._ec2.create_transit_gateway_vpc_attachment(
            transit_gateway_id, self._ec2.get_subnet(subnet_id).vpc_id, [subnet_id]
        )
        return str(attachment.id)

    def create_nat_gateway(self, subnet_id: str) -> str:
        """Return the id of a new NAT gateway; moto does not tell a regional one apart."""
        gateway = self._ec2.create_nat_gateway(
            subnet_id, allocation_id="", connectivity_type="private"
        )
        return str(gateway.id)

    def create_log_group(self, name: str) -> str:
        """Return the ARN of a new log group, without the `:*` that CloudWatch Logs appends."""
        logs_backends[self.account][self.region].create_log_group(name, {})
        return f"arn:{self._ec2.partition}:logs:{self.region}:{self.account}:log-group:{name}"

    def create_bucket(self, name: str) -> str:
        """Return the ARN of a new bucket."""
        s3_backends[self.account][self._ec2.partition].create_bucket(name, self.region)
        return f"arn:{self._ec2.partition}:s3:::{name}"

    def role(self, name: str) -> str:
        """Return the ARN of a role, which AWS does not look for when a flow log names it."""
        return f"arn:{self._ec2.partition}:iam::{self.account}:role/{name}"

    # -- flow logs ---------------------------------------------------------------------------------

    def create_flow_log(
        self,
        resource_id: str,
        *,
        tags: Mapping[str, str] = _NO_TAGS,
        **choices: Unpack[Choices],
    ) -> str:
        """Return the id of a new flow log.

        As the console's form does, this fills in more than the API: all traffic, the kind of
        destination that an ARN is of, and a role where CloudWatch Logs needs one.
        """
        asked = Configuration(resource_type=resource_type_of(resource_id), **choices)
        return self._create(resource_id, asked, tags)

    def recreate(
        self,
        flow_log_id: str,
        *,
        tags: Mapping[str, str] | None = None,
        **changes: Unpack[Choices],
    ) -> str:
        """Delete a flow log and return the id of another, the same but for the changes.

        This is how anything but tags is changed in AWS. Tags, if given, replace all there were.
        """
        before = self._flow_logs.find(flow_log_id)
        kept_tags = self._ec2.tags.get(flow_log_id, {})
        self.delete(flow_log_id)
        return self._create(
            before.resource_id,
            _changed(before.configuration, changes),
            kept_tags if tags is None else tags,
        )

    def retag(self, flow_log_id: str, tags: Mapping[str, str]) -> None:
        """Give a flow log those tags and no others."""
        self._flow_logs.find(flow_log_id)
        self._ec2.tags[flow_log_id] = dict(tags)

    def delete(self, flow_log_id: str) -> None:
        """Delete a flow log."""
        for failure in self._flow_logs.delete([flow_log_id]):
            raise EC2ClientError(failure.code, failure.message)

    def break_delivery(self, flow_log_id: str, message: str = "Access error") -> None:
        """Let a flow log fail to deliver, with a message such as AWS documents three of."""
        self._flow_logs.break_delivery(flow_log_id, message)

    def flow_logs(self) -> list[Entry]:
        """Return what DescribeFlowLogs would say, oldest first."""
        return [self._flow_logs.entry(flow_log) for flow_log in self._flow_logs]

    def save(self) -> Callable[[], None]:
        """Return what undoes all that happens to flow logs from now on, whoever does it."""
        return self._flow_logs.saved()

    def _create(self, resource_id: str, asked: Configuration, tags: Mapping[str, str]) -> str:
        created = self._flow_logs.create([resource_id], self._filled_in(asked), tags)
        for failure in created.unsuccessful:
            raise EC2ClientError(failure.code, failure.message)
        (flow_log,) = created.flow_logs
        return flow_log.id

    def _filled_in(self, asked: Configuration) -> Configuration:
        destination_type = asked.log_destination_type or _type_of(asked.log_destination)
        role = asked.deliver_logs_permission_arn
        if role is None and destination_type is DestinationType.CLOUD_WATCH_LOGS:
            role = self.role("flow-logs")
        traffic_type = asked.traffic_type
        if traffic_type is None and asked.resource_type not in TRANSIT:
            traffic_type = TrafficType.ALL
        return replace(
            asked,
            log_destination_type=destination_type,
            deliver_logs_permission_arn=role,
            traffic_type=traffic_type,
        )


def _changed(before: Configuration, changes: Choices) -> Configuration:
    """Return what to ask for so that what is there comes again, but for the changes."""
    if not changes.keys() & {"log_destination", "log_group_name"}:
        # Of the two that AWS tells, only one may be asked for.
        told_by_arn = before.log_destination is not None
        return replace(replace(before, log_group_name=None) if told_by_arn else before, **changes)
    destination_type = changes.get("log_destination_type") or _type_of(
        changes.get("log_destination")
    )
    moved = replace(
        before,
        log_destination_type=destination_type,
        log_destination=None,
        log_group_name=None,
    )
    if destination_type is not before.log_destination_type:
        moved = replace(moved, deliver_logs_permission_arn=None, destination_options=None)
    return replace(moved, **changes)


def _type_of(destination: str | None) -> DestinationType:
    """Return the kind of an ARN, by its service."""
    service = destination.split(":")[2] if destination else "logs"
    return _DESTINATION_SERVICES[service]
