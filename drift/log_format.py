"""LogFormat: the columns of a flow log record, AWS's defaults, and how two formats differ.

Source: the CreateFlowLogs reference, the field tables of the VPC and Transit Gateway guides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drift.model import ResourceType

VPC_DEFAULT_FORMAT: Final = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
"""What AWS writes for a VPC, subnet or network interface when no LogFormat is given (version 2)."""

TRANSIT_GATEWAY_DEFAULT_FORMAT: Final = (
    "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} "
    "${tgw-src-vpc-account-id} ${tgw-dst-vpc-account-id} ${tgw-src-vpc-id} ${tgw-dst-vpc-id} "
    "${tgw-src-subnet-id} ${tgw-dst-subnet-id} ${tgw-src-eni} ${tgw-dst-eni} ${tgw-src-az-id} "
    "${tgw-dst-az-id} ${tgw-pair-attachment-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${log-status} ${type} "
    "${packets-lost-no-route} ${packets-lost-blackhole} ${packets-lost-mtu-exceeded} "
    "${packets-lost-ttl-expired} ${tcp-flags} ${region} ${flow-direction} "
    "${pkt-src-aws-service} ${pkt-dst-aws-service}"
)
"""What the Transit Gateway guide says AWS writes: all version 2 to 6 fields, in table order.

No recorded response confirms it, so nothing is called drift because of it alone.
"""

FIELDS_BY_VERSION: Final[dict[int, tuple[str, ...]]] = {
    2: (
        "version",
        "account-id",
        "interface-id",
        "srcaddr",
        "dstaddr",
        "srcport",
        "dstport",
        "protocol",
        "packets",
        "bytes",
        "start",
        "end",
        "action",
        "log-status",
    ),
    3: (
        "vpc-id",
        "subnet-id",
        "instance-id",
        "tcp-flags",
        "type",
        "pkt-srcaddr",
        "pkt-dstaddr",
    ),
    4: ("region", "az-id", "sublocation-type", "sublocation-id"),
    5: ("pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path"),
    6: (
        "resource-type",
        "tgw-id",
        "tgw-attachment-id",
        "tgw-src-vpc-account-id",
        "tgw-dst-vpc-account-id",
        "tgw-src-vpc-id",
        "tgw-dst-vpc-id",
        "tgw-src-subnet-id",
        "tgw-dst-subnet-id",
        "tgw-src-eni",
        "tgw-dst-eni",
        "tgw-src-az-id",
        "tgw-dst-az-id",
        "tgw-pair-attachment-id",
        "packets-lost-no-route",
        "packets-lost-blackhole",
        "packets-lost-mtu-exceeded",
        "packets-lost-ttl-expired",
    ),
    7: (
        "ecs-cluster-arn",
        "ecs-cluster-name",
        "ecs-container-instance-arn",
        "ecs-container-instance-id",
        "ecs-container-id",
        "ecs-second-container-id",
        "ecs-service-name",
        "ecs-task-definition-arn",
        "ecs-task-arn",
        "ecs-task-id",
    ),
    8: ("reject-reason",),
    9: ("resource-id",),
    10: ("encryption-status",),
    11: (
        "instance-tag",
        "instance-tag-2",
        "interface-tag",
        "interface-tag-2",
        "asg-tag",
        "asg-tag-2",
        "interface-type",
        "next-hop-interface-id",
        "next-hop-subnet-id",
        "next-hop-az-id",
        "next-hop-vpc-id",
        "next-hop-interface-type",
    ),
}
"""The field names AWS is known to have, by the record version that brought them."""

KNOWN_FIELDS: Final = frozenset(name for names in FIELDS_BY_VERSION.values() for name in names)

TAG_FIELDS: Final = frozenset(
    {"instance-tag", "instance-tag-2", "interface-tag", "interface-tag-2", "asg-tag", "asg-tag-2"}
)
"""The fields that AWS only accepts together with TagFieldSpecifications."""

_COLUMN: Final = re.compile(r"[^ \t\r\n\f\v]+")
_TOKEN: Final = re.compile(r"\$\{([a-z][a-z0-9-]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultFormat:
    """The LogFormat that AWS uses where none was given."""

    text: str
    """The whole format."""
    certain: bool
    """Whether a recorded AWS response confirms it; otherwise it only stands in the guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormatChange:
    """How the live columns differ from the declared ones; names are written `${field}`."""

    added: tuple[str, ...]
    """In the live format only, in its order; a repeated column counts each time."""
    removed: tuple[str, ...]
    """In the declared format only, in its order."""
    reordered: bool
    """Whether the columns that both have stand in another order."""


def default_format(resource_type: ResourceType) -> DefaultFormat | None:
    """Return what AWS writes for that kind of resource, or None where nobody knows."""
    match resource_type:
        case ResourceType.VPC | ResourceType.SUBNET | ResourceType.NETWORK_INTERFACE:
            return DefaultFormat(text=VPC_DEFAULT_FORMAT, certain=True)
        case ResourceType.REGIONAL_NAT_GATEWAY:
            return DefaultFormat(text=VPC_DEFAULT_FORMAT, certain=False)
        case ResourceType.TRANSIT_GATEWAY | ResourceType.TRANSIT_GATEWAY_ATTACHMENT:
            return DefaultFormat(text=TRANSIT_GATEWAY_DEFAULT_FORMAT, certain=False)
        case ResourceType.CORE_NETWORK | ResourceType.UNKNOWN:
            return None


@lru_cache(maxsize=512)
def columns(log_format: str) -> tuple[str, ...]:
    """Split a LogFormat into its columns, as written.

    Only (ASCII) white space separates: `${a}${b}` is one malformed column, not two.
    """
    return tuple(_COLUMN.findall(log_format))


def field_names(log_format: str) -> tuple[str, ...]:
    """Return the names inside the well-formed `${name}` columns, in order."""
    matches = (_TOKEN.fullmatch(column) for column in columns(log_format))
    return tuple(match[1] for match in matches if match)


def mentioned(log_format: str) -> frozenset[str]:
    """Return the names of all `${name}` in it, also of those that are no columns of their own."""
    return frozenset(match[1] for match in _TOKEN.finditer(log_format))


@lru_cache(maxsize=512)
def diff(declared: str, live: str) -> LogFormatChange:
    """Return what changed between two formats, column by column; repeated columns count."""
    declared_columns, live_columns = columns(declared), columns(live)
    removed = Counter(declared_columns) - Counter(live_columns)
    added = Counter(live_columns) - Counter(declared_columns)
    return LogFormatChange(
        added=_pick(live_columns, added),
        removed=_pick(declared_columns, removed),
        reordered=_drop(declared_columns, removed) != _drop(live_columns, added),
    )


def _pick(names: tuple[str, ...], wanted: Counter[str]) -> tuple[str, ...]:
    """Return the last `wanted[name]` occurrences of each name, in order."""
    kept = _walk(names, wanted)
    return tuple(name for name, hit in zip(names, kept, strict=True) if hit)


def _drop(names: tuple[str, ...], unwanted: Counter[str]) -> tuple[str, ...]:
    """Return the names without the last `unwanted[name]` occurrences of each."""
    dropped = _walk(names, unwanted)
    return tuple(name for name, hit in zip(names, dropped, strict=True) if not hit)


def _walk(names: tuple[str, ...], counts: Counter[str]) -> list[bool]:
    """Mark the last `counts[name]` occurrences: a repeated column is the later one."""
    left = counts.copy()
    marks = []
    for name in reversed(names):
        marks.append(left[name] > 0)
        left[name] -= 1
    return marks[::-1]
