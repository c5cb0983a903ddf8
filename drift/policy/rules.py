"""The rules for one flow log as a program asks for it: what AWS refuses, and what a team requires.

Each is given what is asked for and the policy's settings, and returns sentences, none if all is
well. A field that is not known yet breaks no rule.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from drift import arn, log_format
from drift.declared import properties
from drift.findings import REDACTED
from drift.log_format import FIELDS_BY_VERSION, KNOWN_FIELDS, TAG_FIELDS
from drift.model import FlowLog, LogDestinationType, Provider, ResourceType, Unknown, resource_type
from drift.policy.encoding import Json
from drift.policy.options import Settings, matches_any
from drift.property_names import RESOURCE_ID_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A flow log as a program asks for it."""

    provider: Provider
    flow_log: FlowLog
    kind: ResourceType
    """What is watched; known by the property even where the id is not."""
    secret_fields: frozenset[str] = frozenset()

    def shown(self, field: str, value: object) -> str:
        """Return a value for a person, unless it is secret."""
        return REDACTED if field in self.secret_fields else f"{value}"


def read(resource_type_token: str, inputs: Mapping[str, Json]) -> Asked:
    """Read the inputs of a flow log."""
    provider = Provider(resource_type_token)
    read_ = properties.read(provider, inputs)
    return Asked(
        provider=provider,
        flow_log=read_.flow_log,
        kind=_kind(provider, inputs, read_.flow_log),
        secret_fields=read_.secret_fields,
    )


def _kind(provider: Provider, inputs: Mapping[str, Json], flow_log: FlowLog) -> ResourceType:
    by_id = resource_type(flow_log.resource_id)
    if by_id is not ResourceType.UNKNOWN:
        return by_id
    match provider:
        case Provider.AWS:
            named = (kind for kind, name in RESOURCE_ID_NAMES.items() if inputs.get(name))
            return next(named, ResourceType.UNKNOWN)
        case Provider.AWS_NATIVE:
            said = inputs.get("resourceType")
            known = (kind for kind in ResourceType if kind == said)
            return next(known, ResourceType.UNKNOWN)


# -- flow-log-format ------------------------------------------------------------------------------

FORMAT_READS: Final = ("LogFormat", "TagFieldSpecifications")

_COLUMN: Final = re.compile(r"\$\{[a-z][a-z0-9-]*\}")
_MOST_KEYS: Final = 2


def format_problems(asked: Asked, _settings: Settings) -> Iterator[str]:
    """Say why AWS would refuse the LogFormat, or why it is not what it seems."""
    text = asked.flow_log.log_format
    if not isinstance(text, str):
        return
    specifications = asked.flow_log.tag_field_specifications
    columns = log_format.columns(text)
    doubled = [column for column in columns if "$$" in column]
    if doubled:
        yield (
            f"`$$` is an escape of Pulumi YAML and HCL; anywhere else it stays: write "
            f"{_each(asked, [column.replace('$$', '$') for column in doubled])}."
        )
    malformed = [
        column for column in columns if not _COLUMN.fullmatch(column) and column not in doubled
    ]
    for column in malformed:
        yield _malformed(asked, column)
    if text != " ".join(columns):
        yield "Extra white space: AWS takes one space between two fields and none elsewhere."
    tag_fields = [name for name in log_format.field_names(text) if name in TAG_FIELDS]
    if tag_fields and specifications == frozenset():
        fields = [f"${{{name}}}" for name in tag_fields]
        yield (
            f"{_each(asked, fields)} needs tagFieldSpecifications: AWS has to be told which "
            "tag to record."
        )
    if isinstance(specifications, frozenset):
        for one in sorted(specifications):
            if not 1 <= len(one.tag_keys) <= _MOST_KEYS:
                yield (
                    f"tagFieldSpecifications of {one.resource_type}: AWS takes one or two tagKeys."
                )


def _malformed(asked: Asked, column: str) -> str:
    shown = asked.shown("LogFormat", column)
    if len(_COLUMN.findall(column)) > 1:
        return f"{shown} lacks a space between its fields."
    name = re.sub(r"[^a-z0-9-]", "", column.lower().replace("_", "-"))
    if name in KNOWN_FIELDS and shown == column:
        return f"{shown} is not a field; ${{{name}}} is."
    return f"{shown} is not a field: fields are written ${{name}}, in lower case, with dashes."


def _each(asked: Asked, words: list[str]) -> str:
    shown = dict.fromkeys(asked.shown("LogFormat", word) for word in words)
    return ", ".join(shown)


# -- flow-log-format-fields -----------------------------------------------------------------------

FORMAT_FIELDS_READS: Final = ("LogFormat",)


