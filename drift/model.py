"""What a flow log is: the nouns that everything else is written in.

Field names follow AWS's `DescribeFlowLogs`; every value may also be an `Unknown`, which is neither
equal to anything, nor different, nor absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias


class Unreadable(StrEnum):
    """Why a value that exists could not be read."""

    SECRET = "secret"
    """Encrypted in the state, or shown as `[secret]`; it is never decrypted."""
    COMPUTED = "computed"
    """Only known once the deployment has run."""
    MALFORMED = "malformed"
    """Not of the shape that this property has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A value that is there but could not be read."""

    why: Unreadable

    @property
    def reason(self) -> str:
        """The same as a phrase for a person."""
        return _REASONS[self.why]


_REASONS: Final = {
    Unreadable.SECRET: "a secret: ciphertext is not decrypted",
    Unreadable.COMPUTED: "not known before the deployment has run",
    Unreadable.MALFORMED: "not of the shape that this property has",
}

SECRET: Final = Unknown(why=Unreadable.SECRET)
COMPUTED: Final = Unknown(why=Unreadable.COMPUTED)
MALFORMED: Final = Unknown(why=Unreadable.MALFORMED)

Text: TypeAlias = str | Unknown | None
"""None is absent; an empty string never occurs: it means the same to AWS and is read as None."""
Number: TypeAlias = int | Unknown | None
Flag: TypeAlias = bool | Unknown | None


class ResourceType(StrEnum):
    """What is watched; `CreateFlowLogs` names. The API does not return it: ids tell."""

    VPC = "VPC"
    SUBNET = "Subnet"
    NETWORK_INTERFACE = "NetworkInterface"
    TRANSIT_GATEWAY = "TransitGateway"
    TRANSIT_GATEWAY_ATTACHMENT = "TransitGatewayAttachment"
    REGIONAL_NAT_GATEWAY = "RegionalNatGateway"
    CORE_NETWORK = "CoreNetwork"
    """Cloud WAN: a core network, its edges and attachments."""
    UNKNOWN = "Unknown"

    @property
    def takes_traffic_type(self) -> bool:
        """Whether AWS knows a TrafficType for it (transit gateways and Cloud WAN have none)."""
        return self not in _WITHOUT_TRAFFIC_TYPE

    @property
    def default_interval(self) -> int:
        """Seconds that AWS aggregates when no MaxAggregationInterval is given."""
        return 60 if self in _WITHOUT_TRAFFIC_TYPE else 600


_WITHOUT_TRAFFIC_TYPE: Final = frozenset(
    {
        ResourceType.TRANSIT_GATEWAY,
        ResourceType.TRANSIT_GATEWAY_ATTACHMENT,
        ResourceType.CORE_NETWORK,
    }
)

_RESOURCE_PREFIXES: Final = (
    ("vpc-", ResourceType.VPC),
    ("subnet-", ResourceType.SUBNET),
    ("eni-", ResourceType.NETWORK_INTERFACE),
    # Before "tgw-", which it begins with.
    ("tgw-attach-", ResourceType.TRANSIT_GATEWAY_ATTACHMENT),
    ("tgw-", ResourceType.TRANSIT_GATEWAY),
    ("nat-", ResourceType.REGIONAL_NAT_GATEWAY),
    ("core-network-", ResourceType.CORE_NETWORK),
)


def resource_type(resource_id: Text) -> ResourceType:
    """Return what kind of resource an id names, by its prefix."""
    if isinstance(resource_id, str):
        for prefix, kind in _RESOURCE_PREFIXES:
            if resource_id.startswith(prefix):
                return kind
    return ResourceType.UNKNOWN


class LogDestinationType(StrEnum):
    """Where flow logs go; `CreateFlowLogs` values."""

    CLOUD_WATCH_LOGS = "cloud-watch-logs"
    S3 = "s3"
    KINESIS_DATA_FIREHOSE = "kinesis-data-firehose"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationOptions:
    """How files are laid out in S3; absent members mean AWS's defaults."""

    file_format: Text = None
    """`plain-text` (the default) or `parquet`."""
    hive_compatible_partitions: Flag = None
    """Whether S3 prefixes are Hive-compatible (`year=2026/`); default false."""
    per_hour_partition: Flag = None
    """Whether files are partitioned by hour instead of by day; default false."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TagFieldSpecification:
    """Which resource tags fill the `${instance-tag}`-like fields of a LogFormat."""

    resource_type: str
    """`network-interface`, `instance` or `auto-scaling-group`."""
    tag_keys: tuple[str, ...]
    """One or two keys; the position decides between `${instance-tag}` and `${instance-tag-2}`."""


Tags: TypeAlias = Mapping[str, str | Unknown]
NO_TAGS: Final[Tags] = MappingProxyType({})
NO_OPTIONS: Final = DestinationOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLog:
    """The configuration of one flow log, as one side tells it; absent is None or empty."""

    resource_id: Text = None
    """The VPC, subnet, network interface, transit gateway (attachment) or NAT gateway watched."""
    traffic_type: Text = None
    """`ACCEPT`, `REJECT` or `ALL`."""
    log_destination_type: Text = None
    """A `LogDestinationType` value, kept as text: AWS may add one."""
    log_destination: Text = None
    """An ARN, as written."""
    log_group_name: Text = None
    """The CloudWatch Logs group, where it was given by name."""
    log_format: Text = None
    """The columns of a record, as written."""
    max_aggregation_interval: Number = None
    """Seconds, 60 or 600."""
    deliver_logs_permission_arn: Text = None
    """The role that publishes the logs."""
    deliver_cross_account_role: Text = None
    """The role that delivers to another account."""
    destination_options: DestinationOptions = NO_OPTIONS
    tag_field_specifications: frozenset[TagFieldSpecification] | Unknown = frozenset()
    """A set: AWS gives no order to the specifications, only to the keys inside one."""
    tags: Tags | Unknown = field(default_factory=lambda: NO_TAGS)
    """All tags, those of the provider's defaultTags included."""


