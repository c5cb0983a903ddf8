"""Property values as Pulumi writes them: secrets and unknowns unwrapped, text turned into numbers.

Source: pulumi/pulumi `sdk/go/common/resource/sig/sig.go`, `sdk/go/common/resource/plugin/rpc.go`
and `pkg/resource/stack/deployment.go`.
"""

from __future__ import annotations

from sys import intern
from typing import Final, TypeAlias

import msgspec

from drift.model import COMPUTED, MALFORMED, SECRET, Flag, Number, Text, Unknown

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Plain: TypeAlias = "Json | Unknown"
"""A value without its outermost wrapper; lists and objects may hold wrapped ones."""

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that makes an object a wrapper around a value; what it holds tells which wrapper."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_EMPTY_WRAPPERS: Final = {_SECRET: SECRET, _OUTPUT: COMPUTED}
"""What it means that such a wrapper has no value: a secret's ciphertext is not decrypted."""

_SENTINELS: Final = {
    # `pulumi preview --json` prints every secret like this, with --show-secrets too.
    "[secret]": SECRET,
    # UnknownStringValue, which states and previews hold for a value of any type; the others, of
    # booleans, numbers, arrays, objects, assets and archives, travel between engine and plugins.
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9": COMPUTED,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": COMPUTED,
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421": COMPUTED,
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": COMPUTED,
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff": COMPUTED,
    "030794c1-ac77-496b-92df-f27374a8bd58": COMPUTED,
    "e48ece36-62e2-4504-bad9-02848725956a": COMPUTED,
}
"""Texts that stand for a value which is not shown or not known."""

_MOST_DIGITS: Final = 18
_DECODER: Final = msgspec.json.Decoder()


class NotJsonError(Exception):
    """Text that should hold a JSON value, and does not."""


def decode(text: str | msgspec.Raw) -> Json:
    """Return the JSON value that a text holds, or raise `NotJsonError`."""
    try:
        value: Json = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotJsonError from error
    return value


def is_plain(value: Json) -> bool:
    """Whether there is nothing to unwrap, as in nearly all values."""
    return value not in _SENTINELS if isinstance(value, str) else not isinstance(value, dict)


def unwrap(value: Json) -> tuple[Plain, bool]:
    """Return a value without its wrappers, and whether it is known but secret."""
    secret = False
    while isinstance(value, dict) and (signature := value.get(_SIGNATURE)) is not None:
        if signature == _SECRET and isinstance(plaintext := value.get("plaintext"), str):
            secret = True
            try:
                # With --show-secrets; the text is JSON: `"\"arn:…\""`.
                value = decode(plaintext)
            except NotJsonError:
                return MALFORMED, False
        elif signature == _SECRET and "value" in value:
            # As the engine sends it to plugins.
            secret, value = True, value["value"]
        elif signature == _OUTPUT and "value" in value:
            secret = secret or value.get("secret") is True
            value = value["value"]
        else:
            # No value inside; or an asset, an archive, a resource: no property here can be one.
            why = _EMPTY_WRAPPERS.get(signature) if isinstance(signature, str) else None
            return why or MALFORMED, False
    if isinstance(value, str) and value in _SENTINELS:
        return _SENTINELS[value], False
    return value, secret


def text(value: Plain) -> Text:
    """Return a value as text; an empty one means the same to AWS as none."""
    if isinstance(value, str):
        # A state repeats a few formats, roles and buckets thousands of times.
        return intern(value) or None
    return value if value is None or isinstance(value, Unknown) else MALFORMED


def number(value: Plain) -> Number:
    """Return a value as a whole number; 60, 60.0 (after protobuf) and "60" (hand-made) are one."""
    match value:
        case bool():
            return MALFORMED
        case int() | None | Unknown():
            return value
        case float() if value.is_integer():
            return int(value)
        case "":
            return None
        case str() if value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS:
            return int(value)
        case _:
            return MALFORMED


def flag(value: Plain) -> Flag:
    """Return a value as a boolean; "false", from a provider's config or a mock, is not true."""
    match value:
        case bool() | None | Unknown():
            return value
        case "":
            return None
        case str():
            return {"true": True, "false": False}.get(value.lower(), MALFORMED)
        case _:
            return MALFORMED


def tag_value(value: Plain) -> str | Unknown:
    """Return a value as providers turn it into the value of a tag; an empty one is a value."""
    match value:
        case str():
            return intern(value)
        case Unknown():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return MALFORMED


def nested(value: Json) -> tuple[Plain, bool]:
    """Return a provider's nested setting, which states hold as JSON text, and whether it is secret.

    The wrapper of a secret is around the text as a rule.
    """
    plain, secret = unwrap(value)
    if plain == "":
        return None, False
    if not isinstance(plain, str):
        return plain, secret
    try:
        inner, inner_secret = unwrap(decode(plain))
    except NotJsonError:
        return MALFORMED, False
    return inner, secret or inner_secret