def format_fields_problems(asked: Asked, settings: Settings) -> Iterator[str]:
    """Say which fields AWS may not know, which are there twice, and which are required."""
    text = asked.flow_log.log_format
    if isinstance(text, Unknown):
        return
    if text is None:
        default = log_format.default_format(asked.kind)
        if default is None:
            return
        text = default.text
    names = log_format.field_names(text)
    known = KNOWN_FIELDS | set(settings.lists.get("knownFields", ()))
    shown = asked.shown("LogFormat", "")
    for name in dict.fromkeys(names):
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; ${{{near[0]}}} is" if near and not shown else ""
            field = shown or f"${{{name}}}"
            yield f"{field} is no field that AWS is known to have{hint}."
    for name, count in Counter(names).items():
        if count > 1:
            field = shown or f"${{{name}}}"
            yield f"{field} is there {count} times: each is a column of its own."
    missing = [
        f"${{{name}}}"
        for name in settings.lists.get("requiredFields", ())
        if name not in names and _can_record(asked.kind, name)
    ]
    if missing:
        default_note = " (AWS's default format is used)" if not asked.flow_log.log_format else ""
        yield f"Required and not recorded{default_note}: {' '.join(missing)}."


def _can_record(kind: ResourceType, name: str) -> bool:
    """Whether that kind of resource has the field, as far as is known: two kinds share few."""
    if kind is ResourceType.UNKNOWN or name not in KNOWN_FIELDS:
        return True
    if kind in _TRANSIT:
        return name in _OF_TRANSIT_GATEWAYS
    return name not in FIELDS_BY_VERSION[_VERSION_OF_TRANSIT_GATEWAYS]


_TRANSIT: Final = frozenset({ResourceType.TRANSIT_GATEWAY, ResourceType.TRANSIT_GATEWAY_ATTACHMENT})
_OF_TRANSIT_GATEWAYS: Final = frozenset(
    log_format.field_names(log_format.TRANSIT_GATEWAY_DEFAULT_FORMAT)
)
_VERSION_OF_TRANSIT_GATEWAYS: Final = 6


# -- flow-log-destination -------------------------------------------------------------------------

DESTINATION_READS: Final = (
    "ResourceId",
    "TrafficType",
    "LogDestinationType",
    "LogDestination",
    "LogGroupName",
    "MaxAggregationInterval",
    "DeliverLogsPermissionArn",
    "DeliverCrossAccountRole",
)

_SERVICES: Final = {
    LogDestinationType.CLOUD_WATCH_LOGS: ("logs", "log-group:", "a log group"),
    LogDestinationType.S3: ("s3", "", "a bucket"),
    LogDestinationType.KINESIS_DATA_FIREHOSE: ("firehose", "deliverystream/", "a delivery stream"),
}
_TRANSIT_INTERVAL: Final = 60
_INTERVALS: Final = frozenset({60, 600})


def destination_problems(asked: Asked, settings: Settings) -> Iterator[str]:
    """Say why AWS would refuse the destination, or deliver nothing to it."""
    kind = _destination_type(asked)
    if isinstance(kind, LogDestinationType):
        yield from _destination_and_type(asked, kind)
        yield from _roles(asked, kind)
    elif kind is not None and kind.lower() in frozenset(LogDestinationType):
        yield f"logDestinationType {kind!r} is written {kind.lower()!r}."
    yield from _wildcard(asked)
    yield from _not_allowed(asked, settings)
    yield from _interval_and_traffic(asked)


def _destination_type(asked: Asked) -> LogDestinationType | str | None:
    """Return the type, CloudWatch Logs by default; None where it is not known yet."""
    said = asked.flow_log.log_destination_type
    match said:
        case Unknown():
            return None
        case None:
            return LogDestinationType.CLOUD_WATCH_LOGS
        case text:
            return next((kind for kind in LogDestinationType if kind == text), text)


def _destination_and_type(asked: Asked, kind: LogDestinationType) -> Iterator[str]:
    flow_log = asked.flow_log
    destination, group = flow_log.log_destination, flow_log.log_group_name
    service, resource, noun = _SERVICES[kind]
    if group is not None and kind is not LogDestinationType.CLOUD_WATCH_LOGS:
        yield f"logGroupName is for cloud-watch-logs; logDestinationType is {kind}."
    if group is not None and destination is not None:
        yield "logGroupName and logDestination are both set; AWS takes one of them."
    if destination is None and group is None:
        yield f"There is no logDestination: {kind} needs the ARN of {noun}."
    if not isinstance(destination, str):
        return
    shown = asked.shown("LogDestination", destination)
    parsed = arn.parse(destination)
    if parsed is None:
        yield f"logDestination {shown} is not an ARN."
    elif parsed.service != service:
        default = "" if flow_log.log_destination_type else " (the default)"
        yield (
            f"logDestinationType is {kind}{default}, but logDestination {shown} is not the ARN of "
            f"{noun}."
        )
    elif not parsed.resource.startswith(resource) or parsed.resource == resource:
        yield f"logDestination {shown} is not the ARN of {noun}."


