"""What a preview or an update tells of a stack's resources, turned into the model.

Flow logs become `model.Declarations`. Of what flow logs watch, VPCs above all, only as much is
read as it takes to say which flow logs are about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from drift.declared import properties, providers, rows
from drift.declared.differing import differing_fields
from drift.declared.providers import ProviderConfig
from drift.declared.values import Json, is_plain, unwrap
from drift.live.ways import unreadable
from drift.model import (
    COMPUTED,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    Lifecycle,
    Provider,
    ProviderCredentials,
    ResourceType,
    Tags,
    Unknown,
    urn_name,
)
from drift.policy.as_sent import as_sent
from drift.policy.asked import Asked
from drift.policy.secrets import Secrets, secret_texts
from drift.property_names import RESOURCE_ID_NAMES, field_of, spoken_of_as

if TYPE_CHECKING:
    from pulumi_policy import PolicyProviderResource, PolicyResource

Properties = Mapping[str, Json]

_KNOWN_ID: Final = "known"
"""Stands for a provider's id in a reference to it: the engine tells only its URN."""

_WATCHED_TYPES: Final = {
    "aws:ec2/vpc:Vpc": ResourceType.VPC,
    "aws:ec2/defaultVpc:DefaultVpc": ResourceType.VPC,
    "aws:ec2/subnet:Subnet": ResourceType.SUBNET,
    "aws:ec2/defaultSubnet:DefaultSubnet": ResourceType.SUBNET,
    "aws:ec2/networkInterface:NetworkInterface": ResourceType.NETWORK_INTERFACE,
    "aws:ec2/natGateway:NatGateway": ResourceType.REGIONAL_NAT_GATEWAY,
    "aws:ec2transitgateway/transitGateway:TransitGateway": ResourceType.TRANSIT_GATEWAY,
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": ResourceType.TRANSIT_GATEWAY_ATTACHMENT,
    "aws-native:ec2:Vpc": ResourceType.VPC,
    "aws-native:ec2:Subnet": ResourceType.SUBNET,
    "aws-native:ec2:NetworkInterface": ResourceType.NETWORK_INTERFACE,
    "aws-native:ec2:NatGateway": ResourceType.REGIONAL_NAT_GATEWAY,
    "aws-native:ec2:TransitGateway": ResourceType.TRANSIT_GATEWAY,
    "aws-native:ec2:TransitGatewayAttachment": ResourceType.TRANSIT_GATEWAY_ATTACHMENT,
    "aws-native:ec2:TransitGatewayVpcAttachment": ResourceType.TRANSIT_GATEWAY_ATTACHMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A resource of the stack that flow logs can watch."""

    urn: str
    name: str
    kind: ResourceType
    resource_id: str | Unknown
    has_secret_id: bool = False
    account: str | None = None
    region: str | None = None
    credentials: ProviderCredentials
    tags: Tags | Unknown
    vpc_id: str | Unknown | None = None
    """Of a subnet."""
    vpc_urns: frozenset[str] = frozenset()
    """Of a subnet: the resources that its VPC's id comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The part of a stack that matters here."""

    declared: Declarations
    watched: tuple[Watched, ...] = ()
    watches: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """URN of a flow log → the resources of the stack that the id it watches comes from."""
    deleted_first: frozenset[str] = frozenset()
    """URNs of flow logs that Pulumi deletes before it creates their replacement."""
    placeless: Mapping[str, str] = field(default_factory=dict)
    """URN of a flow log to be created → what has to be known before anybody can look there."""
    secrets: Secrets = field(default_factory=Secrets)
    """Of the providers."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say or to ask about."""
        return not self.declared.flow_logs and not self.watched


def read(resources: Sequence[PolicyResource], asked: Mapping[str, Asked]) -> Contents:
    """Return what the resources of a stack come to; `asked` are the inputs by URN, where known."""
    known = rows.Providers()
    flow_logs: list[DeclaredFlowLog] = []
    watched: list[Watched] = []
    watches: dict[str, frozenset[str]] = {}
    deleted_first: set[str] = set()
    placeless: dict[str, str] = {}
    for resource in resources:
        if not as_sent(resource.props):
            # Of what a run with `--target` will not create the engine tells the name alone.
            continue
        if resource.resource_type in rows.FLOW_LOG_TYPES:
            inputs = asked.get(resource.urn)
            declared = _declared(resource, inputs, known)
            flow_logs.append(declared)
            untold = _untold_place(declared, inputs, resource.provider)
            if untold is not None:
                placeless[resource.urn] = untold
            watches[resource.urn] = frozenset(_what_it_watches(resource))
            if resource.opts.delete_before_replace:
                deleted_first.add(resource.urn)
        elif (kind := _WATCHED_TYPES.get(resource.resource_type)) is not None:
            watched.append(_watched(resource, kind, known))
    stack, project = rows.stack_and_project(resources[0].urn) if resources else ("", "")
    return Contents(
        declared=Declarations(
            flow_logs=tuple(flow_logs),
            sources=(
                DeclarationSource(
                    source="this deployment",
                    project=project or None,
                    stack=stack or None,
                    flow_logs=len(flow_logs),
                ),
            ),
        ),
        watched=tuple(watched),
        watches=watches,
        deleted_first=frozenset(deleted_first),
        placeless=placeless,
        secrets=Secrets(texts=_secrets_of_providers(resources)),
    )


def _declared(
    resource: PolicyResource, asked: Asked | None, known: rows.Providers
) -> DeclaredFlowLog:
    outputs = as_sent(resource.props)
    lifecycle = Lifecycle.CREATED if _has_id(outputs) else Lifecycle.TO_CREATE
    inputs = None if asked is None else asked.inputs
    if asked is not None and lifecycle is Lifecycle.CREATED:
        inputs = _deployed(asked, outputs)
    parent = resource.parent
    row = rows.Row(
        urn=resource.urn,
        type=resource.resource_type,
        custom=True,
        protect=resource.opts.protect,
        inputs=_raw(outputs if inputs is None else inputs),
        outputs=_raw(outputs),
        parent=parent.urn if parent is not None else None,
        provider=_provider_reference(resource.provider, known),
        ignore_changes=tuple(resource.opts.ignore_changes) or None,
    )
    declared = rows.declare(row, source="this deployment", known=known, lifecycle=lifecycle)
    # Planned outputs are not recorded anywhere yet.
    return declared if lifecycle is Lifecycle.CREATED else replace(declared, recorded=None)


def _has_id(outputs: Properties) -> bool:
    """Whether AWS has made it: what is to be created or replaced has an id that nobody knows."""
    return any(_text(outputs, name) is not None for name in ("id", "awsId", "arn"))


def _deployed(asked: Asked, outputs: Properties) -> Properties:
    """Return the inputs, but for what this deployment does not touch: there, what is deployed.

    Only tags change in place; whatever else changes makes a new flow log, whose id is not known.
    So where another input than tags says something else than the outputs of a flow log that stays,
    this run was told to leave it alone (`--target`), and to call that drift would be wrong.
    """
    said = properties.read(asked.provider, outputs)
    differing = differing_fields(asked.flow_log, said.flow_log)
    fields = {name.partition(".")[0] for name in differing} - {"Tags"}
    if not fields:
        return asked.inputs
    theirs = _by_field(asked.provider, outputs)
    ours = _by_field(asked.provider, asked.inputs)
    alone = {
        field
        for field in fields
        if field in theirs and (field not in _NOT_MISSED or any(ours.get(field, {}).values()))
    }
    return {
        **{name: value for name, value in asked.inputs.items() if not _is_of(ours, alone, name)},
        **{name: value for field in alone for name, value in theirs[field].items()},
    }


_NOT_MISSED: Final = frozenset({"LogDestination", "LogFormat", "DestinationOptions"})
"""What a program may leave out without a new flow log: the provider takes what is there.

What is there may be something else than AWS's defaults, so these are compared.
"""


def _by_field(provider: Provider, values: Properties) -> Mapping[str, Mapping[str, Json]]:
    """Return the properties by the field that they configure; several can be of one."""
    found: dict[str, dict[str, Json]] = {}
    for name, value in values.items():
        field_name = field_of(provider, name)
        if field_name is not None:
            found.setdefault(spoken_of_as(field_name), {})[name] = value
    return found


def _is_of(by_field: Mapping[str, Mapping[str, Json]], fields: set[str], name: str) -> bool:
    return any(name in by_field.get(field, {}) for field in fields)


def _untold_place(
    declared: DeclaredFlowLog, asked: Asked | None, provider: PolicyProviderResource | None
) -> str | None:
    """Return what has to be known before anybody can look where a flow log is to be created."""
    if declared.lifecycle is not Lifecycle.TO_CREATE:
        return None
    if asked is not None and _is_unknown(asked.inputs, "region"):
        return "the region"
    if provider is None:
        return None
    untold = unreadable(declared.credentials)
    if (
        untold is None
        and declared.region is None
        and _is_unknown(as_sent(provider.props), "region")
    ):
        untold = "region"
    return None if untold is None else f"the {untold} of its provider"


def _secrets_of_providers(resources: Sequence[PolicyResource]) -> frozenset[str]:
    of = {
        resource.provider.urn: resource.provider
        for resource in resources
        if resource.provider is not None
    }
    return frozenset(
        text
        for provider in of.values()
        for value in as_sent(provider.props).values()
        for text in secret_texts(value)
    )


def _watched(resource: PolicyResource, kind: ResourceType, known: rows.Providers) -> Watched:
    outputs = as_sent(resource.props)
    provider = _provider_of(resource)
    config = _config(resource.provider, known)
    region, account = providers.region_and_account(_text(outputs, "arn"))
    tags = properties.read(
        provider,
        {name: outputs[name] for name in ("tags", "tagsAll") if name in outputs},
        config.default_tags,
    ).flow_log.tags
    is_subnet = kind is ResourceType.SUBNET
    return Watched(
        urn=resource.urn,
        name=urn_name(resource.urn),
        kind=kind,
        resource_id=_id(outputs, kind),
        has_secret_id=any(unwrap(outputs.get(name))[1] for name in _id_names(kind)),
        account=account or config.account,
        region=providers.valid_region(_text(outputs, "region")) or region or config.region,
        credentials=config.credentials,
        tags=tags,
        vpc_id=_text(outputs, "vpcId") or COMPUTED if is_subnet else None,
        vpc_urns=frozenset(_origins(resource, "vpcId", {ResourceType.VPC}) if is_subnet else ()),
    )


def _provider_of(resource: PolicyResource) -> Provider:
    native = resource.resource_type.startswith("aws-native:")
    return Provider.AWS_NATIVE if native else Provider.AWS


def _id(outputs: Properties, kind: ResourceType) -> str | Unknown:
    """Return the id; the `vpcId` of a subnet is not its own."""
    texts = (_text(outputs, name) for name in _id_names(kind))
    return next((text for text in texts if text is not None), COMPUTED)


def _id_names(kind: ResourceType) -> tuple[str, str]:
    return "id", RESOURCE_ID_NAMES[kind]


def _what_it_watches(resource: PolicyResource) -> Iterator[str]:
    """Yield the URNs of what a flow log watches, by what the id was made from."""
    for kind, name in RESOURCE_ID_NAMES.items():
        yield from _origins(resource, name, {kind})
    yield from _origins(resource, "resourceId", frozenset(RESOURCE_ID_NAMES))


def _origins(
    resource: PolicyResource, name: str, kinds: AbstractSet[ResourceType]
) -> Iterator[str]:
    """Yield the URNs of the resources of these kinds that a property was made from.

    What is made from a component comes from everything in it.
    """
    for origin in resource.property_dependencies.get(name, ()):
        if _WATCHED_TYPES.get(origin.resource_type) in kinds:
            yield origin.urn


def _provider_reference(
    provider: PolicyProviderResource | None, known: rows.Providers
) -> str | None:
    if provider is None:
        return None
    _config(provider, known)
    return f"{provider.urn}::{_KNOWN_ID}"


def _config(provider: PolicyProviderResource | None, known: rows.Providers) -> ProviderConfig:
    """Return how a provider is configured; each is read once."""
    if provider is None:
        return providers.NO_CONFIG
    config = known.by_reference.get(provider.urn)
    if config is None:
        config = providers.read(as_sent(provider.props))
        known.by_reference[provider.urn] = config
    return config


def _text(values: Properties, name: str) -> str | None:
    value = values.get(name)
    plain = value if is_plain(value) else unwrap(value)[0]
    return plain if plain and isinstance(plain, str) else None


def _is_unknown(values: Properties, name: str) -> bool:
    return isinstance(unwrap(values.get(name))[0], Unknown)


def _raw(values: Properties) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(values))
