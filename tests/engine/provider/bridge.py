"""What Pulumi's Terraform bridge makes of a resource type's schema, in versions 7 of `aws`.

Sources: pulumi/pulumi-terraform-bridge `pkg/tfbridge/schema.go`, pulumi/pulumi-aws
`provider/tags.go` and `provider/region.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tests.engine.provider.schema import Existing, Property, ResourceType, Tagged
from tests.engine.provider.wire import UNKNOWN, Properties, Value, has_unknowns

DEFAULTS: Final = "__defaults"
"""Under this key the bridge notes which properties it filled in."""

_REGION: Final = Property(force_new=True, computed=True)
_TAGS: Final = Property()
_ALL_TAGS: Final = Property(computed=True)
_NAME_DIGITS: Final = 7


_EMPTY: Final[tuple[Value, ...]] = (None, "", [], {})
"""To Terraform, what is empty is not there."""


class Change(Enum):
    """What became of a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A property that differs, and whether the resource is replaced for it."""

    change: Change
    replaces: bool


# -- Check ----------------------------------------------------------------------------------------


def checked(  # noqa: PLR0913 -- all that Check is told
    kind: ResourceType,
    config: Properties,
    *,
    name: str,
    seed: bytes,
    asked: Properties,
    before: Properties,
) -> Properties:
    """Return what is asked for with all that the provider fills in: tags, region, name, defaults.

    `before` are the inputs of the last deployment, which a made-up name is kept from.
    """
    inputs = {key: value for key, value in asked.items() if key != DEFAULTS}
    if isinstance(kind, Tagged):
        inputs["tagsAll"] = _with_defaults(_all_tags(config, inputs.get("tags")))
    if "tags" in inputs:
        inputs["tags"] = _with_defaults(inputs["tags"])
    if "region" in config:
        inputs.setdefault("region", config["region"])
    filled = _fill(inputs, kind.properties)
    for key, property_ in kind.properties.items():
        if property_.named and key not in inputs:
            kept = before.get(key) if key in _names(before) else None
            inputs[key] = kept or f"{name}-{seed.hex()[:_NAME_DIGITS]}"
            filled.append(key)
    return {**inputs, DEFAULTS: list[Value](sorted(filled))}


def all_tags(inputs: Properties) -> dict[str, str]:
    """Return the tags that a resource is to have, with the provider's default tags."""
    return _texts(inputs.get("tagsAll"))


def _fill(values: Properties, schema: Mapping[str, Property]) -> list[str]:
    """Put in the defaults, also in what is nested; return the names that were put in here."""
    filled = []
    for key, property_ in schema.items():
        value = values.get(key)
        if value is None and property_.default is not None:
            values[key] = property_.default
            filled.append(key)
        for block in value if isinstance(value, list) else [value]:
            if property_.members and isinstance(block, dict):
                block[DEFAULTS] = list[Value](sorted(_fill(block, property_.members)))
    return filled


def _with_defaults(value: Value) -> Value:
    return {**value, DEFAULTS: []} if isinstance(value, dict) else value


def _names(inputs: Properties) -> list[Value]:
    names = inputs.get(DEFAULTS)
    return names if isinstance(names, list) else []


def _all_tags(config: Properties, own: Value) -> Value:
    """Merge the provider's default tags and the resource's; as pulumi-aws, one unknown is all."""
    if has_unknowns(own) or has_unknowns(config.get("defaultTags")):
        return UNKNOWN
    tags = {**_default_tags(config), **_texts(own)}
    return {key: value for key, value in tags.items() if not _ignored(config, key)}


def _default_tags(config: Properties) -> dict[str, str]:
    defaults = config.get("defaultTags")
    return _texts(defaults.get("tags")) if isinstance(defaults, dict) else {}


def _ignored(config: Properties, key: str) -> bool:
    ignored = config.get("ignoreTags")
    if not isinstance(ignored, dict):
        return False
    keys, prefixes = ignored.get("keys"), ignored.get("keyPrefixes")
    return (isinstance(keys, list) and key in keys) or (
        isinstance(prefixes, list) and key.startswith(tuple(map(str, prefixes)))
    )