class Provider(StrEnum):
    """Which Pulumi provider declared a flow log; the token of its resource type."""

    AWS = "aws:ec2/flowLog:FlowLog"
    AWS_NATIVE = "aws-native:ec2:FlowLog"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedRole:
    """One link of a provider's `assumeRoles` chain."""

    role_arn: str
    external_id: str | None = None
    session_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """A provider's `assumeRoleWithWebIdentity`."""

    role_arn: str
    token_file: str
    session_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCredentials:
    """How the provider of a declaration reaches AWS; empty means ambient credentials."""

    profile: str | None = None
    assume_roles: tuple[AssumedRole, ...] = ()
    """In order: each is assumed with the one before it."""
    web_identity: WebIdentity | None = None
    endpoints: tuple[tuple[str, str], ...] = ()
    """(service, URL) for `ec2` and `sts`; used only when the user allows it."""


AMBIENT: Final = ProviderCredentials()
UNREADABLE_NAME: Final = "(unreadable)"
"""Stands for a profile, role or file that is secret or not known yet.

Without it there would be none, and the ambient credentials would read some other account instead.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePosition:
    """Where a program declares a flow log."""

    file: str
    """Relative to the Pulumi project."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredTags:
    """A provider's `ignoreTags`."""

    keys: frozenset[str] = frozenset()
    key_prefixes: tuple[str, ...] = ()

    def covers(self, key: str) -> bool:
        """Whether the provider leaves this tag alone."""
        return key in self.keys or key.startswith(self.key_prefixes)


NO_IGNORED_TAGS: Final = IgnoredTags()


def urn_name(urn: str) -> str:
    """Return the last of the four parts of `urn:pulumi:STACK::PROJECT::TYPE::NAME`.

    A name may itself hold `::`.
    """
    return urn.split("::", 3)[-1]


