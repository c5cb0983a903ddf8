"""A row of a state or preview: one resource as Pulumi records it, turned into a declaration.

Source: `ResourceV3` in pulumi/pulumi `sdk/go/common/apitype/core.go`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from sys import intern
from typing import Final
from urllib.parse import unquote

import msgspec

from drift.declared import differing, properties, providers
from drift.declared.errors import BadSourceError
from drift.declared.ignore_changes import ignored_fields
from drift.declared.properties import Properties, camel_case, shared_set
from drift.declared.providers import NO_CONFIG, ProviderConfig
from drift.declared.values import Json, NotJsonError, decode, is_plain, unwrap
from drift.identifiers import FLOW_LOG_ID
from drift.model import (
    MALFORMED,
    NO_IGNORED_TAGS,
    DeclaredFlowLog,
    IgnoredTags,
    Lifecycle,
    Provider,
    SourcePosition,
    Unknown,
)

FLOW_LOG_TYPES: Final = frozenset(provider.value for provider in Provider)

_NULL: Final = msgspec.Raw(b"null")

# Names end up in commands for the shell, where one that began with `-` would be an option; Pulumi
# takes no others for stacks and projects, `validateStackName` in pulumi/pulumi. A resource may be
# called anything, also with `::` in it.
_URN: Final = re.compile(
    r"""
    urn:pulumi:
    (?P<stack> [\w.] [\w.-]* ) ::
    (?P<project> [\w.] [\w.-]* ) ::
    (?P<type> (?: [^:]++ | :(?!:) )++ ) ::  # behind the types of the components that it sits in
    .+
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)


