"""The one table of compared fields: how both sides are read, what means the same, why it matters.

The rules behind it are described, with their evidence, in docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from drift import arn, log_format
from drift.findings import Difference, Note, Value
from drift.model import (
    DeclaredFlowLog,
    FlowLog,
    LiveFlowLog,
    LogDestinationType,
    Provider,
    ResourceType,
    TagFieldSpecification,
    Unknown,
    resource_type,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A declaration and the live flow log that it is compared with."""

    declared: DeclaredFlowLog
    live: LiveFlowLog

    @property
    def resource_type(self) -> ResourceType:
        """What is watched; AWS's word outranks the program's, which may not be known yet."""
        kind = resource_type(self.live.flow_log.resource_id)
        if kind is ResourceType.UNKNOWN:
            return resource_type(self.declared.flow_log.resource_id)
        return kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """A default that only documentation knows: equal is good enough, different is undecided."""

    value: str | None
    note: Note


Reasons: TypeAlias = tuple[str, ...]
Reading: TypeAlias = Value | frozenset[TagFieldSpecification] | Unknown | Assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """When two spellings that are not equal mean the same to AWS."""

    holds: Callable[[Reading, Reading, Pair], bool]
    """Called with the declared and the live value, and the pair that they belong to."""
    note: Note | None = None
    """What the user should know all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A row of the table: one field of a flow log."""

    name: str
    """AWS's name."""
    declared: Callable[[Pair], Reading]
    """The value asked for, defaults filled in."""
    live: Callable[[Pair], Reading]
    """The value AWS has, defaults filled in."""
    why: Callable[[Difference, Pair], Reasons]
    """Why that difference matters, a sentence a reason."""
    equivalences: tuple[Equivalence, ...] = ()


# -- reading ------------------------------------------------------------------------------------


def _recorded(pair: Pair) -> FlowLog:
    return pair.declared.recorded or _NOTHING_RECORDED


_NOTHING_RECORDED: Final = FlowLog()


def _declared_format(pair: Pair) -> Reading:
    """An omitted LogFormat is Optional+Computed: what was recorded, else AWS's default."""
    text = pair.declared.flow_log.log_format or _recorded(pair).log_format
    return _default_format(pair) if text is None else text


def _live_format(pair: Pair) -> Reading:
    """Responses of 2018 have no LogFormat: those logs have the default one."""
    text = pair.live.flow_log.log_format
    return _default_format(pair) if text is None else text


def _default_format(pair: Pair) -> Reading:
    default = log_format.default_format(pair.resource_type)
    if default is None:
        return Assumed(value=None, note=Note.DEFAULT_FORMAT_ASSUMED)
    if not default.certain:
        return Assumed(value=default.text, note=Note.DEFAULT_FORMAT_ASSUMED)
    return default.text


def declared_destination(declared: DeclaredFlowLog) -> str | Unknown | None:
    """Return where logs should go, as declared; where omitted, as the state recorded it."""
    asked = declared.flow_log
    recorded = declared.recorded or _NOTHING_RECORDED
    return (
        asked.log_destination
        or asked.log_group_name
        or recorded.log_destination
        or recorded.log_group_name
    )


def live_destination(live: LiveFlowLog) -> str | Unknown | None:
    """Return where logs go; flow logs that were created by log group name have only that."""
    return live.flow_log.log_destination or live.flow_log.log_group_name


def _destination_type(flow_log: FlowLog) -> Reading:
    """The API's default is CloudWatch Logs; old and GovCloud responses leave it out."""
    return flow_log.log_destination_type or LogDestinationType.CLOUD_WATCH_LOGS.value


def _traffic_type(flow_log: FlowLog, pair: Pair) -> Reading:
    """Neither sent to nor known by AWS for transit gateways and Cloud WAN."""
    return flow_log.traffic_type if pair.resource_type.takes_traffic_type else None


def _interval(flow_log: FlowLog, pair: Pair) -> Reading:
    interval = flow_log.max_aggregation_interval
    return pair.resource_type.default_interval if interval is None else interval


# -- the same by another spelling -----------------------------------------------------------------


def _same_columns(declared: Reading, live: Reading, _pair: Pair) -> bool:
    """White space does not count: AWS refuses all but single spaces, so it was never applied."""
    return (
        isinstance(declared, str)
        and isinstance(live, str)
        and log_format.columns(declared) == log_format.columns(live)
    )


def _as_sent(declared: Reading, live: Reading, pair: Pair) -> bool:
    """The classic provider trims a trailing `:*` before it asks AWS, for every destination."""
    return isinstance(declared, str) and _sent(declared, pair) == live


def _same_log_group(declared: Reading, live: Reading, pair: Pair) -> bool:
    """A log group's ARN, with `:*` or without, and its name are the same group."""
    if not (isinstance(declared, str) and isinstance(live, str)):
        return False
    account, region = pair.live.account, pair.live.region
    declared_group = arn.log_group(
        declared, pair.declared.account or account, pair.declared.region or region
    )
    live_group = arn.log_group(live, account, region)
    return (
        declared_group is not None
        and live_group is not None
        and declared_group.is_same_as(live_group)
    )


