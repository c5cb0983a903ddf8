"""Properties as the engine sent them, beside what the SDK shows of them to policies.

What it shows raises `UnknownValueError` wherever an unknown is touched, upon which the SDK reports
the whole policy as one that can't run; and it does not tell which values are secret. What was sent
says both, and is the JSON that `drift.declared` reads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from pulumi_policy import policy as sdk
from pulumi_policy.policy import deserialize_properties  # type: ignore[attr-defined]  # not exported
from pulumi_policy.proxy import unknown_checking_proxy

if TYPE_CHECKING:
    from drift.declared.values import Json

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_Deserialize: TypeAlias = Callable[..., dict[str, object]]


def keep_as_sent() -> None:
    """Have the SDK keep the properties of resources as they were sent.

    The SDK has no way to ask for that. The one function that turns what was sent into what policies
    see is wrapped here, once; what they see stays the same.
    """
    present: _Deserialize = sdk.deserialize_properties  # type: ignore[attr-defined]  # not exported
    if not isinstance(present, _Deserializer):
        sdk.deserialize_properties = _Deserializer(deserialize_properties)  # type: ignore[assignment,attr-defined]  # not exported


def as_sent(properties: Mapping[str, object]) -> Mapping[str, Json]:
    """Return the properties of a resource, as a policy is given them, in Pulumi's own encoding."""
    if not isinstance(properties, _Properties):
        raise TypeError("pulumi_policy no longer hands over what its deserialize_properties made")
    return properties.sent


class _Deserializer:
    """The SDK's `deserialize_properties`, put off until a policy looks at a property.

    The SDK calls it for each resource and each policy, and most policies look at few resources.
    """

    def __init__(self, original: _Deserialize) -> None:
        self._original: Final = original

    def __call__(
        self,
        props: dict[str, Json],
        proxy_secrets: bool = False,  # noqa: FBT001, FBT002 -- the SDK's signature
    ) -> Mapping[str, object]:
        if proxy_secrets:
            return self._original(props, proxy_secrets)
        return _Properties(props, self._original)


class _Properties(Mapping[str, object]):
    """What policies are shown: the SDK wraps dictionaries, and hands other mappings on."""

    __slots__ = ("_deserialize", "_shown", "sent")

    def __init__(self, sent: dict[str, Json], deserialize: _Deserialize) -> None:
        self.sent: Final[Mapping[str, Json]] = sent
        self._deserialize: Final = deserialize
        self._shown: Mapping[str, object] | None = None

    @override
    def __getitem__(self, key: str) -> object:
        if self._shown is None:
            plain = {name: _without_outputs(value) for name, value in self.sent.items()}
            self._shown = unknown_checking_proxy(self._deserialize(plain))
        return self._shown[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.sent)

    @override
    def __len__(self) -> int:
        return len(self.sent)


def _without_outputs(value: Json) -> Json:
    """Return a value without output values, which the SDK would choke on, and without secrets.

    What the SDK knows itself, assets and archives, stays as it is.
    """
    match value:
        case dict() if (signature := value.get(_SIGNATURE)) is not None:
            if signature in (_SECRET, _OUTPUT):  # no set: it may not be hashable
                return _without_outputs(value.get("value", _UNKNOWN))
            return value
        case dict():
            return {key: _without_outputs(inner) for key, inner in value.items()}
        case list():
            return [_without_outputs(inner) for inner in value]
        case _:
            return value