class Lifecycle(StrEnum):
    """What the declaration says about the flow log's existence."""

    CREATED = "created"
    """Deployed: AWS has given it an id."""
    TO_CREATE = "to-create"
    """The deployment that was previewed will create or replace it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFlowLog:
    """A flow log that a Pulumi program declares."""

    urn: str
    project: str
    stack: str
    source: str
    """The file, or `-`, or what else it was read from, as the user would name it."""
    provider: Provider
    flow_log: FlowLog
    """The inputs: what the team asked for."""
    recorded: FlowLog | None = None
    """The outputs, only where they say something else than the inputs."""
    lifecycle: Lifecycle = Lifecycle.CREATED
    flow_log_id: str | None = None
    """`fl-…`; None where the deployment has yet to create it, or the state does not tell."""
    account: str | None = None
    """Twelve digits; None where nothing in the declaration names it."""
    region: str | None = None
    """None where nothing in the declaration names it: it may be in any region that is read."""
    credentials: ProviderCredentials = AMBIENT
    ignored_fields: frozenset[str] = frozenset()
    """`ignoreChanges` as AWS field names: `Tags`, `Tags.Owner`, `DestinationOptions`, …"""
    ignored_tags: IgnoredTags = NO_IGNORED_TAGS
    secret_fields: frozenset[str] = frozenset()
    """AWS field names whose value is known but secret: compared, never printed."""
    declared_at: SourcePosition | None = None
    parent_urn: str | None = None
    """The component it sits in; None directly below the stack."""
    provider_urn: str | None = None
    """An explicit provider; None for the default one."""
    protected: bool = False
    """Whether Pulumi's `protect` keeps it from being deleted."""
    pending_replacement: bool = False
    """Pulumi deleted it in order to replace it and did not get further."""
    pending_fields: frozenset[str] = frozenset()
    """AWS field names that the previewed deployment is about to change."""

    @property
    def name(self) -> str:
        """The name the program gave it."""
        return urn_name(self.urn)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationSource:
    """One place that declarations were read from."""

    source: str
    project: str | None = None
    stack: str | None = None
    flow_logs: int = 0
    error: str | None = None
    """Why it could not be read; what it declares is then unknown."""
    lists_unchanged: bool = True
    """False for a preview without `--show-sames`: what it left out may be declared all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """Everything that was declared, in one union over all sources."""

    flow_logs: tuple[DeclaredFlowLog, ...] = ()
    sources: tuple[DeclarationSource, ...] = ()
    claimed_ids: frozenset[str] = frozenset()
    """Live ids that Pulumi knows of without declaring them: to be deleted, or read by `.get`."""

    @property
    def lists_unchanged(self) -> bool:
        """Whether no source leaves out what does not change."""
        return all(source.lists_unchanged for source in self.sources)

    @property
    def complete(self) -> bool:
        """Whether a flow log that is not in here is really not declared."""
        return self.lists_unchanged and all(source.error is None for source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFlowLog:
    """A flow log that AWS has."""

    flow_log_id: str
    flow_log: FlowLog
    account: str | None = None
    """Whose listing it was found in; None where nobody could tell."""
    region: str | None = None
    created_at: str | None = None
    """CreationTime, ISO 8601 as AWS wrote it."""
    deliver_logs_status: str | None = None
    """`SUCCESS` or `FAILED`; absent means nothing."""
    deliver_logs_error_message: str | None = None
    flow_log_status: str | None = None
    """`ACTIVE` is the only documented value."""


class Coverage(StrEnum):
    """How the reading of one account and region ended."""

    READ = "read"
    DENIED = "denied"
    WRONG_ACCOUNT = "wrong-account"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one account and region answered."""

    account: str | None
    """Twelve digits; None where nobody could tell."""
    region: str
    status: Coverage = Coverage.READ
    reason: str | None = None
    """Why it could not be read, in one sentence; None when it was."""
    next_step: str | None = None
    """What to do about the reason."""
    missing_permission: str | None = None
    """The IAM action, such as `ec2:DescribeFlowLogs`, whose grant would mend it."""
    account_confirmed: bool = True
    """Whether `account` is known to be the one that answered (STS), not only the one asked for."""
    flow_logs: tuple[LiveFlowLog, ...] = field(default=(), repr=False)

    def could_hold(self, account: str | None, region: str | None) -> bool:
        """Whether a flow log of that account and region would be in this listing."""
        return (account is None or self.account is None or account == self.account) and (
            region is None or region == self.region
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter of DescribeFlowLogs: the name and the values, of which any may hold."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """A request for less than everything; all filters must hold."""

    filters: tuple[Filter, ...] = ()
    flow_log_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is narrowed at all."""
        return bool(self.filters or self.flow_log_ids)


EVERYTHING: Final = Narrowing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that was read from AWS."""

    listings: tuple[Listing, ...] = ()
    narrowing: Narrowing = EVERYTHING
    """What was asked for; a flow log outside of it may exist all the same."""
