"""On which line of a TOML document each key is written: `tomllib` tells no positions.

The document is known to be valid; so whatever follows a key needs no second look.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys, and numbers of elements in arrays, from the outside in: `("accept", 0, "reason")`."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN_ELEMENTS: Final = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS: Final = re.compile(r"[ \t]*=[ \t]*")
_SPACE: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_SCALAR: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{1,2})?'
    r"|'''.*?'''(?:'{1,2})?"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^,\]}#\r\n]+",
    re.DOTALL,
)


def of_keys(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, on which each key, table and array element begins."""
    return _Index(text).lines


class _Index:
    """Walks through a valid document once."""

    def __init__(self, text: str) -> None:
        self.lines: Final[dict[Path, int]] = {}
        self._text: Final = text
        self._at = 0
        self._line = 1
        self._counted = 0
        """How far the lines were counted."""
        self._arrays: Final[dict[Path, int]] = {}
        """How many tables each `[[array]]` has so far."""
        self._document()

    def _document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        is_array = self._text.startswith("[[", self._at)
        line = self._here()
        self._at += 2 if is_array else 1
        self._skip(_SPACE)
        *parents, last = self._dotted()
        table: Path = ()
        for key in parents:
            table = self._inside((*table, key))
            self.lines.setdefault(table, line)
        table = (*table, last)
        if is_array:
            self.lines.setdefault(table, line)
            self._arrays[table] = self._arrays.get(table, 0) + 1
            table = self._inside(table)
        self.lines[table] = line
        self._skip(_SPACE)
        self._at += 2 if is_array else 1
        return table

    def _inside(self, path: Path) -> Path:
        """Return where keys below this path go: into the newest table of an array."""
        tables = self._arrays.get(path)
        return path if tables is None else (*path, tables - 1)

    def _pair(self, table: Path) -> None:
        line = self._here()
        path = table
        for key in self._dotted():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._skip(_EQUALS)
        self._value(path)

    def _dotted(self) -> list[str]:
        keys = [self._key()]
        while self._skip(_DOT):
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        word = self._take(_KEY)
        if word[0] == '"':
            unescaped: str = tomllib.loads(f"key = {word}")["key"]
            return unescaped
        return word[1:-1] if word[0] == "'" else word

    def _value(self, path: Path) -> None:
        match self._text[self._at]:
            case "[":
                self._at += 1
                self._skip(_BETWEEN_ELEMENTS)
                number = 0
                while self._text[self._at] != "]":
                    self.lines[(*path, number)] = self._here()
                    self._value((*path, number))
                    self._skip(_BETWEEN_ELEMENTS)
                    number += 1
                self._at += 1
            case "{":
                self._at += 1
                self._skip(_BETWEEN_ELEMENTS)
                while self._text[self._at] != "}":
                    self._pair(path)
                    self._skip(_BETWEEN_ELEMENTS)
                self._at += 1
            case _:
                self._take(_SCALAR)

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        return True

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError("tomllib read this, so it is a key or a value")
        self._at = found.end()
        return found[0]