def _texts(value: Value) -> dict[str, str]:
    members = value if isinstance(value, dict) else {}
    return {key: str(member) for key, member in members.items() if key != DEFAULTS}


# -- Diff -----------------------------------------------------------------------------------------


def changes(kind: ResourceType, state: Properties, inputs: Properties) -> dict[str, Changed]:
    """Return how checked inputs differ from what the state says, by property path."""
    schema = {**kind.properties, "region": _REGION, "tags": _TAGS, "tagsAll": _ALL_TAGS}
    return {
        path: changed
        for key, property_ in schema.items()
        for path, changed in _changes(key, property_, state.get(key), inputs.get(key))
    }


def _changes(
    path: str, property_: Property, old: Value, new: Value
) -> Iterator[tuple[str, Changed]]:
    old, new = _bare(old), _bare(new)
    if new is None and (property_.computed or property_.block):
        return
    if old in _EMPTY and new in _EMPTY:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            member = property_.members.get(key, Property())
            nested = Property(force_new=property_.force_new, computed=member.computed)
            yield from _changes(f"{path}.{key}", nested, old.get(key), new.get(key))
    elif old != new:
        change = Change.ADD if old in _EMPTY else Change.DELETE if new is None else Change.UPDATE
        yield path, Changed(change=change, replaces=property_.force_new)


def _bare(value: Value) -> Value:
    """Leave out the notes of what was filled in."""
    match value:
        case list():
            return [_bare(item) for item in value]
        case dict():
            return {key: _bare(member) for key, member in value.items() if key != DEFAULTS}
        case _:
            return value


# -- states ---------------------------------------------------------------------------------------


def outputs(config: Properties, existing: Existing) -> Properties:
    """Return the state of a resource that AWS has; `tags` are those that no default explains."""
    if "tagsAll" not in existing.outputs:
        return {**existing.outputs, "id": existing.id}
    tags = {
        key: tag for key, tag in all_tags(existing.outputs).items() if not _ignored(config, key)
    }
    defaults = _default_tags(config)
    own = {key: tag for key, tag in tags.items() if defaults.get(key) != tag}
    return {
        **existing.outputs,
        "id": existing.id,
        **({"tags": {**own}} if own else {}),
        "tagsAll": {**tags},
    }


def planned(kind: ResourceType, inputs: Properties) -> Properties:
    """Return the state that a creation is going to have, as far as a preview can tell."""
    told = {key: _bare(value) for key, value in inputs.items() if key != DEFAULTS}
    computed = {key for key, property_ in kind.properties.items() if property_.computed}
    unknown: Properties = dict.fromkeys((*kind.outputs, *computed, "id"), UNKNOWN)
    return {**unknown, **told}


def updated(state: Properties, inputs: Properties) -> Properties:
    """Return the state after a change in place: of the tags, for nothing else can be changed."""
    kept = {key: value for key, value in state.items() if key != "tags"}
    told: Properties = {key: _bare(inputs[key]) for key in ("tags", "tagsAll") if key in inputs}
    return {**kept, **told}


def refreshed(inputs: Properties, state: Properties) -> Properties:
    """Return the inputs with live values for what they set; the rest is AWS's choice."""
    return {
        key: _refreshed(value, state.get(key)) if key != DEFAULTS else value
        for key, value in inputs.items()
        if key == DEFAULTS or state.get(key) is not None
    }


def _refreshed(asked: Value, live: Value) -> Value:
    if isinstance(asked, dict) and isinstance(live, dict):
        return {**live, DEFAULTS: asked.get(DEFAULTS, [])}
    return live


def imported(kind: ResourceType, state: Properties) -> Properties:
    """Return the inputs that would have made a resource: all that can be set, but defaults."""
    inputs = {
        key: value
        for key, property_ in {**kind.properties, "tags": _TAGS}.items()
        if (value := state.get(key)) and value != property_.default
    }
    return {**inputs, "region": state.get("region"), DEFAULTS: []}
