"""What policies can be told by `--policy-pack-config`: schemas, and reading it key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final, TypeAlias, assert_never

Json: TypeAlias = "bool | float | str | list[Json] | dict[str, Json] | None"


class Shape(Enum):
    """What a value has to look like."""

    GLOBS = "a list of globs, such as"
    NAMES = "a list of names of fields, without ${}, such as"
    FLAG = "true or false, such as"
    FILE_FORMAT = "plain-text or parquet, such as"
    TAGS = "an object of tag keys and values, both globs, such as"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One key of a policy's configuration."""

    name: str
    shape: Shape
    description: str
    example: Json

    @property
    def schema(self) -> dict[str, object]:
        """The same as JSON Schema."""
        return {**_schema(self.shape), "description": self.description}


EXCLUDE: Final = Option(
    name="exclude",
    shape=Shape.GLOBS,
    description="Names or URNs of resources, as globs, that this policy leaves alone.",
    example=["legacy-*", "*::aws:ec2/flowLog:FlowLog::imported"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a policy was told; empty where it was told nothing."""

    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def excludes(self, *names: str | None) -> bool:
        """Whether one of these names is to be left alone."""
        return matches_any(self.lists.get("exclude", ()), names)


class SettingsError(Exception):
    """A configuration that cannot be followed."""

    def __init__(self, wrong: Sequence[str]) -> None:
        """Take a sentence for each key that is wrong: its name, and what it should be."""
        super().__init__("\n".join(wrong))
        self.wrong: Final = tuple(wrong)


def matches_any(globs: Sequence[str], names: Sequence[str | None]) -> bool:
    """Whether a name fits a glob; upper and lower case differ, as they do in AWS and Pulumi."""
    return any(name is not None and fnmatchcase(name, glob) for name in names for glob in globs)


def read(options: Sequence[Option], config: Mapping[str, object]) -> Settings:
    """Return the settings, or raise `SettingsError` with all that is wrong."""
    known = {option.name: option for option in options}
    wrong = [
        f"{key}: there is no such key; there {'are' if len(known) > 1 else 'is'} {', '.join(known)}"
        for key in config
        if key not in known
    ]
    lists: dict[str, tuple[str, ...]] = {}
    flags: dict[str, bool] = {}
    texts: dict[str, str] = {}
    tables: dict[str, dict[str, str]] = {}
    for option in options:
        if option.name not in config:
            continue
        match option.shape, config[option.name]:
            case Shape.GLOBS, list(items) if (words := _texts(items)) is not None:
                lists[option.name] = words
            case Shape.NAMES, list(items) if (words := _texts(items)) is not None and all(
                _FIELD.fullmatch(word) for word in words
            ):
                lists[option.name] = words
            case Shape.FLAG, bool(flag):
                flags[option.name] = flag
            case Shape.FILE_FORMAT, ("plain-text" | "parquet") as text:
                texts[option.name] = text
            case Shape.TAGS, dict(table) if _texts([*table, *table.values()]) is not None:
                tables[option.name] = {str(key): str(glob) for key, glob in table.items()}
            case shape, _:
                wrong.append(f"{option.name}: has to be {shape.value} {_shown(option.example)}")
    if wrong:
        raise SettingsError(wrong)
    return Settings(lists=lists, flags=flags, texts=texts, tables=tables)


_FIELD: Final = re.compile(r"[a-z][a-z0-9-]*")


def _texts(items: Sequence[object]) -> tuple[str, ...] | None:
    """Return the items if all are texts that say something."""
    texts = tuple(item for item in items if isinstance(item, str) and item)
    return texts if len(texts) == len(items) else None


def _shown(example: Json) -> str:
    import json

    return json.dumps(example)


def _schema(shape: Shape) -> dict[str, object]:
    match shape:
        case Shape.GLOBS:
            return {"type": "array", "items": {"type": "string", "minLength": 1}}
        case Shape.NAMES:
            return {"type": "array", "items": {"type": "string", "pattern": f"^{_FIELD.pattern}$"}}
        case Shape.FLAG:
            return {"type": "boolean"}
        case Shape.FILE_FORMAT:
            return {"type": "string", "enum": ["plain-text", "parquet"]}
        case Shape.TAGS:
            return {
                "type": "object",
                "additionalProperties": {"type": "string", "minLength": 1},
            }
        case _:
            assert_never(shape)
