"""Where a history is kept: an SQLite file or a PostgreSQL server; its password is never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from drift.errors import HistoryError

_SECRET: Final = ("password", "sslpassword")
_HOW: Final = (
    "write a file, nightly.db, or postgresql://USER@HOST/DATABASE, with its password in PGPASSWORD"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A database, and how to speak of it."""

    label: str
    """Names it to people, without user or password."""
    url: URL = field(repr=False)
    path: Path | None = None
    """The file of an SQLite database; None for a server."""

    def without_secrets(self, text: str) -> str:
        """Take out of a driver's words whatever of the address is secret."""
        words = [self.url.password, *(self.url.query.get(name) for name in _SECRET)]
        for word in words:
            for secret in [word] if isinstance(word, str) else (word or ()):
                if secret:
                    text = text.replace(secret, "***")
        return text


def locate(text: str) -> Location:
    """Read a path, `sqlite:///PATH` or `postgresql://…`; `HistoryError` never repeats it."""
    if not text:
        raise HistoryError("--history names no database", next_step=_HOW)
    # A drive, `C:\`, is one letter; what looks like the start of an address is no file, since it
    # may hold a password that an error about the file would show.
    scheme = re.match(r"([A-Za-z][\w+.-]+):", text)
    if scheme is None and "://" not in text:
        return _file(URL.create("sqlite", database=text))
    try:
        url = make_url(text)
        name = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise HistoryError(
            "the address of the history can't be read", next_step=f"{_HOW}; % is written %25"
        ) from None
    if name == "sqlite":
        return _file(url)
    if name in {"postgresql", "postgres"}:
        return _server(url)
    raise HistoryError(
        f"a history is kept in SQLite or PostgreSQL, and not in {name}", next_step=_HOW
    )


def _file(url: URL) -> Location:
    database = url.database
    if not database or database == ":memory:":
        raise HistoryError("an SQLite database in memory keeps no history", next_step=_HOW)
    return Location(label=database, url=url.set(drivername="sqlite+pysqlite"), path=Path(database))


def _server(url: URL) -> Location:
    host = url.host or url.query.get("host") or "the default host"
    where = host if isinstance(host, str) else ", ".join(host)
    return Location(
        label=f"PostgreSQL database {url.database or 'of that user'} at {where}",
        url=url.set(drivername="postgresql+psycopg"),
    )
