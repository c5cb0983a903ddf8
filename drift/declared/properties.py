"""The properties of both flow log resources, read from what a program or a state holds.

Each member, and each tag, is read on its own: one secret or computed value hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Never, TypeVar

from drift.declared.values import (
    Json,
    Plain,
    flag,
    is_plain,
    nested,
    number,
    tag_value,
    text,
    unwrap,
)
from drift.model import (
    MALFORMED,
    NO_OPTIONS,
    NO_TAGS,
    SECRET,
    DestinationOptions,
    Flag,
    FlowLog,
    Number,
    Provider,
    TagFieldSpecification,
    Tags,
    Text,
    Unknown,
)
from drift.property_names import (
    ALL_TAGS,
    FIELDS_BY_PROPERTY,
    OPTION_NAMES,
    PROPERTY_NAMES,
    RESOURCE_ID_NAMES,
    spoken_of_as,
)

_FROM_SNAKE_CASE: Final = {
    re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name): name
    for name in (
        *(name for names in FIELDS_BY_PROPERTY.values() for name in names),
        *OPTION_NAMES.values(),
        *("resourceType", "tagKeys"),
        # of providers
        *("assumeRole", "assumeRoles", "assumeRoleWithWebIdentity", "allowedAccountIds"),
        *("roleArn", "externalId", "sessionName", "webIdentityTokenFile"),
        *("defaultTags", "ignoreTags", "keyPrefixes"),
    )
    if not name.islower()
}
_SNAKE_CASE: Final = frozenset(_FROM_SNAKE_CASE)


def camel_case_name(name: str) -> str:
    """Return the name that states use for a property, also where it is that of a Python program."""
    return _FROM_SNAKE_CASE.get(name, name)


def camel_case(values: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the values under the names that states use, if they have those of a Python program."""
    if _SNAKE_CASE.isdisjoint(values):
        return values
    return {camel_case_name(name): value for name, value in values.items()} | {**values}


# -- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What the inputs, or the outputs, of one resource say."""

    flow_log: FlowLog
    secret_fields: frozenset[str] = frozenset()
    """AWS field names whose value is known but secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTags:
    """The tags that a provider adds to each of its resources."""

    tags: Tags | Unknown
    secret_keys: frozenset[str] = frozenset()
    """Keys whose value is known but secret."""


NO_DEFAULT_TAGS: Final = DefaultTags(tags=NO_TAGS)


def read(
    provider: Provider, values: Mapping[str, Json], defaults: DefaultTags = NO_DEFAULT_TAGS
) -> Properties:
    """Read the properties of a resource, named as in a state."""
    reader = _Reader(provider, values)
    flow_log = FlowLog(
        resource_id=reader.resource_id(),
        traffic_type=reader.text("TrafficType"),
        log_destination_type=reader.text("LogDestinationType"),
        log_destination=reader.text("LogDestination"),
        log_group_name=reader.text("LogGroupName"),
        log_format=reader.text("LogFormat"),
        max_aggregation_interval=reader.number("MaxAggregationInterval"),
        deliver_logs_permission_arn=reader.text("DeliverLogsPermissionArn"),
        deliver_cross_account_role=reader.text("DeliverCrossAccountRole"),
        destination_options=reader.destination_options(),
        tag_field_specifications=reader.tag_field_specifications(),
        tags=reader.tags(defaults),
    )
    return Properties(flow_log=flow_log, secret_fields=shared_set(reader.secret_fields))


def unreadable(why: Unknown) -> FlowLog:
    """Return a flow log of which not a single field could be read."""
    return FlowLog(
        resource_id=why,
        traffic_type=why,
        log_destination_type=why,
        log_destination=why,
        log_group_name=why,
        log_format=why,
        max_aggregation_interval=why,
        deliver_logs_permission_arn=why,
        deliver_cross_account_role=why,
        destination_options=shared_options(why, why, why),
        tag_field_specifications=why,
        tags=why,
    )


def default_tags(value: Json) -> DefaultTags:
    """Read a provider's `defaultTags`: `{"tags": {…}}`, in states as JSON text."""
    plain, secret = nested(value)
    match plain:
        case None:
            return NO_DEFAULT_TAGS
        case Unknown():
            return DefaultTags(tags=plain)
        case dict():
            reader = _Reader(Provider.AWS, plain)
            tags = reader.tags(NO_DEFAULT_TAGS)
        case _:
            return DefaultTags(tags=MALFORMED)
    if isinstance(tags, Unknown):
        return DefaultTags(tags=tags)
    if secret or "Tags" in reader.secret_fields:
        return DefaultTags(tags=tags, secret_keys=frozenset(tags))
    secret_keys = frozenset(key for key in tags if f"Tags.{key}" in reader.secret_fields)
    return DefaultTags(tags=tags, secret_keys=secret_keys)