def _same_but_for_a_slash(declared: Reading, live: Reading, pair: Pair) -> bool:
    """AWS echoes an S3 folder with or without its last `/`, as it was given; both are documented.

    That both deliver to the same prefix is not verified: hence the note.
    """
    if not (isinstance(declared, str) and isinstance(live, str)):
        return False
    sent = _sent(declared, pair)
    parsed = arn.parse(sent)
    return (
        parsed is not None and parsed.service == "s3" and (sent + "/" == live or sent == live + "/")
    )


def _sent(declared: str, pair: Pair) -> str:
    if pair.declared.provider is Provider.AWS:
        return arn.without_wildcard(declared)
    return declared


def _dropped_for_s3(_declared: Reading, live: Reading, pair: Pair) -> bool:
    """For S3 older AWS dropped the role in silence and newer AWS refuses it: it never arrives."""
    return live is None and _destination_type(pair.declared.flow_log) == LogDestinationType.S3


DESTINATION_EQUIVALENCES: Final = (
    Equivalence(holds=_as_sent),
    Equivalence(holds=_same_log_group),
    Equivalence(holds=_same_but_for_a_slash, note=Note.S3_PREFIX_SLASH),
)
"""When two destinations are one; matching asks the same."""


# -- why it matters -------------------------------------------------------------------------------

_LOST_COLUMNS: Final = {
    "srcaddr": "the source of traffic is not recorded",
    "dstaddr": "the destination of traffic is not recorded",
    "srcport": "source ports are not recorded",
    "dstport": "services cannot be told by their port",
    "action": "accepted and rejected traffic cannot be told apart",
    "bytes": "traffic volume and its cost cannot be attributed",
    "packets": "packet counts are gone",
    "start": "records cannot be placed in time",
    "end": "records cannot be placed in time",
    "interface-id": "records cannot be tied to a network interface",
    "account-id": "records of several accounts cannot be told apart",
    "log-status": "skipped and empty capture windows go unnoticed",
    "vpc-id": "records cannot be tied to a VPC",
    "subnet-id": "records cannot be tied to a subnet",
    "instance-id": "records cannot be tied to an instance",
    "tcp-flags": "who opened a connection cannot be told; scans look like sessions",
    "pkt-srcaddr": "traffic behind NAT cannot be attributed to its real source",
    "pkt-dstaddr": "traffic behind NAT cannot be attributed to its real destination",
    "region": "records of several regions cannot be told apart",
    "az-id": "cross-zone traffic and its cost cannot be told",
    "pkt-src-aws-service": "traffic from AWS services cannot be told from strangers'",
    "pkt-dst-aws-service": "traffic to AWS services cannot be told from exfiltration",
    "flow-direction": "ingress and egress cannot be told apart",
    "traffic-path": "the way out (internet, peering, endpoint) cannot be told",
    "reject-reason": "why traffic was rejected is not recorded",
    "encryption-status": "unencrypted traffic goes unnoticed",
}
"""What a reader can no longer tell once a column is gone."""


_MOST_COLUMNS: Final = 4
"""How many lost columns are explained one by one."""


def _why_format(difference: Difference, pair: Pair) -> Reasons:
    change = difference.log_format
    if change is None:
        return ("The columns of the records are other ones than declared.",)
    lost = [
        f"{column} is gone: {_LOST_COLUMNS[name]}."
        for column in change.removed
        if (name := column.removeprefix("${").removesuffix("}")) in _LOST_COLUMNS
    ]
    reasons = lost[:_MOST_COLUMNS]
    if len(lost) > _MOST_COLUMNS:
        reasons.append(f"So is what {len(lost) - _MOST_COLUMNS} more columns told.")
    if pair.live.flow_log.destination_options.file_format == "parquet":
        if change.removed:
            reasons.append("Athena tables keep the declared columns and read null for those gone.")
    elif _columns_moved(difference):
        reasons.append(_shift(pair))
    if not (change.removed or _columns_moved(difference)):
        reasons.append("Columns were added at the end: readers that list theirs ignore them.")
    return tuple(reasons)


def _columns_moved(difference: Difference) -> bool:
    """Whether any column stands at another place: one format is not the other one's beginning."""
    if not (isinstance(difference.declared, str) and isinstance(difference.live, str)):
        return True
    declared = log_format.columns(difference.declared)
    live = log_format.columns(difference.live)
    shared = min(len(declared), len(live))
    return declared[:shared] != live[:shared]


def _shift(pair: Pair) -> str:
    if _destination_type(pair.live.flow_log) == LogDestinationType.CLOUD_WATCH_LOGS:
        return (
            "Metric filters and queries that read by position now read other columns than they "
            "were written for."
        )
    return (
        "Plain-text columns are read by position: an Athena table made for the declared format "
        "shows one column's values under another's name."
    )


