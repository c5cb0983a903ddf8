"""One entry of DescribeFlowLogs to the model, and back; pure.

An entry is what botocore or `aws ec2 describe-flow-logs` makes of AWS's answer: a dictionary with
AWS's names, in which an empty string means the same as an absent member.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from drift.model import (
    MALFORMED,
    NO_OPTIONS,
    NO_TAGS,
    DestinationOptions,
    Flag,
    FlowLog,
    LiveFlowLog,
    Number,
    TagFieldSpecification,
    Tags,
    Text,
    Unknown,
)


class MalformedEntryError(ValueError):
    """An entry that is no flow log at all."""


class EntryReader:
    """Reads the entries of one account and region.

    100,000 flow logs have to fit in memory, and most values occur many times: formats, roles,
    destinations, options, tags. Equal ones become the same object.
    """

    def __init__(self, account: str | None, region: str) -> None:
        """Take where the entries are from."""
        self._account: Final = account
        self._region: Final = region
        self._texts: Final[dict[str, str]] = {}
        self._options: Final[dict[DestinationOptions, DestinationOptions]] = {}

    def read(self, entry: object) -> LiveFlowLog:
        """Return the flow log; a member of the wrong shape is MALFORMED.

        Raises `MalformedEntryError` where there is no FlowLogId: nobody could say which flow log
        that is.
        """
        if not isinstance(entry, Mapping):
            raise MalformedEntryError("an entry of FlowLogs is not an object")
        flow_log_id = entry.get("FlowLogId")
        if not isinstance(flow_log_id, str) or not flow_log_id:
            raise MalformedEntryError("an entry of FlowLogs has no FlowLogId")
        get = entry.get
        text = self._text
        return LiveFlowLog(
            flow_log_id=flow_log_id,
            account=self._account,
            region=self._region,
            created_at=_timestamp(get("CreationTime")),
            deliver_logs_status=_known(text(get("DeliverLogsStatus"))),
            deliver_logs_error_message=_known(text(get("DeliverLogsErrorMessage"))),
            flow_log_status=_known(text(get("FlowLogStatus"))),
            flow_log=FlowLog(
                resource_id=_own_text(get("ResourceId")),
                traffic_type=text(get("TrafficType")),
                log_destination_type=text(get("LogDestinationType")),
                log_destination=text(get("LogDestination")),
                log_group_name=text(get("LogGroupName")),
                log_format=text(get("LogFormat")),
                max_aggregation_interval=_number(get("MaxAggregationInterval")),
                deliver_logs_permission_arn=text(get("DeliverLogsPermissionArn")),
                deliver_cross_account_role=text(get("DeliverCrossAccountRole")),
                destination_options=self._destination_options(get("DestinationOptions")),
                tag_field_specifications=_tag_fields(get("TagFieldSpecifications")),
                tags=self._tags(get("Tags")),
            ),
        )

    def _text(self, value: object) -> Text:
        """Return a text that many flow logs have."""
        if isinstance(value, str):
            return self._texts.setdefault(value, value) or None
        return None if value is None else MALFORMED

    def _destination_options(self, value: object) -> DestinationOptions:
        if value is None:
            return NO_OPTIONS
        if not isinstance(value, Mapping):
            return _MALFORMED_OPTIONS
        options = DestinationOptions(
            file_format=self._text(value.get("FileFormat")),
            hive_compatible_partitions=_flag(value.get("HiveCompatiblePartitions")),
            per_hour_partition=_flag(value.get("PerHourPartition")),
        )
        return self._options.setdefault(options, options)

    def _tags(self, value: object) -> Tags | Unknown:
        """Return a list of {Key, Value} as a mapping; an empty value is a value."""
        if value is None or value == []:
            return NO_TAGS
        if not isinstance(value, list):
            return MALFORMED
        share = self._texts.setdefault
        tags: dict[str, str | Unknown] = {}
        for tag in value:
            key = tag.get("Key") if isinstance(tag, Mapping) else None
            if not isinstance(key, str):
                return MALFORMED
            text = tag.get("Value", "")
            tags[share(key, key)] = share(text, text) if isinstance(text, str) else MALFORMED
        return tags


def _own_text(value: object) -> Text:
    """Return a text that hardly any other flow log has."""
    if isinstance(value, str):
        return value or None
    return None if value is None else MALFORMED


def _known(value: Text) -> str | None:
    return None if isinstance(value, Unknown) else value


def _timestamp(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) and value else None


def _number(value: object) -> Number:
    """Return seconds; hand-made files may write them as 600.0 or "600"."""
    match value:
        case None | "":
            return None
        case bool():
            return MALFORMED
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if value.isascii() and value.isdigit():
            return int(value)
        case _:
            return MALFORMED


def _flag(value: object) -> Flag:
    """Return a boolean; hand-made files may write it as "true"."""
    match value:
        case None | "":
            return None
        case bool():
            return value
        case str() if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case _:
            return MALFORMED


_MALFORMED_OPTIONS: Final = DestinationOptions(
    file_format=MALFORMED, hive_compatible_partitions=MALFORMED, per_hour_partition=MALFORMED
)


def _tag_fields(value: object) -> frozenset[TagFieldSpecification] | Unknown:
    if value is None or value == []:
        return _NO_TAG_FIELDS
    if not isinstance(value, list):
        return MALFORMED
    specifications = [_tag_field(specification) for specification in value]
    known = [found for found in specifications if found is not None]
    return frozenset(known) if len(known) == len(specifications) else MALFORMED


_NO_TAG_FIELDS: Final[frozenset[TagFieldSpecification]] = frozenset()


def _tag_field(value: object) -> TagFieldSpecification | None:
    match value:
        case {"ResourceType": str(resource_type), "TagKeys": [*keys]}:
            names = tuple(key for key in keys if isinstance(key, str))
            if len(names) == len(keys):
                return TagFieldSpecification(resource_type=resource_type, tag_keys=names)
        case _:
            pass
    return None


# -- and back -----------------------------------------------------------------------------------


def entry(live: LiveFlowLog) -> dict[str, object]:
    """Return a flow log as AWS would answer it: absent members left out, lists in fixed order.

    What could not be read stays so: it is written as an object, which no member of that name is.
    """
    log = live.flow_log
    options = log.destination_options
    members: dict[str, object] = {
        "FlowLogId": live.flow_log_id,
        "CreationTime": live.created_at,
        "DeliverLogsStatus": live.deliver_logs_status,
        "DeliverLogsErrorMessage": live.deliver_logs_error_message,
        "FlowLogStatus": live.flow_log_status,
        "ResourceId": log.resource_id,
        "TrafficType": log.traffic_type,
        "LogDestinationType": log.log_destination_type,
        "LogDestination": log.log_destination,
        "LogGroupName": log.log_group_name,
        "LogFormat": log.log_format,
        "MaxAggregationInterval": log.max_aggregation_interval,
        "DeliverLogsPermissionArn": log.deliver_logs_permission_arn,
        "DeliverCrossAccountRole": log.deliver_cross_account_role,
        "DestinationOptions": _present(
            {
                "FileFormat": options.file_format,
                "HiveCompatiblePartitions": options.hive_compatible_partitions,
                "PerHourPartition": options.per_hour_partition,
            }
        ),
        "TagFieldSpecifications": _tag_field_entries(log.tag_field_specifications),
        "Tags": _tag_entries(log.tags),
    }
    return {name: value for name, value in _present(members).items() if value not in ({}, [])}


def _present(members: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _unreadable(value) if isinstance(value, Unknown) else value
        for name, value in members.items()
        if value is not None
    }


def _unreadable(value: Unknown) -> dict[str, str]:
    return {"unreadable": value.why.value}


def _tag_entries(tags: Tags | Unknown) -> object:
    if isinstance(tags, Unknown):
        return tags
    return [_present({"Key": key, "Value": tags[key]}) for key in sorted(tags)]


def _tag_field_entries(value: frozenset[TagFieldSpecification] | Unknown) -> object:
    if isinstance(value, Unknown):
        return value
    return [
        {"ResourceType": specification.resource_type, "TagKeys": list(specification.tag_keys)}
        for specification in sorted(value)
    ]