class _UnreadableError(Exception):
    """A part without which the whole says nothing, such as the key of a tag."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


class _Reader:
    """Reads one resource, property by property, and notes which were secret."""

    __slots__ = ("_names", "_provider", "_values", "secret_fields")

    def __init__(self, provider: Provider, values: Mapping[str, Json]) -> None:
        self._provider = provider
        self._names = PROPERTY_NAMES[provider]
        self._values = values
        self.secret_fields: set[str] = set()

    def text(self, field: str) -> Text:
        value = self._values.get(self._names[field])
        # Most properties of most flow logs are not set.
        return None if value is None else text(self._unwrap(value, field))

    def number(self, field: str) -> Number:
        return number(self._unwrap(self._values.get(self._names[field]), field))

    def resource_id(self) -> Text:
        match self._provider:
            case Provider.AWS_NATIVE:
                return self.text("ResourceId")
            case Provider.AWS:
                return self._only_resource_id()

    def _only_resource_id(self) -> Text:
        found: Text = None
        for name in RESOURCE_ID_NAMES.values():
            value = self._values.get(name)
            resource_id = None if value is None else text(self._unwrap(value, "ResourceId"))
            if resource_id is not None:
                found = MALFORMED if found else resource_id
        return found

    def destination_options(self) -> DestinationOptions:
        value = self._values.get(self._names["DestinationOptions"])
        members = None if value is None else self._block(value, "DestinationOptions")
        if members is None:
            return NO_OPTIONS
        if isinstance(members, Unknown):
            return shared_options(members, members, members)
        options = camel_case(members)
        return shared_options(
            text(self._option(options, "FileFormat")),
            flag(self._option(options, "HiveCompatiblePartitions")),
            flag(self._option(options, "PerHourPartition")),
        )

    def _option(self, options: Mapping[str, Json], field: str) -> Plain:
        return self._unwrap(options.get(OPTION_NAMES[field]), f"DestinationOptions.{field}")

    def _block(self, value: Json, field: str) -> dict[str, Json] | Unknown | None:
        """Return a block of Terraform's: an object, by itself or the one element of a list."""
        plain = self._unwrap(value, field)
        match plain:
            case [only]:
                plain = self._unwrap(only, field)
            case _:
                pass
        match plain:
            case None | "" | []:
                return None
            case dict() | Unknown():
                return plain
            case _:
                return MALFORMED

    def tag_field_specifications(self) -> frozenset[TagFieldSpecification] | Unknown:
        field = "TagFieldSpecifications"
        value = self._values.get(self._names[field])
        if value is None or value == "":
            return _NO_SPECIFICATIONS
        try:
            return shared_set(
                {
                    TagFieldSpecification(
                        resource_type=self._string(members.get("resourceType"), field),
                        tag_keys=tuple(
                            self._string(key, field)
                            for key in self._list(members.get("tagKeys"), field)
                        ),
                    )
                    for members in self._objects(value, field)
                }
            )
        except _UnreadableError as error:
            return error.why

    def tags(self, defaults: DefaultTags) -> Tags | Unknown:
        """Return all tags: `tagsAll` if it is there, else the provider's and the resource's own."""
        everything = self._values.get(ALL_TAGS) if self._provider is Provider.AWS else None
        if everything is not None and everything != "":
            tags = self._tags(everything)
            if defaults.secret_keys or self._has_secret_tags():
                self._note_secret_tags(tags, defaults)
            return tags
        own = self._tags(self._values.get(self._names["Tags"]))
        if isinstance(own, Unknown) or not defaults.tags:
            return own
        if isinstance(defaults.tags, Unknown):
            return defaults.tags
        self.secret_fields |= {f"Tags.{key}" for key in defaults.secret_keys if key not in own}
        return _shared_tags(tuple({**defaults.tags, **own}.items()))

    def _has_secret_tags(self) -> bool:
        own = self._values.get(self._names["Tags"])
        return isinstance(own, dict) and not (is_plain(own) and all(map(is_plain, own.values())))

    def _note_secret_tags(self, everything: Tags | Unknown, defaults: DefaultTags) -> None:
        """Note what is secret where it was given: `tagsAll`, put together from it, does not say."""
        if isinstance(everything, Unknown):
            return
        own = self._tags(self._values.get(self._names["Tags"]))
        if isinstance(own, Unknown):
            secret = frozenset(everything) if own == SECRET else frozenset()
        else:
            secret = frozenset(key for key, value in own.items() if value == SECRET)
            if not isinstance(defaults.tags, Unknown):
                secret |= {
                    key
                    for key in defaults.secret_keys
                    if key not in own and everything.get(key) == defaults.tags[key]
                }
        self.secret_fields |= {f"Tags.{key}" for key in secret if key in everything}

    def _tags(self, value: Json) -> Tags | Unknown:
        """Read `{key: value}`, as `aws` has it, or `[{key, value}]`, as `aws-native` has it."""
        tags: dict[str, str | Unknown] = {}
        match self._unwrap(value, "Tags"):
            case None | "":
                return NO_TAGS
            case dict(entries):
                for key, given in entries.items():
                    # The bridge notes there which members it filled in; a null is no tag.
                    if key != "__defaults" and given is not None:
                        tags[key] = self._tag_value(key, given)
            case list(entries):
                try:
                    for entry in self._objects(entries, "Tags"):
                        key, given = self._string(entry.get("key"), "Tags"), entry.get("value")
                        tags[key] = self._tag_value(key, "" if given is None else given)
                except _UnreadableError as error:
                    return error.why
            case Unknown() as why:
                return why
            case _:
                return MALFORMED
        return _shared_tags(tuple(tags.items()))

    def _tag_value(self, key: str, given: Json) -> str | Unknown:
        return tag_value(given if is_plain(given) else self._unwrap(given, f"Tags.{key}"))

    def _objects(self, value: Json, field: str) -> list[Mapping[str, Json]]:
        objects: list[Mapping[str, Json]] = []
        for item in self._list(value, field):
            match self._unwrap(item, field):
                case dict(members):
                    objects.append(camel_case(members))
                case Unknown() as why:
                    raise _UnreadableError(why)
                case _:
                    raise _UnreadableError(MALFORMED)
        return objects

    def _list(self, value: Json, field: str) -> list[Json]:
        match self._unwrap(value, field):
            case list(items):
                return items
            case Unknown() as why:
                raise _UnreadableError(why)
            case _:
                raise _UnreadableError(MALFORMED)

    def _string(self, value: Json, field: str) -> str:
        match text(self._unwrap(value, field)):
            case str(string):
                return string
            case Unknown() as why:
                raise _UnreadableError(why)
            case None:
                raise _UnreadableError(MALFORMED)

    def _unwrap(self, value: Json, field: str) -> Plain:
        if is_plain(value):
            return value
        plain, secret = unwrap(value)
        if secret:
            self.secret_fields.add(spoken_of_as(field))
        return plain


# -- sharing --------------------------------------------------------------------------------------
# A hundred thousand flow logs have a few different options and tags between them. They also have
# several sets each that are empty, and an empty set takes 216 bytes and is not shared by Python.

_Item = TypeVar("_Item")
_EMPTY_SET: Final[frozenset[Never]] = frozenset()
_NO_SPECIFICATIONS: Final[frozenset[TagFieldSpecification]] = _EMPTY_SET


def shared_set(items: AbstractSet[_Item]) -> frozenset[_Item]:
    """Return the set; all that are empty are one."""
    return frozenset(items) if items else _EMPTY_SET


@lru_cache(maxsize=1024)
def _shared_tags(items: tuple[tuple[str, str | Unknown], ...]) -> Tags:
    return MappingProxyType(dict(items)) if items else NO_TAGS


@lru_cache(maxsize=256)
def shared_options(file_format: Text, hive: Flag, per_hour: Flag) -> DestinationOptions:
    """Return those options; flow logs that have the same ones share them."""
    return DestinationOptions(
        file_format=file_format, hive_compatible_partitions=hive, per_hour_partition=per_hour
    )
