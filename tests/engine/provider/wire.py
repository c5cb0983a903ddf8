"""Properties on the wire: protobuf's Struct, with Pulumi's marks for what is unknown or secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct


class Unknown(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


UNKNOWN: Final = Unknown.UNKNOWN
"""A value that only the deployment will tell."""

Value: TypeAlias = "bool | float | str | Unknown | list[Value] | Properties | None"
Properties: TypeAlias = dict[str, Value]

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that makes an object a value of a special kind, such as a secret."""


def decode(struct: Struct) -> Properties:
    """Return the properties; what is secret comes as it is, what is null not at all.

    The engine remembers which were secret, for a provider that says it cannot.
    """
    return _object(json_format.MessageToDict(struct))


def decode_config(struct: Struct) -> Properties:
    """Return the configuration of a provider, whose values that are no text come as JSON text."""
    return {name: _from_json(value) for name, value in decode(struct).items()}


def encode(properties: Mapping[str, Value]) -> Struct:
    """Return the properties as they go to the engine."""
    plain = {name: _plain(value) for name, value in properties.items()}
    return json_format.ParseDict(plain, Struct())


def has_unknowns(value: Value) -> bool:
    """Whether it is unknown, or anything in it."""
    match value:
        case list():
            return any(map(has_unknowns, value))
        case dict():
            return any(map(has_unknowns, value.values()))
        case _:
            return value is UNKNOWN


def _object(raw: Mapping[str, object]) -> Properties:
    return {name: _value(value) for name, value in raw.items() if value is not None}


def _value(raw: object) -> Value:
    match raw:
        case Unknown.UNKNOWN.value:
            return UNKNOWN
        case dict() if _SIGNATURE in raw:
            # A secret: assets and resources are no properties of anything here.
            return _value(raw.get("value"))
        case dict():
            return _object(raw)
        case list():
            return [_value(item) for item in raw]
        case None | bool() | float() | str():
            return raw
        case _:
            raise TypeError(f"{raw!r} is no JSON")


def _plain(value: Value) -> object:
    match value:
        case Unknown():
            return value.value
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(member) for name, member in value.items()}
        case _:
            return value


def _from_json(value: Value) -> Value:
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    return _value(json.loads(value))