def _roles(asked: Asked, kind: LogDestinationType) -> Iterator[str]:
    role = asked.flow_log.deliver_logs_permission_arn
    cross_account = asked.flow_log.deliver_cross_account_role
    name = "iamRoleArn" if asked.provider is Provider.AWS else "deliverLogsPermissionArn"
    match kind:
        case LogDestinationType.S3:
            if role is not None:
                yield f"{name} is set: AWS takes no role for S3, where the bucket policy decides."
        case LogDestinationType.CLOUD_WATCH_LOGS:
            if role is None:
                yield f"{name} is missing: CloudWatch Logs needs a role that may write to it."
        case LogDestinationType.KINESIS_DATA_FIREHOSE:
            if cross_account is not None and role is None:
                yield (
                    f"deliverCrossAccountRole is set without {name}, the role of this account "
                    "that assumes it."
                )
    if cross_account is not None and kind is not LogDestinationType.KINESIS_DATA_FIREHOSE:
        yield f"deliverCrossAccountRole is for Firehose; logDestinationType is {kind}."


def _wildcard(asked: Asked) -> Iterator[str]:
    """Only the classic provider trims `:*`, and only that of a logDestination."""
    flow_log = asked.flow_log
    trimmed = asked.provider is Provider.AWS
    for name, value, field in (
        ("logDestination", None if trimmed else flow_log.log_destination, "LogDestination"),
        ("logGroupName", flow_log.log_group_name, "LogDestination"),
    ):
        if isinstance(value, str) and arn.has_wildcard(value):
            yield (
                f"{name} {asked.shown(field, value)} ends in `:*`: AWS accepts that and then "
                "delivers nothing. Remove the `:*`."
            )


def _not_allowed(asked: Asked, settings: Settings) -> Iterator[str]:
    allowed = settings.lists.get("allowedDestinations")
    destination = asked.flow_log.log_destination or asked.flow_log.log_group_name
    if allowed is None or not isinstance(destination, str):
        return
    if not matches_any(allowed, [arn.without_wildcard(destination)]):
        shown = asked.shown("LogDestination", destination)
        yield f"Destination {shown} is none of those allowed: {', '.join(allowed)}."


def _interval_and_traffic(asked: Asked) -> Iterator[str]:
    interval = asked.flow_log.max_aggregation_interval
    if asked.kind in _TRANSIT:
        # The classic provider sends its own default, 600, where the program says nothing.
        sent = 600 if interval is None and asked.provider is Provider.AWS else interval
        if isinstance(sent, int) and sent != _TRANSIT_INTERVAL:
            yield (
                f"maxAggregationInterval is {sent}{'' if interval else ', the default'}: a transit "
                "gateway's flow log needs 60."
            )
        if asked.flow_log.traffic_type is not None:
            yield "trafficType is set: a transit gateway's flow log has none."
    elif isinstance(interval, int) and interval not in _INTERVALS:
        yield f"maxAggregationInterval is {interval}: AWS takes 60 or 600."


# -- flow-log-destination-options -----------------------------------------------------------------

DESTINATION_OPTIONS_READS: Final = (
    "LogDestinationType",
    "DestinationOptions.FileFormat",
    "DestinationOptions.HiveCompatiblePartitions",
    "DestinationOptions.PerHourPartition",
)


def destination_options_problems(asked: Asked, settings: Settings) -> Iterator[str]:
    """Say which options are not as required, and which a destination does not have."""
    kind = _destination_type(asked)
    options = asked.flow_log.destination_options
    if kind is None:
        return
    given = {
        "fileFormat": options.file_format,
        "hiveCompatiblePartitions": options.hive_compatible_partitions,
        "perHourPartition": options.per_hour_partition,
    }
    if kind != LogDestinationType.S3:
        names = [name for name, value in given.items() if value is not None]
        if names:
            yield f"{', '.join(names)}: {kind} has no files to lay out; only S3 has."
        return
    required: Mapping[str, str | bool] = {**settings.texts, **settings.flags}
    for name, value in given.items():
        if name not in required or isinstance(value, Unknown):
            continue
        actual = _DEFAULTS[name] if value is None else value
        if actual != required[name]:
            default = " (AWS's default)" if value is None else ""
            yield (
                f"destinationOptions.{name} is {_spelled(actual)}{default}; "
                f"{_spelled(required[name])} is required."
            )


_DEFAULTS: Final[Mapping[str, str | bool]] = {
    "fileFormat": "plain-text",
    "hiveCompatiblePartitions": False,
    "perHourPartition": False,
}


def _spelled(value: str | bool) -> str:  # noqa: FBT001 -- a value, not a switch
    return str(value).lower() if isinstance(value, bool) else value
