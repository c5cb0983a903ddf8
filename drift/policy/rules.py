"""The rules for one flow log as a program asks for it: what AWS refuses, and what a team requires.

Each is given what is asked for and the policy's settings, and returns sentences, none if all is
well. A value that is not known yet breaks no rule but one by which it may not be there at all.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from drift import arn, log_format
from drift.log_format import FIELDS_BY_VERSION, KNOWN_FIELDS, TAG_FIELDS
from drift.model import LogDestinationType, Provider, ResourceType, Unknown
from drift.policy.asked import Asked
from drift.policy.catalog import Name
from drift.policy.options import Settings, matches_any

# -- flow-log-format ------------------------------------------------------------------------------

_COLUMN: Final = re.compile(r"\$\{[a-z][a-z0-9-]*\}")
_MOST_KEYS: Final = 2


def format_problems(asked: Asked, _settings: Settings) -> Iterator[str]:
    """Say why AWS would refuse the LogFormat, or why it is not what it seems."""
    text = asked.flow_log.log_format
    if not isinstance(text, str):
        return
    specifications = asked.flow_log.tag_field_specifications
    columns = log_format.columns(text)
    doubled = [
        column
        for column in columns
        if "$$" in column and _COLUMN.fullmatch(column.replace("$$", "$"))
    ]
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
                of = asked.shown("TagFieldSpecifications", one.resource_type)
                yield f"tagFieldSpecifications of {of}: AWS takes one or two tagKeys."


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
    # What only lacks a space is told by `flow-log-format`.
    there = log_format.mentioned(text)
    missing = [
        f"${{{name}}}"
        for name in settings.lists.get("requiredFields", ())
        if name not in there and _can_record(asked.kind, name)
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

_SERVICES: Final = {
    LogDestinationType.CLOUD_WATCH_LOGS: ("logs", "log-group:", "a log group"),
    LogDestinationType.S3: ("s3", "", "a bucket"),
    LogDestinationType.KINESIS_DATA_FIREHOSE: ("firehose", "deliverystream/", "a delivery stream"),
}
_TRANSIT_INTERVAL: Final = 60
_PROVIDER_INTERVAL: Final = 600
"""What the `aws` provider sends where a program says nothing, whatever is watched."""
_INTERVALS: Final = frozenset({60, 600})
_MOST_GLOBS: Final = 4
"""Of those allowed, as many as a reader wants to see."""


def destination_problems(asked: Asked, settings: Settings) -> Iterator[str]:
    """Say why AWS would refuse the destination, or deliver nothing to it."""
    kind = _destination_type(asked)
    yield from _unless_secret(asked, _about_type(asked, kind))
    yield from _wildcard(asked)
    yield from _not_allowed(asked, settings)
    yield from _interval_and_traffic(asked)


def _about_type(asked: Asked, kind: LogDestinationType | str | None) -> Iterator[str]:
    if isinstance(kind, LogDestinationType):
        yield from _destination_and_type(asked, kind)
        yield from _roles(asked, kind)
    elif kind is not None and kind.lower() in frozenset(LogDestinationType):
        yield f"logDestinationType {kind!r} is written {kind.lower()!r}."


def _unless_secret(asked: Asked, problems: Iterable[str]) -> Iterator[str]:
    """Yield what is said of the destination type; if that is secret, only that something is."""
    if "LogDestinationType" not in asked.secret_fields:
        yield from problems
    elif any(problems):
        yield (
            "logDestinationType, which is secret, does not go with destination, options or roles; "
            "what is wrong would tell it."
        )


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
    globs = [*allowed, *(arn.without_wildcard(glob) for glob in allowed)]
    names = [destination, arn.without_wildcard(destination)]
    if not any(matches_any([glob], [*names, *_as_arns(names, glob)]) for glob in globs):
        shown = asked.shown("LogDestination", destination)
        more = f" and {len(allowed) - _MOST_GLOBS} more" if len(allowed) > _MOST_GLOBS else ""
        those = f"none of those allowed: {', '.join(allowed[:_MOST_GLOBS])}{more}"
        yield f"Destination {shown} is {those if allowed else 'not allowed: none is'}."


def _as_arns(names: Iterable[str], glob: str) -> Iterator[str]:
    """Yield the ARNs of bare log groups, in a partition, region and account that fit the glob.

    They are those of the flow log itself, which its inputs do not tell.
    """
    _, partition, _, region, account, *_ = (*glob.split(":", 5), *[""] * 5)
    for name in names:
        if arn.parse(name) is None:
            yield f"arn:{partition}:logs:{region}:{account}:log-group:{name}"


def _interval_and_traffic(asked: Asked) -> Iterator[str]:
    interval = asked.flow_log.max_aggregation_interval
    field = "MaxAggregationInterval"
    if asked.kind in _TRANSIT:
        # The classic provider sends its own default, 600, where the program says nothing.
        unsaid = interval is None and asked.provider is Provider.AWS
        sent = _PROVIDER_INTERVAL if unsaid else interval
        if isinstance(sent, int) and sent != _TRANSIT_INTERVAL:
            # Whether the program said so or the provider filled it in, the engine does not tell.
            is_default = asked.provider is Provider.AWS and sent == _PROVIDER_INTERVAL
            default = ", the provider's default" if is_default else ""
            yield (
                f"maxAggregationInterval is {asked.shown(field, sent)}{default}: a transit "
                "gateway's flow log needs 60."
            )
        if asked.flow_log.traffic_type is not None:
            yield "trafficType is set: a transit gateway's flow log has none."
    elif isinstance(interval, int) and interval not in _INTERVALS:
        yield f"maxAggregationInterval is {asked.shown(field, interval)}: AWS takes 60 or 600."


# -- flow-log-destination-options -----------------------------------------------------------------


def destination_options_problems(asked: Asked, settings: Settings) -> Iterator[str]:
    """Say which options are not as required, and which a destination does not have."""
    yield from _unless_secret(asked, _about_options(asked, settings))


def _about_options(asked: Asked, settings: Settings) -> Iterator[str]:
    options = asked.flow_log.destination_options
    given = {
        "fileFormat": ("FileFormat", options.file_format),
        "hiveCompatiblePartitions": (
            "HiveCompatiblePartitions",
            options.hive_compatible_partitions,
        ),
        "perHourPartition": ("PerHourPartition", options.per_hour_partition),
    }
    match _destination_type(asked):
        case LogDestinationType.S3:
            pass
        case LogDestinationType() as kind:
            if any(value is not None for _, value in given.values()):
                yield f"destinationOptions is set: {kind} has no files to lay out; only S3 has."
            return
        case _:
            return
    required: Mapping[str, str | bool] = {**settings.texts, **settings.flags}
    for name, (field, value) in given.items():
        if name not in required or isinstance(value, Unknown):
            continue
        actual = _DEFAULTS[name] if value is None else value
        if actual != required[name]:
            shown = asked.shown(f"DestinationOptions.{field}", _spelled(actual))
            default = " (AWS's default)" if value is None else ""
            yield (
                f"destinationOptions.{name} is {shown}{default}; {_spelled(required[name])} is "
                "required."
            )


_DEFAULTS: Final[Mapping[str, str | bool]] = {
    "fileFormat": "plain-text",
    "hiveCompatiblePartitions": False,
    "perHourPartition": False,
}


def _spelled(value: str | bool) -> str:  # noqa: FBT001 -- a value, not a switch
    return str(value).lower() if isinstance(value, bool) else value


# -- all of them ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a resource policy asks of a flow log."""

    problems: Callable[[Asked, Settings], Iterator[str]]
    reads: frozenset[str]
    """The fields that it looks at: of those, the ones not known yet were not judged."""


RULES: Final[Mapping[Name, Rule]] = {
    Name.FORMAT: Rule(
        problems=format_problems, reads=frozenset({"LogFormat", "TagFieldSpecifications"})
    ),
    Name.FORMAT_FIELDS: Rule(problems=format_fields_problems, reads=frozenset({"LogFormat"})),
    Name.DESTINATION: Rule(
        problems=destination_problems,
        reads=frozenset(
            {
                "ResourceId",
                "TrafficType",
                "LogDestinationType",
                "LogDestination",
                "LogGroupName",
                "MaxAggregationInterval",
                "DeliverLogsPermissionArn",
                "DeliverCrossAccountRole",
            }
        ),
    ),
    Name.DESTINATION_OPTIONS: Rule(
        problems=destination_options_problems,
        reads=frozenset(
            {
                "LogDestinationType",
                "DestinationOptions.FileFormat",
                "DestinationOptions.HiveCompatiblePartitions",
                "DestinationOptions.PerHourPartition",
            }
        ),
    ),
}
"""The rule of each resource policy."""
