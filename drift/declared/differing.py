"""Where two readings of one flow log differ: outputs from inputs, a plan from what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from drift.declared.properties import Properties, read, shared_options
from drift.declared.values import Json
from drift.model import (
    NO_OPTIONS,
    NO_TAGS,
    DeclaredFlowLog,
    DestinationOptions,
    Flag,
    FlowLog,
    Number,
    Provider,
    Tags,
    Text,
    Unknown,
)
from drift.property_names import field_of, spoken_of_as

_NOTHING: Final = FlowLog()
_Scalar = TypeVar("_Scalar", Text, Number, Flag)


def recorded(
    provider: Provider, inputs: Mapping[str, Json], outputs: Mapping[str, Json], declared: FlowLog
) -> Properties | None:
    """Return what the outputs say otherwise than the inputs; None where they agree.

    `declared` is what the inputs were read as, the provider's default tags included.
    """
    # Compared as written first: after that, few flow logs have anything left to read.
    left = {
        name: said
        for name, said in outputs.items()
        if said
        and said != (asked := inputs.get(name))
        and field_of(provider, name)
        and not _same_but_for_defaults(said, asked)
    }
    if "tagsAll" in outputs:
        left.pop("tags", None)
    if not left:
        return None
    properties = read(provider, left)
    said = properties.flow_log
    news = FlowLog(
        resource_id=_news(said.resource_id, declared.resource_id),
        traffic_type=_news(said.traffic_type, declared.traffic_type),
        log_destination_type=_news(said.log_destination_type, declared.log_destination_type),
        log_destination=_news(said.log_destination, declared.log_destination),
        log_group_name=_news(said.log_group_name, declared.log_group_name),
        log_format=_news(said.log_format, declared.log_format),
        max_aggregation_interval=_news(
            said.max_aggregation_interval, declared.max_aggregation_interval
        ),
        deliver_logs_permission_arn=_news(
            said.deliver_logs_permission_arn, declared.deliver_logs_permission_arn
        ),
        deliver_cross_account_role=_news(
            said.deliver_cross_account_role, declared.deliver_cross_account_role
        ),
        destination_options=_news_of_options(
            said.destination_options, declared.destination_options
        ),
        tag_field_specifications=(
            _NOTHING.tag_field_specifications
            if said.tag_field_specifications == declared.tag_field_specifications
            else said.tag_field_specifications
        ),
        tags=NO_TAGS if said.tags == declared.tags else said.tags,
    )
    if news == _NOTHING:
        return None
    return Properties(flow_log=news, secret_fields=properties.secret_fields)


def _same_but_for_defaults(said: Json, asked: Json) -> bool:
    """Whether the inputs only add the bridge's note of which members it filled in."""
    return (
        isinstance(said, dict)
        and isinstance(asked, dict)
        and said == {key: value for key, value in asked.items() if key != "__defaults"}
    )


def _news(said: _Scalar, declared: _Scalar) -> _Scalar | None:
    return None if said == declared else said


def _news_of_options(said: DestinationOptions, declared: DestinationOptions) -> DestinationOptions:
    if said == declared:
        return NO_OPTIONS
    return shared_options(
        _news(said.file_format, declared.file_format),
        _news(said.hive_compatible_partitions, declared.hive_compatible_partitions),
        _news(said.per_hour_partition, declared.per_hour_partition),
    )


def pending_fields(before: DeclaredFlowLog, after: DeclaredFlowLog) -> frozenset[str]:
    """Return the fields that an update changes.

    A computed property that the program leaves out stays what it is: no input means no diff.
    """
    present = _with_computed(before.flow_log, before.recorded or _NOTHING)
    return differing_fields(present, _with_computed(after.flow_log, present))


def _with_computed(asked: FlowLog, present: FlowLog) -> FlowLog:
    """Fill in what the provider computes where the program does not ask for it."""
    return replace(
        asked,
        log_destination=asked.log_destination or present.log_destination,
        log_group_name=asked.log_group_name or present.log_group_name,
        log_format=asked.log_format or present.log_format,
    )


_SCALARS: Final = {
    "resource_id": "ResourceId",
    "traffic_type": "TrafficType",
    "log_destination_type": "LogDestinationType",
    "log_destination": "LogDestination",
    "log_group_name": "LogGroupName",
    "log_format": "LogFormat",
    "max_aggregation_interval": "MaxAggregationInterval",
    "deliver_logs_permission_arn": "DeliverLogsPermissionArn",
    "deliver_cross_account_role": "DeliverCrossAccountRole",
    "tag_field_specifications": "TagFieldSpecifications",
}
_OPTIONS: Final = {
    "file_format": "FileFormat",
    "hive_compatible_partitions": "HiveCompatiblePartitions",
    "per_hour_partition": "PerHourPartition",
}


def differing_fields(before: FlowLog, after: FlowLog) -> frozenset[str]:
    """Return AWS's names of the fields, options and tags that are known not to be the same."""
    return frozenset(
        {
            *(
                spoken_of_as(field)
                for attribute, field in _SCALARS.items()
                if _differ(getattr(before, attribute), getattr(after, attribute))
            ),
            *(
                f"DestinationOptions.{option}"
                for attribute, option in _OPTIONS.items()
                if _differ(
                    getattr(before.destination_options, attribute),
                    getattr(after.destination_options, attribute),
                )
            ),
            *_differing_tags(before.tags, after.tags),
        }
    )


def _differing_tags(before: Tags | Unknown, after: Tags | Unknown) -> set[str]:
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return set()
    keys = before.keys() | after.keys()
    return {f"Tags.{key}" for key in keys if _differ(before.get(key), after.get(key))}


def _differ(before: object, after: object) -> bool:
    """Whether two values are known to differ: an unknown one is neither equal nor different."""
    return not (isinstance(before, Unknown) or isinstance(after, Unknown)) and before != after
