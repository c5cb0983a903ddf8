"""What may stand in the file: tables of keys, what each takes, and the same as JSON Schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from drift.settings.lines import Path

Value: TypeAlias = tuple[str, ...] | str | bool
"""What a key was given; a key that takes several is always a tuple."""


class Shape(Enum):
    """What a value has to look like."""

    TEXT = "a text"
    TEXTS = "a text or a list of texts"
    FLAG = "true or false"
    DATE = "a date such as 2026-12-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table."""

    name: str
    shape: Shape
    description: str
    required: bool = False
    wrong: Callable[[str], str | None] = lambda _text: None
    """Says what is wrong with a text; None if nothing is."""
    pattern: str | None = None
    """The same as far as a regular expression of JSON Schema can say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of keys."""

    name: str
    description: str
    keys: tuple[Key, ...]
    refused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Keys that somebody might expect, and why there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the file that cannot be followed."""

    path: Path
    """The key; or the table, where a key is missing."""
    text: str


_PASSWORD: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s@]*:[^/?#\s@]+@", re.IGNORECASE)


def read(table: Table, raw: object, path: Path) -> tuple[Mapping[str, Value], tuple[Problem, ...]]:
    """Return what a table says, and all that is wrong with it."""
    if not isinstance(raw, dict):
        return {}, (Problem(path=path, text="has to be a table"),)
    by_name = {key.name: key for key in table.keys}
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, given in raw.items():
        key = by_name.get(name)
        if key is None:
            text = table.refused.get(name) or unknown(name, by_name)
            problems.append(Problem(path=(*path, name), text=text))
            continue
        value = _value(key, given)
        if value is None:
            text = f"has to be {key.shape.value}{_quoted(given)}"
            problems.append(Problem(path=(*path, name), text=text))
            continue
        problems += _wrong(key, value, given, (*path, name))
        values[name] = value
    if set(raw) <= set(by_name):
        # Otherwise the unknown key is the missing one, most likely.
        problems += [
            Problem(path=path, text=f"{key.name} is missing: {key.description}")
            for key in table.keys
            if key.required and key.name not in raw
        ]
    return values, tuple(problems)


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that there is no such key, and which one may be meant."""
    names = list(known)
    plain = name.replace("_", "-").lower()
    [*near] = difflib.get_close_matches(plain, names, n=1)
    if near:
        return f"there is no such key; {near[0]} may be meant"
    return f"there is no such key; there are {', '.join(names)}"


def _value(key: Key, given: object) -> Value | None:
    """Return a value of the key's shape, None for any other."""
    match key.shape, given:
        case Shape.FLAG, bool():
            return given
        case ((Shape.TEXT | Shape.TEXTS), str()) if given.strip():
            return given if key.shape is Shape.TEXT else (given,)
        case Shape.TEXTS, list():
            texts = tuple(one for one in given if isinstance(one, str) and one.strip())
            return texts if texts and len(texts) == len(given) else None
        case Shape.DATE, date() if not isinstance(given, datetime):
            return given.isoformat()
        case Shape.DATE, str() if is_date(given):
            return given
        case _:
            return None


def is_date(text: str) -> bool:
    """Whether this is a day of the calendar, written `2026-12-31`."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _quoted(given: object) -> str:
    """Help those who wrote a number, as account ids look like."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return f': write it in quotes, "{given}"' if is_number else ""


def _wrong(key: Key, value: Value, given: object, path: Path) -> Iterator[Problem]:
    texts: Sequence[str] = (
        () if isinstance(value, bool) else (value,) if isinstance(value, str) else value
    )
    for number, text in enumerate(texts):
        where = (*path, number) if isinstance(given, list) else path
        if _PASSWORD.search(text):
            yield Problem(
                path=where,
                text="has a password in it, and this file is no place for one: it is in the "
                "repository; give it on the command line, out of an environment variable",
            )
        elif (wrong := key.wrong(text)) is not None:
            yield Problem(path=where, text=wrong)


def schema(table: Table) -> dict[str, object]:
    """Return the JSON Schema of a table."""
    required = [key.name for key in table.keys if key.required]
    return {
        "type": "object",
        "description": table.description,
        "additionalProperties": False,
        "properties": {
            key.name: {"description": key.description, **_shape(key)} for key in table.keys
        },
        **({"required": required} if required else {}),
    }


def _shape(key: Key) -> dict[str, object]:
    text: dict[str, object] = {"type": "string", "pattern": key.pattern or r"\S"}
    match key.shape:
        case Shape.TEXT:
            return text
        case Shape.TEXTS:
            return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}
        case Shape.FLAG:
            return {"type": "boolean"}
        case Shape.DATE:
            return {"type": "string", "format": "date"}
        case _:
            assert_never(key.shape)