class Row(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """One resource; its properties stay undecoded until they are asked for."""

    urn: str
    type: str
    custom: bool = False
    id: str | None = None
    delete: bool | None = None
    external: bool | None = None
    protect: bool | None = None
    pending_replacement: bool | None = None
    import_id: str | None = msgspec.field(default=None, name="importID")
    inputs: msgspec.Raw = _NULL
    outputs: msgspec.Raw = _NULL
    parent: str | None = None
    provider: str | None = None
    ignore_changes: tuple[str, ...] | None = None
    source_position: str | None = None

    @property
    def flow_log_id(self) -> str | None:
        """The id that AWS has given it, as far as the row tells."""
        return _flow_log_id(self, _object_or_nothing(self.outputs))

    @property
    def has_outputs(self) -> bool:
        """Whether it tells what AWS answered."""
        return bool(_object_or_nothing(self.outputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The provider resources of one state or preview."""

    by_reference: dict[str, ProviderConfig] = field(default_factory=dict)
    """By `urn::id`, and by URN alone: a provider that is yet to be created has no id."""
    default: Mapping[Provider, ProviderConfig] = field(default_factory=dict)
    """What the stack's configuration says for the default providers, where it is known."""

    def add(self, row: Row) -> None:
        """Take in the row of a provider."""
        config = providers.read(_object_or_nothing(row.inputs))
        self.by_reference[row.urn] = config
        self.by_reference[f"{row.urn}::{row.id or ''}"] = config

    def of(self, row: Row) -> ProviderConfig:
        """Return the configuration that a flow log was, or will be, deployed with."""
        reference = row.provider or ""
        config = self.by_reference.get(reference) or self.by_reference.get(_urn_of(reference))
        if config is not None:
            return config
        if _explicit_provider(reference) is None:
            return self.default.get(Provider(row.type), NO_CONFIG)
        return NO_CONFIG


def declare(
    row: Row, *, source: str, known: Providers, lifecycle: Lifecycle = Lifecycle.CREATED
) -> DeclaredFlowLog:
    """Return what a row declares.

    What of its properties can't be read becomes unknown, never an error; a row without a proper URN
    can't even be spoken of.
    """
    stack, project = stack_and_project(row.urn)
    if not stack:
        raise BadSourceError(
            source,
            f"has a flow log with a malformed URN: {_shortened(row.urn)!r}.",
            next_step=(
                "A URN is `urn:pulumi:STACK::PROJECT::TYPE::NAME`: write the file again with "
                "Pulumi, or mend it if it was made by hand."
            ),
        )
    provider = Provider(row.type)
    config = known.of(row)
    inputs, outputs = _object(row.inputs), _object_or_nothing(row.outputs)
    asked, recorded = _asked_and_recorded(provider, inputs, outputs, config)
    region, account = providers.region_and_account(_text(outputs, "arn"))
    return DeclaredFlowLog(
        urn=row.urn,
        project=project,
        stack=stack,
        source=source,
        provider=provider,
        flow_log=asked.flow_log,
        recorded=recorded.flow_log if recorded else None,
        lifecycle=lifecycle,
        flow_log_id=_flow_log_id(row, outputs) if lifecycle is Lifecycle.CREATED else None,
        account=account or config.account,
        region=(
            providers.valid_region(None if isinstance(inputs, Unknown) else _text(inputs, "region"))
            or providers.valid_region(_text(outputs, "region"))
            or region
            or config.region
        ),
        credentials=config.credentials,
        ignored_fields=ignored_fields(provider, row.ignore_changes),
        ignored_tags=_ignored_tags(provider, config),
        secret_fields=(
            shared_set(asked.secret_fields | recorded.secret_fields)
            if recorded
            else asked.secret_fields
        ),
        declared_at=_source_position(row.source_position) if row.source_position else None,
        parent_urn=_component(row.parent) if row.parent else None,
        provider_urn=_explicit_provider(row.provider or ""),
        protected=bool(row.protect),
        pending_replacement=bool(row.pending_replacement),
    )


def stack_and_project(urn: str) -> tuple[str, str]:
    """Split `urn:pulumi:STACK::PROJECT::TYPE::NAME`; empty for anything else."""
    parts = _URN.fullmatch(urn)
    return (intern(parts["stack"]), intern(parts["project"])) if parts else ("", "")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_LONGEST: Final = 200


def type_of(urn: str) -> str:
    """Return the type in a URN, without those of the components that it sits in; empty as above."""
    parts = _URN.fullmatch(urn)
    return parts["type"].rpartition("$")[2] if parts else ""


def _asked_and_recorded(
    provider: Provider,
    inputs: Mapping[str, Json] | Unknown,
    outputs: Mapping[str, Json],
    config: ProviderConfig,
) -> tuple[Properties, Properties | None]:
    if isinstance(inputs, Unknown):
        return Properties(flow_log=properties.unreadable(inputs)), None
    if not inputs:
        # Written by hand, or a resource of a policy pack: nothing else tells what was asked for.
        return properties.read(provider, outputs, config.default_tags), None
    asked = properties.read(provider, inputs, config.default_tags)
    return asked, differing.recorded(provider, inputs, outputs, asked.flow_log)


def _object(raw: msgspec.Raw) -> Mapping[str, Json] | Unknown:
    """Decode the properties of a resource; none are an empty object."""
    try:
        value = unwrap(decode(raw))[0]
    except NotJsonError:
        return MALFORMED
    match value:
        case dict():
            return camel_case(value)
        case Unknown():
            return value
        case None:
            return {}
        case _:
            return MALFORMED


def _object_or_nothing(raw: msgspec.Raw) -> Mapping[str, Json]:
    value = _object(raw)
    return {} if isinstance(value, Unknown) else value


def _text(values: Mapping[str, Json], name: str) -> str | None:
    value = values.get(name)
    if is_plain(value):
        return value if value and isinstance(value, str) else None
    plain = unwrap(value)[0]
    return plain if plain and isinstance(plain, str) else None


def _flow_log_id(row: Row, outputs: Mapping[str, Json]) -> str | None:
    """Return what looks like an id: the row's, else the outputs' (awsId is `aws-native`'s)."""
    return (
        _valid_id(row.id)
        or _valid_id((_text(outputs, "arn") or "").rpartition("/")[2])
        or _valid_id(_text(outputs, "awsId"))
        or _valid_id(_text(outputs, "id"))
        or _valid_id(row.import_id)
    )


def _valid_id(text: str | None) -> str | None:
    return text if text and FLOW_LOG_ID.fullmatch(text) else None


def _ignored_tags(provider: Provider, config: ProviderConfig) -> IgnoredTags:
    match provider:
        case Provider.AWS:
            return config.ignored_tags
        case Provider.AWS_NATIVE:
            # Not implemented there: https://github.com/pulumi/pulumi-aws-native/issues/110
            return NO_IGNORED_TAGS


@lru_cache(maxsize=1024)
def _source_position(position: str) -> SourcePosition | None:
    """Read `project:///network/vpcs.py#5,12`: a file relative to the project, line and column."""
    path, _, place = position.removeprefix("project://").rpartition("#")
    line = place.partition(",")[0]
    if not path or not line.isascii() or not line.isdecimal() or len(line) > _MAX_LINE_DIGITS:
        return None
    return SourcePosition(file=unquote(path).lstrip("/"), line=int(line))


_MAX_LINE_DIGITS: Final = 9


@lru_cache(maxsize=1024)
def _component(parent: str) -> str | None:
    """Return the parent, unless it is the stack itself."""
    return None if "::pulumi:pulumi:Stack::" in parent else parent


@lru_cache(maxsize=256)
def _urn_of(reference: str) -> str:
    """Return the URN of a reference to a provider, `urn::id`."""
    return reference.rpartition("::")[0]


@lru_cache(maxsize=256)
def _explicit_provider(reference: str) -> str | None:
    """Return the URN of a provider that the program made, not Pulumi by itself."""
    urn = _urn_of(reference)
    # A name may hold `::` as well.
    name = urn.split("::", 3)[-1]
    return None if _PULUMIS_OWN.fullmatch(name) else urn or None


_PULUMIS_OWN: Final = re.compile(r"default(_(\d|https?_).*)?", re.ASCII | re.DOTALL)
"""`default_7_51_0`, with `_https_…` behind it for a plugin from elsewhere: `DefaultName` of
`ProviderRequest` in pulumi/pulumi."""
