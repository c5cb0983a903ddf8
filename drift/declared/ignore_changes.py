"""The `ignoreChanges` option of a resource: property paths, read as AWS field names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drift.declared.properties import camel_case_name, shared_set
from drift.model import Provider
from drift.property_names import OPTION_NAMES, PROPERTY_NAMES, field_of, spoken_of_as

# `root.nested["key with . inside"][0]`: ParsePropertyPath in pulumi/pulumi
# `sdk/go/common/resource/property_path.go`.
_STEP: Final = re.compile(
    r"""
    \.?([^.\[\]"]+)            # .name
    | \["((?:[^"\\]|\\.)*)"\]  # ["name"]
    | \[([0-9]+|\*)\]          # [0], [*]
    """,
    re.VERBOSE,
)
_ESCAPED: Final = re.compile(r"\\(.)")
_OPTIONS: Final = {name: option for option, name in OPTION_NAMES.items()}
_EVERYTHING: Final = frozenset(spoken_of_as(field) for field in PROPERTY_NAMES[Provider.AWS_NATIVE])
_NOTHING: Final[frozenset[str]] = frozenset()


def ignored_fields(provider: Provider, paths: Iterable[str] | None) -> frozenset[str]:
    """Return the fields, options and tags whose changes a program ignores; `*` is all of them."""
    if not paths:
        return _NOTHING
    return shared_set({field for path in paths for field in _fields(provider, _steps(path))})


def _steps(path: str) -> list[str]:
    return [
        name or _ESCAPED.sub(r"\1", quoted) or index for name, quoted, index in _STEP.findall(path)
    ]


def _fields(provider: Provider, steps: list[str]) -> frozenset[str]:
    match steps:
        case ["*", *_]:
            return _EVERYTHING
        case [name, *rest]:
            field = field_of(provider, camel_case_name(name))
        case _:
            return _NOTHING
    match field, rest:
        case None, _:
            return _NOTHING
        case "Tags", [key, *_] if key != "*":
            return frozenset({f"Tags.{key}"})
        case "DestinationOptions", _:
            # `destinationOptions[0].fileFormat` is a member as well: the index says nothing.
            options = [
                _OPTIONS[name] for step in rest if (name := camel_case_name(step)) in _OPTIONS
            ]
            return frozenset({f"DestinationOptions.{option}" for option in options} or {field})
        case _:
            return frozenset({spoken_of_as(field)})
