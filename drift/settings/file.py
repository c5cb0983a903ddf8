"""Find the file, read it, and say on which line it can't be followed."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drift.acceptance import Rule
from drift.errors import SettingsFileError
from drift.settings import keys, lines, rules
from drift.settings.keys import Problem, Table, Value

NAME: Final = "drift.toml"
SHARED_NAME: Final = "pyproject.toml"
SHARED_TABLE: Final = ("tool", "drift")
_LOOK_UP: Final = "`drift schema --config` prints what the file may hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """A file as it is written."""

    path: Path
    shown: str
    """What the user would call it, from where they are."""
    text: str
    table: tuple[str, ...] = ()
    """Where in it the settings are: `tool.drift` in pyproject.toml."""

    @property
    def folder(self) -> Path:
        """What relative paths in it are relative to."""
        return self.path.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a file says; nothing where there is none."""

    file: SettingsFile | None = None
    options: Mapping[str, Mapping[str, Value]] = field(default_factory=lambda: MappingProxyType({}))
    """By table and key."""
    rules: tuple[Rule, ...] = ()


def find(folder: Path) -> SettingsFile | None:
    """Return the nearest file from this folder up to the root of its repository.

    Outside of a repository only the folder itself counts: what lies above may be anybody's.
    """
    folder = folder.resolve()
    above = [folder, *folder.parents]
    root = next((n for n, one in enumerate(above) if (one / ".git").exists()), 0)
    for one in above[: root + 1]:
        found = _in_folder(one)
        if found is not None:
            return found
    return None


def _in_folder(folder: Path) -> SettingsFile | None:
    own = _file(folder / NAME) if (folder / NAME).is_file() else None
    shared = _file(folder / SHARED_NAME) if (folder / SHARED_NAME).is_file() else None
    if own is not None and shared is not None:
        try:
            said_twice = bool(_data(own)) and bool(_data(shared))
        except SettingsFileError:
            # Whichever can't be read: what else is in pyproject.toml is no business of this one.
            return own
        if said_twice:
            raise SettingsFileError(
                f"both {own.shown} and {shared.shown} hold settings: neither outranks the other",
                next_step=f"move [tool.drift] of {shared.shown} into {own.shown}, or name one of "
                "them with --config",
            )
    if own is not None and (shared is None or _data(own)):
        return own
    if shared is not None and _data(shared):
        return shared
    return own


def open_file(path: Path) -> SettingsFile:
    """Return the file that the user named."""
    return _file(path)


def _file(path: Path) -> SettingsFile:
    shown = _shown(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SettingsFileError(
            f"{shown} can't be read: {error.strerror or error}",
            next_step="name a file that is there with --config, or leave it out with --no-config",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsFileError(
            f"{shown}:{line}: is not UTF-8", next_step="TOML is always UTF-8: save it as that"
        ) from error
    return SettingsFile(
        path=path, shown=shown, text=text, table=SHARED_TABLE if path.name == SHARED_NAME else ()
    )


def _shown(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive of Windows
        return str(path)


def read(file: SettingsFile, tables: Sequence[Table]) -> Settings:
    """Return what a file says; `tables` are those of options that there are."""
    data = _data(file)
    index = lines.of_keys(file.text)
    options: dict[str, Mapping[str, Value]] = {}
    accepting: list[Rule] = []
    problems: list[Problem] = []
    by_name = {table.name: table for table in tables}
    for name, raw in data.items():
        path = (*file.table, name)
        if name == rules.ACCEPT.name:
            accepting, wrong = _rules(file, raw, path, index)
            problems += wrong
        elif name in by_name:
            options[name], found = keys.read(by_name[name], raw, path)
            problems += found
        elif name != "$schema":
            text = keys.unknown(name, [*by_name, rules.ACCEPT.name])
            problems.append(Problem(path=path, text=text))
    if problems:
        raise _error(file, problems, index)
    return Settings(file=file, options=options, rules=tuple(accepting))


def rules_of(file: SettingsFile) -> tuple[Rule, ...]:
    """Return what drift a file accepts, whatever its options are."""
    raw = _data(file).get(rules.ACCEPT.name)
    if raw is None:
        return ()
    index = lines.of_keys(file.text)
    accepting, problems = _rules(file, raw, (*file.table, rules.ACCEPT.name), index)
    if problems:
        raise _error(file, problems, index)
    return tuple(accepting)


def _rules(
    file: SettingsFile, raw: object, path: lines.Path, index: Mapping[lines.Path, int]
) -> tuple[list[Rule], list[Problem]]:
    if not isinstance(raw, list):
        return [], [Problem(path=path, text="has to be [[accept]], in two brackets, for each rule")]
    found: list[Rule] = []
    problems: list[Problem] = []
    for number, one in enumerate(raw):
        here = (*path, number)
        values, wrong = keys.read(rules.ACCEPT, one, here)
        rule = rules.rule(values, f"{file.shown}:{index[here]}")
        if not wrong and not rule.is_limited:
            text = "would accept all drift there is: say which, by fingerprint, kind, urn, …"
            wrong = (Problem(path=here, text=text),)
        problems += wrong
        found.append(rule)
    return found, problems


def _error(
    file: SettingsFile, problems: Sequence[Problem], index: Mapping[lines.Path, int]
) -> SettingsFileError:
    first, *others = sorted(problems, key=lambda one: index[one.path])
    key = ".".join(str(part) for part in first.path[len(file.table) :] if isinstance(part, str))
    more = f" (and {len(others)} more after it)" if others else ""
    return SettingsFileError(
        f"{file.shown}:{index[first.path]}: {key}: {first.text}{more}", next_step=_LOOK_UP
    )


def _data(file: SettingsFile) -> Mapping[str, object]:
    try:
        data: object = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = (where and where[1]) or file.text.count("\n") + 1
        what = str(error)[: where.start()] if where else str(error)
        raise SettingsFileError(
            f"{file.shown}:{line}: is no TOML: {what}", next_step="see https://toml.io"
        ) from error
    for number, part in enumerate(file.table):
        if not isinstance(data, dict):
            raise SettingsFileError(
                f"{file.shown}: {'.'.join(file.table[:number])} has to be a table",
                next_step=_LOOK_UP,
            )
        data = data.get(part, {})
    if not isinstance(data, dict):
        raise SettingsFileError(
            f"{file.shown}: {'.'.join(file.table)} has to be a table", next_step=_LOOK_UP
        )
    return data
