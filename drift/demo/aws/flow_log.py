"""What AWS keeps of a flow log, and how DescribeFlowLogs tells it.

The AWS that is played here shares no code with `drift.model`, on purpose: a reader that is checked
against its own words agrees with itself even where it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Entry: TypeAlias = dict[str, Any]
"""One item of a response, under the names of botocore's service model; absent keys are absent."""


class ResourceType(StrEnum):
    """What can be watched; Cloud WAN is not played, for its ids and fields are not documented."""

    VPC = "VPC"
    SUBNET = "Subnet"
    NETWORK_INTERFACE = "NetworkInterface"
    TRANSIT_GATEWAY = "TransitGateway"
    TRANSIT_GATEWAY_ATTACHMENT = "TransitGatewayAttachment"
    REGIONAL_NAT_GATEWAY = "RegionalNatGateway"


class TrafficType(StrEnum):
    """Which traffic is logged."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    ALL = "ALL"


class DestinationType(StrEnum):
    """Where the records go."""

    CLOUD_WATCH_LOGS = "cloud-watch-logs"
    S3 = "s3"
    FIREHOSE = "kinesis-data-firehose"


class FileFormat(StrEnum):
    """How the files in S3 are written."""

    PLAIN_TEXT = "plain-text"
    PARQUET = "parquet"


class TaggedResourceType(StrEnum):
    """Whose tags a tag field of a log format can show."""

    NETWORK_INTERFACE = "network-interface"
    INSTANCE = "instance"
    AUTO_SCALING_GROUP = "auto-scaling-group"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationOptions:
    """How the files in S3 are laid out; what is not said is AWS's default."""

    file_format: FileFormat = FileFormat.PLAIN_TEXT
    hive_compatible_partitions: bool = False
    per_hour_partition: bool = False

    def entry(self) -> Entry:
        """Return the `DestinationOptions` of a response, always whole."""
        return {
            "FileFormat": self.file_format.value,
            "HiveCompatiblePartitions": self.hive_compatible_partitions,
            "PerHourPartition": self.per_hour_partition,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFieldSpecification:
    """Which tags of which resources fill the tag fields of a log format."""

    resource_type: TaggedResourceType
    tag_keys: tuple[str, ...]

    def entry(self) -> Entry:
        """Return one item of the `TagFieldSpecifications` of a response."""
        return {"ResourceType": self.resource_type.value, "TagKeys": list(self.tag_keys)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What CreateFlowLogs is told of a flow log, which nobody can edit afterwards; tags apart.

    As asked for, None leaves a value to AWS; as accepted (see `rules`), None is absent.
    """

    resource_type: ResourceType
    traffic_type: TrafficType | None = None
    log_destination_type: DestinationType | None = None
    log_destination: str | None = None
    log_group_name: str | None = None
    log_format: str | None = None
    max_aggregation_interval: int | None = None
    deliver_logs_permission_arn: str | None = None
    deliver_cross_account_role: str | None = None
    destination_options: DestinationOptions | None = None
    tag_field_specifications: tuple[TagFieldSpecification, ...] = ()

    def entry(self) -> Entry:
        """Return the members of a response that repeat what was configured."""
        told: Entry = {
            "TrafficType": self.traffic_type,
            "LogDestinationType": self.log_destination_type,
            "LogDestination": self.log_destination,
            "LogGroupName": self.log_group_name,
            "LogFormat": self.log_format,
            "MaxAggregationInterval": self.max_aggregation_interval,
            "DeliverLogsPermissionArn": self.deliver_logs_permission_arn,
            "DeliverCrossAccountRole": self.deliver_cross_account_role,
        }
        if self.destination_options:
            told["DestinationOptions"] = self.destination_options.entry()
        if self.tag_field_specifications:
            told["TagFieldSpecifications"] = [
                specification.entry() for specification in self.tag_field_specifications
            ]
        return {
            # Text as it comes over the wire, not one of our enums.
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in told.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLog:
    """A flow log that exists."""

    id: str
    resource_id: str
    configuration: Configuration
    """As accepted."""
    destination_arn: str
    """Where the records go, however that was spelled: part of what makes two flow logs twins."""
    created_at: datetime
    delivery_error: str | None = None
    """Why nothing is delivered, if so."""

    @property
    def delivery_status(self) -> str:
        """`SUCCESS` or `FAILED`."""
        return "FAILED" if self.delivery_error else "SUCCESS"

    def entry(self, tags: Mapping[str, str]) -> Entry:
        """Return what DescribeFlowLogs says of it."""
        told: Entry = {
            "FlowLogId": self.id,
            "ResourceId": self.resource_id,
            "CreationTime": self.created_at,
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": self.delivery_status,
            **self.configuration.entry(),
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        if self.delivery_error:
            told["DeliverLogsErrorMessage"] = self.delivery_error
        return told
