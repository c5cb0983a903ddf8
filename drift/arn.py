"""Destinations and their spellings: ARNs and CloudWatch Logs group names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WILDCARD: Final = ":*"
_PARTITION_BY_REGION: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
"""Region prefix and partition, from botocore's partitions; everything else is `aws`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """The parts of `arn:partition:service:region:account:resource`; the last may hold colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """A CloudWatch Logs group; None for what its spelling does not tell."""

    partition: str | None
    region: str | None
    account: str | None
    name: str

    def is_same_as(self, other: LogGroup) -> bool:
        """Whether both name one group, as far as both tell; names are case-sensitive."""
        return (
            self.name == other.name
            and _agree(self.account, other.account)
            and _agree(self.region, other.region)
            and _agree(self.partition, other.partition)
        )


def parse(text: str) -> Arn | None:
    """Split an ARN; None for anything else."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":  # noqa: PLR2004 -- an ARN has six parts
        return None
    _, partition, service, region, account, resource = parts
    return Arn(
        partition=partition, service=service, region=region, account=account, resource=resource
    )


def partition_of(region: str) -> str:
    """Return the partition that a region lies in."""
    for prefix, partition in _PARTITION_BY_REGION:
        if region.startswith(prefix):
            return partition
    return "aws"


@lru_cache(maxsize=4096)
def log_group(destination: str, account: str | None, region: str | None) -> LogGroup | None:
    """Read the ARN or the bare name of a log group; None where it is an ARN of something else.

    A bare name is a group of the flow log's own `account` and `region`. One trailing `:*` goes:
    data sources, CloudFormation and aws-native give the ARN of a group with it, AWS without.
    """
    text = destination.removesuffix(_WILDCARD)
    if not text.startswith("arn:"):
        return LogGroup(
            partition=partition_of(region) if region else None,
            region=region,
            account=account,
            name=text,
        )
    arn = parse(text)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    return LogGroup(
        partition=arn.partition,
        region=arn.region,
        account=arn.account,
        name=arn.resource.removeprefix("log-group:"),
    )


def has_wildcard(destination: str) -> bool:
    """Whether a destination ends in `:*`, which no flow log can be delivered to."""
    return destination.endswith(_WILDCARD)


def without_wildcard(destination: str) -> str:
    """Return what the classic provider sends to AWS: it trims one trailing `:*`, of every type."""
    return destination.removesuffix(_WILDCARD)


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
