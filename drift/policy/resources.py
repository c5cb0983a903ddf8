"""What a preview or an update tells of a stack's resources, turned into the model.

Flow logs become `model.Declarations`. Of what flow logs watch, VPCs above all, only as much is
read as it takes to say which flow logs are about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from drift.declared import properties, providers, rows
from drift.declared.differing import differing_fields
from drift.declared.providers import ProviderConfig
from drift.declared.values import is_plain, unwrap
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
)
from drift.policy.encoding import Json, encoded
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

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say or to ask about."""
        return not self.declared.flow_logs and not self.watched


def read(resources: Sequence[PolicyResource], asked: Mapping[str, Properties]) -> Contents:
    """Return what the resources of a stack come to; `asked` are the inputs by URN, where known."""
    known = rows.Providers()
    flow_logs: list[DeclaredFlowLog] = []
    watched: list[Watched] = []
    watches: dict[str, frozenset[str]] = {}
    deleted_first: set[str] = set()
    for resource in resources:
        if resource.resource_type in rows.FLOW_LOG_TYPES:
            flow_logs.append(_declared(resource, asked.get(resource.urn), known))
            watches[resource.urn] = _origins(resource, RESOURCE_ID_PROPERTIES)
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
    )


RESOURCE_ID_PROPERTIES: Final = frozenset({*RESOURCE_ID_NAMES.values(), "resourceId"})


def _declared(
    resource: PolicyResource, inputs: Properties | None, known: rows.Providers
) -> DeclaredFlowLog:
    outputs = encoded(resource.props)
    lifecycle = Lifecycle.CREATED if _has_id(outputs) else Lifecycle.TO_CREATE
    if inputs is not None and lifecycle is Lifecycle.CREATED:
        inputs = _deployed(Provider(resource.resource_type), inputs, outputs)
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
    told = (outputs.get(name) for name in ("id", "awsId", "arn"))
    return any(isinstance(unwrap(value)[0], str) for value in told)


def _deployed(provider: Provider, inputs: Properties, outputs: Properties) -> Properties:
    """Return the inputs, but for what this deployment does not touch: there, what is deployed.

    Only tags change in place; whatever else changes makes a new flow log, whose id is not known.
    So where another input than tags says something else than the outputs of a flow log that stays,
    this run was told to leave it alone (`--target`), and to call that drift would be wrong.
    """
    asked, said = properties.read(provider, inputs), properties.read(provider, outputs)
    fields = {name.partition(".")[0] for name in differing_fields(asked.flow_log, said.flow_log)}
    return {
        name: outputs[name] if value and _is_left_alone(provider, name, fields, outputs) else value
        for name, value in inputs.items()
    }


def _is_left_alone(provider: Provider, name: str, fields: set[str], outputs: Properties) -> bool:
    field_name = field_of(provider, name)
    return (
        field_name is not None
        and field_name != "Tags"
        and spoken_of_as(field_name) in fields
        and bool(outputs.get(name))
        and not isinstance(unwrap(outputs[name])[0], Unknown)
    )


def _watched(resource: PolicyResource, kind: ResourceType, known: rows.Providers) -> Watched:
    outputs = encoded(resource.props)
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
        name=resource.urn.rpartition("::")[2],
        kind=kind,
        resource_id=_id(outputs, kind),
        account=account or config.account,
        region=providers.valid_region(_text(outputs, "region")) or region or config.region,
        credentials=config.credentials,
        tags=tags,
        vpc_id=_text(outputs, "vpcId") or COMPUTED if is_subnet else None,
        vpc_urns=_origins(resource, {"vpcId"}) if is_subnet else frozenset(),
    )


def _provider_of(resource: PolicyResource) -> Provider:
    native = resource.resource_type.startswith("aws-native:")
    return Provider.AWS_NATIVE if native else Provider.AWS


def _id(outputs: Properties, kind: ResourceType) -> str | Unknown:
    """Return the id; the `vpcId` of a subnet is not its own."""
    own = RESOURCE_ID_NAMES[kind]
    for name in ("id", own):
        text = _text(outputs, name)
        if text is not None:
            return text
    return COMPUTED


def _origins(resource: PolicyResource, names: Iterable[str]) -> frozenset[str]:
    """Return the URNs that a property of these names was made from."""
    dependencies = resource.property_dependencies
    return frozenset(origin.urn for name in names for origin in dependencies.get(name, ()))


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
        config = providers.read(encoded(provider.props))
        known.by_reference[provider.urn] = config
    return config


def _text(values: Properties, name: str) -> str | None:
    value = values.get(name)
    plain = value if is_plain(value) else unwrap(value)[0]
    return plain if plain and isinstance(plain, str) else None


def _raw(values: Properties) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(values))
