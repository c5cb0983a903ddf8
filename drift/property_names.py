"""The names of a flow log's properties in Pulumi programs, beside those of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drift.model import DeclaredFlowLog, Provider, ResourceType, resource_type

_AWS_NATIVE: Final[Mapping[str, str]] = {
    "ResourceId": "resourceId",
    "TrafficType": "trafficType",
    "LogDestinationType": "logDestinationType",
    "LogDestination": "logDestination",
    "LogGroupName": "logGroupName",
    "LogFormat": "logFormat",
    "MaxAggregationInterval": "maxAggregationInterval",
    "DeliverLogsPermissionArn": "deliverLogsPermissionArn",
    "DeliverCrossAccountRole": "deliverCrossAccountRole",
    "DestinationOptions": "destinationOptions",
    "TagFieldSpecifications": "tagFieldSpecifications",
    "Tags": "tags",
}

PROPERTY_NAMES: Final[Mapping[Provider, Mapping[str, str]]] = MappingProxyType(
    {
        Provider.AWS_NATIVE: MappingProxyType(_AWS_NATIVE),
        # logGroupName was removed in version 7.
        Provider.AWS: MappingProxyType(
            {field: name for field, name in _AWS_NATIVE.items() if field != "ResourceId"}
            | {"DeliverLogsPermissionArn": "iamRoleArn"}
        ),
    }
)
"""AWS's field → the property of a program; the ResourceId of `aws` is in `RESOURCE_ID_NAMES`."""

RESOURCE_ID_NAMES: Final[Mapping[ResourceType, str]] = MappingProxyType(
    {
        ResourceType.VPC: "vpcId",
        ResourceType.SUBNET: "subnetId",
        ResourceType.NETWORK_INTERFACE: "eniId",
        ResourceType.TRANSIT_GATEWAY: "transitGatewayId",
        ResourceType.TRANSIT_GATEWAY_ATTACHMENT: "transitGatewayAttachmentId",
        ResourceType.REGIONAL_NAT_GATEWAY: "regionalNatGatewayId",
    }
)
"""`aws` has a property for each kind of resource; a flow log sets exactly one of them."""

OPTION_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "FileFormat": "fileFormat",
        "HiveCompatiblePartitions": "hiveCompatiblePartitions",
        "PerHourPartition": "perHourPartition",
    }
)
"""AWS's member of DestinationOptions → the property inside `destinationOptions`."""

ALL_TAGS: Final = "tagsAll"
"""An output of `aws`, since version 7 also an input in states: defaultTags and tags in one."""

FIELDS_BY_PROPERTY: Final[Mapping[Provider, Mapping[str, str]]] = {
    Provider.AWS_NATIVE: {name: field for field, name in _AWS_NATIVE.items()},
    Provider.AWS: {
        **{name: field for field, name in PROPERTY_NAMES[Provider.AWS].items()},
        **dict.fromkeys(RESOURCE_ID_NAMES.values(), "ResourceId"),
        ALL_TAGS: "Tags",
    },
}
"""Property of a program or a state → AWS's field, for all that configures a flow log."""


def field_of(provider: Provider, name: str) -> str | None:
    """Return AWS's field for a property of a program; None for one that does not configure."""
    return FIELDS_BY_PROPERTY[provider].get(name)


def spoken_of_as(field: str) -> str:
    """Return the field that findings name: a log group is a destination like any other."""
    return "LogDestination" if field == "LogGroupName" else field


def property_name(declared: DeclaredFlowLog, field: str) -> str:
    """Return the property of the user's program that a field (`Tags.Owner`, …) comes from."""
    field, _, member = field.partition(".")
    if field == "ResourceId" and declared.provider is Provider.AWS:
        kind = resource_type(declared.flow_log.resource_id)
        return RESOURCE_ID_NAMES.get(kind, RESOURCE_ID_NAMES[ResourceType.VPC])
    asked = declared.flow_log
    if field == "LogDestination" and asked.log_destination is None and asked.log_group_name:
        field = "LogGroupName"
    name = PROPERTY_NAMES[declared.provider][field]
    return f"{name}.{OPTION_NAMES[member]}" if field == "DestinationOptions" and member else name
