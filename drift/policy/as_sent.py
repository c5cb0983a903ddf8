"""Properties as the SDK hands them over, turned back into the JSON that `drift.declared` reads.

The SDK raises `UnknownValueError` wherever an unknown is touched, and then reports the whole
policy as one that can't run; and it forgets which values are secret. Neither may happen here:
unknowns become their sentinels again, field by field, and secrets are wrapped again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UnknownValueError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Path: TypeAlias = tuple[str, ...]

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

SECRET_PATHS: Final = "__driftSecrets"
"""The property in which `keep_secrets` notes what was secret, named as Pulumi's internal ones."""

_Deserialize: TypeAlias = Callable[..., object]


def keep_secrets() -> None:
    """Have the SDK note which properties are secret; nothing else that it does changes.

    The SDK has no way to ask: it unwraps secrets before a policy sees them (remediations apart).
    The one function that does so is wrapped here, once. Should it ever be gone, this fails at the
    start, which a message about a secret value would not.
    """
    original: _Deserialize = sdk.deserialize_properties  # type: ignore[attr-defined]  # not exported
    if not isinstance(original, _Deserializer):
        sdk.deserialize_properties = _Deserializer(original)  # type: ignore[assignment,attr-defined]


class _Deserializer:
    """The SDK's `deserialize_properties`, with the paths of secrets beside the properties."""

    def __init__(self, original: _Deserialize) -> None:
        self._original: Final = original

    def __call__(self, props: dict[str, Json], proxy_secrets: bool = False) -> object:  # noqa: FBT001, FBT002 -- the SDK's signature
        if proxy_secrets:
            return self._original(props, proxy_secrets)
        secrets: list[Path] = []
        plain = {key: _unwrapped(value, (key,), secrets) for key, value in props.items()}
        result = self._original(plain)
        if secrets and isinstance(result, dict):
            result[SECRET_PATHS] = [list(path) for path in secrets]
        return result


def _unwrapped(value: Json, path: Path, secrets: list[Path]) -> Json:
    """Return a value without secrets and output values, which the SDK would choke on, noting both.

    What the SDK knows itself, assets and archives, stays as it is.
    """
    match value:
        case dict() if _SIGNATURE in value:
            signature = value[_SIGNATURE]
            if signature not in {_SECRET, _OUTPUT}:
                return value
            if signature == _SECRET or value.get("secret") is True:
                secrets.append(path)
            return _unwrapped(value.get("value", _UNKNOWN), path, secrets)
        case dict():
            return {key: _unwrapped(inner, (*path, key), secrets) for key, inner in value.items()}
        case list():
            return [
                _unwrapped(inner, (*path, str(index)), secrets) for index, inner in enumerate(value)
            ]
        case _:
            return value


def encoded(properties: Mapping[str, object]) -> dict[str, Json]:
    """Return the properties of a resource with unknowns and secrets marked as Pulumi marks them."""
    secrets = _secret_paths(properties)
    return {
        key: _encoded(properties, key, (key,), secrets) for key in properties if key != SECRET_PATHS
    }


def _secret_paths(properties: Mapping[str, object]) -> frozenset[Path]:
    if SECRET_PATHS not in _keys(properties):
        return frozenset()
    noted = _encoded(properties, SECRET_PATHS, (), frozenset())
    paths = noted if isinstance(noted, list) else []
    return frozenset(tuple(map(str, path)) for path in paths if isinstance(path, list))


def _keys(properties: Mapping[str, object]) -> frozenset[str]:
    """Return the names; `in` would look at the value, and raise if it is unknown."""
    return frozenset(iter(properties))


def _encoded(
    holder: Mapping[str, object] | Sequence[object],
    key: str | int,
    path: Path,
    secrets: frozenset[Path],
) -> Json:
    try:
        value = holder[key]  # type: ignore[index]  # a name of the one, an index of the other
    except UnknownValueError as error:
        plain: Json = str(error.unknown_type_sentinel)
    else:
        plain = _plain(value, path, secrets)
    if path in secrets:
        return {_SIGNATURE: _OUTPUT, "value": plain, "secret": True}
    return plain


def _plain(value: object, path: Path, secrets: frozenset[Path]) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _encoded(value, key, (*path, str(key)), secrets) for key in value}
        case Sequence():
            return [
                _encoded(value, index, (*path, str(index)), secrets) for index in range(len(value))
            ]
        case _:
            # An asset or an archive: no property of a flow log can be one.
            return {_SIGNATURE: type(value).__name__}
