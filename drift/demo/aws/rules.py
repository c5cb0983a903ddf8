"""What CreateFlowLogs accepts, refuses and fills in.

Where a message is AWS's own, it was seen in a public issue (see the tests); the others are worded
after those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from moto.ec2.exceptions import (
    InvalidAggregationIntervalParameterError,
    InvalidDependantParameterError,
    InvalidDependantParameterTypeError,
    InvalidParameter,
    InvalidParameterValue,
)

from drift.demo.aws.flow_log import (
    Configuration,
    DestinationOptions,
    DestinationType,
    FileFormat,
    ResourceType,
    TagFieldSpecification,
    TaggedResourceType,
    TrafficType,
)
from drift.log_format import TRANSIT_GATEWAY_DEFAULT_FORMAT, VPC_DEFAULT_FORMAT

Choice = TypeVar("Choice", bound=StrEnum)

TRANSIT: Final = frozenset({ResourceType.TRANSIT_GATEWAY, ResourceType.TRANSIT_GATEWAY_ATTACHMENT})
_RESOURCE_ID: Final = {
    ResourceType.VPC: re.compile(r"vpc-[0-9a-f]+"),
    ResourceType.SUBNET: re.compile(r"subnet-[0-9a-f]+"),
    ResourceType.NETWORK_INTERFACE: re.compile(r"eni-[0-9a-f]+"),
    ResourceType.TRANSIT_GATEWAY: re.compile(r"tgw-[0-9a-f]+"),
    ResourceType.TRANSIT_GATEWAY_ATTACHMENT: re.compile(r"tgw-attach-[0-9a-f]+"),
    ResourceType.REGIONAL_NAT_GATEWAY: re.compile(r"nat-[0-9a-f]+"),
}
_ARN: Final = {
    DestinationType.CLOUD_WATCH_LOGS: re.compile(r"arn:[^:]+:logs:[^:]+:\d{12}:log-group:.+"),
    # AWSLogs is the folder that AWS itself adds; nobody else may name one so.
    DestinationType.S3: re.compile(r"arn:[^:]+:s3:::[^/]+(/(?!AWSLogs(/|$)).*)?"),
    DestinationType.FIREHOSE: re.compile(r"arn:[^:]+:firehose:[^:]+:\d{12}:deliverystream/.+"),
}
_FIELD: Final = r"\$\{[a-z][a-z0-9-]*\}"
_LOG_FORMAT: Final = re.compile(rf"{_FIELD}( {_FIELD})*")
_TAG_FIELD: Final = re.compile(r"\$\{(instance|interface|asg)-tag(-2)?\}")
_MOST_TAG_KEYS: Final = 2


def resource_type_of(resource_id: str) -> ResourceType:
    """Return what an id names, by its form; an id that is none of ours is refused."""
    for resource_type, form in _RESOURCE_ID.items():
        if form.fullmatch(resource_id):
            return resource_type
    raise InvalidParameterValue(invalid_format(resource_id, "resourceId"))


def asked_for(parameters: Mapping[str, Any]) -> Configuration:
    """Read the parameters of CreateFlowLogs, as moto parses them."""
    options = parameters.get("DestinationOptions")
    traffic_type = parameters.get("TrafficType")
    destination_type = parameters.get("LogDestinationType")
    return Configuration(
        resource_type=_choice(ResourceType, parameters.get("ResourceType"), "resourceType"),
        traffic_type=(
            None if traffic_type is None else _choice(TrafficType, traffic_type, "trafficType")
        ),
        log_destination_type=(
            None
            if destination_type is None
            else _choice(DestinationType, destination_type, "logDestinationType")
        ),
        log_destination=parameters.get("LogDestination"),
        log_group_name=parameters.get("LogGroupName"),
        log_format=parameters.get("LogFormat"),
        max_aggregation_interval=parameters.get("MaxAggregationInterval"),
        deliver_logs_permission_arn=parameters.get("DeliverLogsPermissionArn"),
        deliver_cross_account_role=parameters.get("DeliverCrossAccountRole"),
        destination_options=None if options is None else _destination_options(options),
        tag_field_specifications=tuple(
            TagFieldSpecification(
                resource_type=_choice(
                    TaggedResourceType, specification.get("ResourceType"), "resourceType"
                ),
                tag_keys=tuple(specification.get("TagKeys", ())),
            )
            for specification in parameters.get("TagFieldSpecifications", ())
        ),
    )


def accepted(asked: Configuration) -> Configuration:
    """Return what AWS makes of it, its defaults filled in; what it would refuse is raised."""
    _check_traffic_type(asked)
    destination_type = asked.log_destination_type or DestinationType.CLOUD_WATCH_LOGS
    _check_destination(asked, destination_type)
    _check_log_format(asked)
    return replace(
        asked,
        log_destination_type=destination_type,
        log_group_name=_log_group_name(asked, destination_type),
        log_format=asked.log_format or _default_format(asked.resource_type),
        max_aggregation_interval=_interval(asked),
        # S3 is read back with all options, even if none was sent. CloudWatch Logs has none. What
        # Firehose does was never seen; it has no files, so none is assumed.
        destination_options=(
            asked.destination_options or DestinationOptions()
            if destination_type is DestinationType.S3
            else None
        ),
    )


def check_resource_id(resource_id: str, resource_type: ResourceType) -> None:
    """Refuse an id that names another kind of resource than was said."""
    if not _RESOURCE_ID[resource_type].fullmatch(resource_id):
        raise InvalidParameter(
            f"Invalid Resource id {resource_id} for resource-type {resource_type}"
        )


def invalid_format(value: str, parameter: str) -> str:
    """Return what AWS says of a parameter whose value does not have its form."""
    return f"1 validation error detected: Value '{value}' at '{parameter}' has an invalid format"


def _choice(choices: type[Choice], value: str | None, parameter: str) -> Choice:
    for choice in choices:
        if choice == value:
            return choice
    raise InvalidParameterValue(
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{', '.join(choices)}]"
    )


def _destination_options(options: Mapping[str, Any]) -> DestinationOptions:
    default = DestinationOptions()
    return DestinationOptions(
        file_format=_choice(
            FileFormat, options.get("FileFormat", default.file_format), "fileFormat"
        ),
        hive_compatible_partitions=options.get(
            "HiveCompatiblePartitions", default.hive_compatible_partitions
        ),
        per_hour_partition=options.get("PerHourPartition", default.per_hour_partition),
    )


def _check_traffic_type(asked: Configuration) -> None:
    if asked.resource_type in TRANSIT:
        if asked.traffic_type:
            raise InvalidParameter(
                "traffic-type is not supported when the resource-type is TransitGateway or "
                "TransitGatewayAttachment"
            )
    elif not asked.traffic_type:
        raise InvalidParameter(
            f"traffic-type is required when the resource-type is {asked.resource_type}"
        )


def _check_destination(asked: Configuration, destination_type: DestinationType) -> None:
    if asked.log_group_name is None and asked.log_destination is None:
        raise InvalidDependantParameterError("LogDestination", "LogGroupName", "not provided")
    if asked.log_group_name is not None and asked.log_destination is not None:
        raise InvalidParameter("Please only provide LogGroupName or only provide LogDestination.")
    if destination_type is DestinationType.CLOUD_WATCH_LOGS:
        if asked.deliver_logs_permission_arn is None:
            raise InvalidDependantParameterError(
                "DeliverLogsPermissionArn", "LogDestinationType", destination_type
            )
    elif asked.log_group_name is not None:
        raise InvalidDependantParameterTypeError(
            "LogDestination", DestinationType.CLOUD_WATCH_LOGS, "LogGroupName"
        )
    if destination_type is DestinationType.S3 and asked.deliver_logs_permission_arn is not None:
        raise InvalidParameter("DeliverLogsPermissionArn is not applicable for s3 delivery")
    if asked.log_destination is not None and not _ARN[destination_type].fullmatch(
        asked.log_destination
    ):
        raise InvalidParameter(
            f"LogDestination: {asked.log_destination} is not a valid {destination_type} destination"
        )


def _check_log_format(asked: Configuration) -> None:
    if asked.log_format is not None:
        if not _LOG_FORMAT.fullmatch(asked.log_format):
            raise InvalidParameterValue(invalid_format(asked.log_format, "logFormat"))
        if _TAG_FIELD.search(asked.log_format) and not asked.tag_field_specifications:
            raise InvalidParameter(
                "The TagFieldSpecifications parameter must be set when including tag fields in "
                "the log format"
            )
    for specification in asked.tag_field_specifications:
        if not 1 <= len(specification.tag_keys) <= _MOST_TAG_KEYS:
            raise InvalidParameter("TagFieldSpecifications: one or two TagKeys per ResourceType")


def _log_group_name(asked: Configuration, destination_type: DestinationType) -> str | None:
    """Return the name that AWS tells beside the ARN: whatever follows `log-group:`."""
    if destination_type is DestinationType.CLOUD_WATCH_LOGS and asked.log_destination:
        return asked.log_destination.split(":", 6)[6]
    return asked.log_group_name


def _default_format(resource_type: ResourceType) -> str:
    return TRANSIT_GATEWAY_DEFAULT_FORMAT if resource_type in TRANSIT else VPC_DEFAULT_FORMAT


def _interval(asked: Configuration) -> int:
    interval = asked.max_aggregation_interval
    if asked.resource_type in TRANSIT:
        if interval not in {None, 60}:
            raise InvalidParameter(
                "max-aggregation-interval other than 60 sec / 1 min is not supported when the "
                "resource-type is TransitGateway or TransitGatewayAttachment"
            )
        return 60
    if interval is None:
        return 600
    if interval not in {60, 600}:
        raise InvalidAggregationIntervalParameterError("Flow Log Max Aggregation Interval")
    return interval
