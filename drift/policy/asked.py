"""A flow log as a program asks for it: the inputs of a resource, read once for all who look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from drift.declared import properties
from drift.declared.values import Json
from drift.findings import REDACTED
from drift.model import FlowLog, Provider, ResourceType, resource_type
from drift.property_names import RESOURCE_ID_NAMES

Inputs: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A flow log as a program asks for it."""

    provider: Provider
    flow_log: FlowLog
    kind: ResourceType
    """What is watched; known by the property even where the id is not."""
    secret_fields: frozenset[str] = frozenset()
    inputs: Inputs = field(default_factory=dict, repr=False)
    """As the engine sent them."""

    def shown(self, field: str, value: object) -> str:
        """Return a value for a person, unless it, or the block that it is in, is secret."""
        secret = field in self.secret_fields or field.partition(".")[0] in self.secret_fields
        return REDACTED if secret else f"{value}"


def read(provider: Provider, inputs: Inputs) -> Asked:
    """Read the inputs of a flow log."""
    said = properties.read(provider, inputs)
    return Asked(
        provider=provider,
        flow_log=said.flow_log,
        kind=_kind(provider, inputs, said.flow_log),
        secret_fields=said.secret_fields,
        inputs=inputs,
    )


def _kind(provider: Provider, inputs: Inputs, flow_log: FlowLog) -> ResourceType:
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