def _why_file_format(difference: Difference, _pair: Pair) -> Reasons:
    sentence = (
        f"New files are {difference.live} instead of {difference.declared}: a table made for the "
        "one cannot read the other, and its queries fail or see no new data."
    )
    return (sentence,)


def _why_destination(difference: Difference, _pair: Pair) -> Reasons:
    sentence = (
        f"What reads {difference.declared} gets no new records; they go to {difference.live}, "
        "with that place's retention and access rules."
    )
    return (sentence,)


def _why_interval(difference: Difference, _pair: Pair) -> Reasons:
    if difference.live == 60:  # noqa: PLR2004 -- seconds
        return ("Records cover one minute instead of ten: more records, and a higher bill.",)
    return ("Records cover ten minutes instead of one: short bursts blur, alerts come later.",)


def _why_traffic_type(difference: Difference, _pair: Pair) -> Reasons:
    match difference.live:
        case "REJECT":
            return ("Accepted traffic is not recorded, so no one can tell what got through.",)
        case "ACCEPT":
            return ("Rejected traffic is not recorded: probes and blocked connections go unseen.",)
        case _:
            return ("Other traffic than declared is recorded.",)


def _says(sentence: str) -> Callable[[Difference, Pair], Reasons]:
    return lambda _difference, _pair: (sentence,)


_why_partitions = _says(
    "New files lie under other S3 prefixes: Athena partitions stop matching, and queries see no "
    "new data without an error."
)

why_tag = _says("Cost allocation, ownership and tag-based access rules go by tags.")


# -- the table ------------------------------------------------------------------------------------

FIELDS: Final = (
    Field(
        name="ResourceId",
        declared=lambda pair: pair.declared.flow_log.resource_id,
        live=lambda pair: pair.live.flow_log.resource_id,
        why=_says("Something else is watched than declared."),
    ),
    Field(
        name="TrafficType",
        declared=lambda pair: _traffic_type(pair.declared.flow_log, pair),
        live=lambda pair: _traffic_type(pair.live.flow_log, pair),
        why=_why_traffic_type,
    ),
    Field(
        name="LogDestinationType",
        declared=lambda pair: _destination_type(pair.declared.flow_log),
        live=lambda pair: _destination_type(pair.live.flow_log),
        why=_says("Records go to another kind of place than declared."),
    ),
    Field(
        name="LogDestination",
        declared=lambda pair: declared_destination(pair.declared),
        live=lambda pair: live_destination(pair.live),
        equivalences=DESTINATION_EQUIVALENCES,
        why=_why_destination,
    ),
    Field(
        name="LogFormat",
        declared=_declared_format,
        live=_live_format,
        equivalences=(Equivalence(holds=_same_columns, note=Note.FORMAT_NONCANONICAL_DECLARED),),
        why=_why_format,
    ),
    Field(
        name="MaxAggregationInterval",
        declared=lambda pair: _interval(pair.declared.flow_log, pair),
        live=lambda pair: _interval(pair.live.flow_log, pair),
        why=_why_interval,
    ),
    Field(
        name="DeliverLogsPermissionArn",
        declared=lambda pair: pair.declared.flow_log.deliver_logs_permission_arn,
        live=lambda pair: pair.live.flow_log.deliver_logs_permission_arn,
        equivalences=(Equivalence(holds=_dropped_for_s3, note=Note.S3_ROLE_IGNORED),),
        why=_says("Another role publishes the records, with other rights to write them."),
    ),
    Field(
        name="DeliverCrossAccountRole",
        declared=lambda pair: pair.declared.flow_log.deliver_cross_account_role,
        live=lambda pair: pair.live.flow_log.deliver_cross_account_role,
        why=_says("Delivery to the other account goes by another role, or by none."),
    ),
    Field(
        name="DestinationOptions.FileFormat",
        declared=lambda pair: (
            pair.declared.flow_log.destination_options.file_format or "plain-text"
        ),
        live=lambda pair: pair.live.flow_log.destination_options.file_format or "plain-text",
        why=_why_file_format,
    ),
    Field(
        name="DestinationOptions.HiveCompatiblePartitions",
        declared=lambda pair: (
            pair.declared.flow_log.destination_options.hive_compatible_partitions or False
        ),
        live=lambda pair: (
            pair.live.flow_log.destination_options.hive_compatible_partitions or False
        ),
        why=_why_partitions,
    ),
    Field(
        name="DestinationOptions.PerHourPartition",
        declared=lambda pair: (
            pair.declared.flow_log.destination_options.per_hour_partition or False
        ),
        live=lambda pair: pair.live.flow_log.destination_options.per_hour_partition or False,
        why=_why_partitions,
    ),
    Field(
        name="TagFieldSpecifications",
        declared=lambda pair: pair.declared.flow_log.tag_field_specifications,
        live=lambda pair: pair.live.flow_log.tag_field_specifications,
        why=_says("The tag columns of the records are filled from other tags than declared."),
    ),
)
"""Every compared field but the tags, which are a row per key."""

FIELD_BY_NAME: Final = {row.name: row for row in FIELDS}
