"""Connections, transactions, the version of the tables; a database's errors end here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from drift.errors import HistoryError
from drift.history.location import Location

HEAD: Final = "0002"
"""The newest of the migrations; a test holds it to that."""

VERSION_TABLE: Final = "drift_history_version"

PATIENCE: Final = 60
"""Seconds to wait for another run to be stored, and for an answer of a server."""

_VERSION: Final = Table(VERSION_TABLE, MetaData(), Column("version_num", Text))
_LOCK: Final = 7233478112
"""Any number, as long as all versions of drift take the same one."""


class Database:
    """A database that holds a history, or soon will."""

    def __init__(self, location: Location) -> None:
        """Take where it is; it is not opened before it is used."""
        self.location = location
        self._engine: Engine | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a database at all; a server is taken to have one."""
        path = self.location.path
        return path is None or path.exists()

    def prepare(self) -> None:
        """Raise `HistoryError` now if a run could not be stored later; a file is not made yet."""
        path = self.location.path
        if path is None or path.exists():
            with self.writing():
                pass
        elif not path.absolute().parent.is_dir():
            _raise_no_folder(path)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Begin a transaction that nobody else's overlaps, on up-to-date tables.

        All of it is stored, or nothing, if the body raises.
        """
        with self._translated(), self._connected(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            self._migrate(connection)
            with Session(connection) as session:
                yield session
                session.flush()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Begin a transaction that sees one state of up-to-date tables; none are made."""
        if not self.exists:
            raise HistoryError(
                f"there is no history in {self.location.label}",
                next_step="name the database that `drift report --history` writes to",
            )
        with self._translated(), self._connected(writes=False) as connection:
            with connection.begin():
                version = _version(connection)
            if version is None:
                raise HistoryError(
                    f"there is no history in {self.location.label} yet",
                    next_step="name the database that `drift report --history` writes to",
                )
            if version != HEAD:
                with self.writing():
                    pass  # This brings the tables up to date, or says why that can't be.
            with connection.begin(), Session(connection) as session:
                yield session

    def _connected(self, *, writes: bool) -> Connection:
        if self._engine is None:
            self._engine = _engine(self.location)
        return self._engine.connect().execution_options(drift_writes=writes)

    def _migrate(self, connection: Connection) -> None:
        """Bring the tables up to date, in the transaction that the caller holds the lock of."""
        version = _version(connection)
        if version == HEAD:
            return
        # Only now: alembic takes as long to import as everything else of a run.
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
        # A % would be read as an interpolation.
        folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
        config.set_main_option("script_location", folder)
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if version is not None and version not in known:
            raise HistoryError(
                f"the history in {self.location.label} was written by a newer drift "
                f"(its tables are of version {version}, this drift knows {HEAD})",
                next_step="update drift, or keep this run's history elsewhere",
            )
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise HistoryError(
                f"the tables in {self.location.label} can't be brought up to date: {error}",
                next_step="restore the database from a copy, or begin another one",
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise _explained(self.location, error) from error
        except ModuleNotFoundError as error:
            if error.name not in {"psycopg", "alembic"}:
                raise
            extra = "postgresql" if error.name == "psycopg" else "history"
            raise HistoryError(
                f"a history in {self.location.label} needs {error.name}, which is not installed",
                next_step=f"pipx install 'flow-log-drift[{extra}]'",
            ) from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def _engine(location: Location) -> Engine:
    if location.path is None:
        query = location.url.query
        defaults = {"connect_timeout": str(PATIENCE // 6), "application_name": "drift"}
        return create_engine(
            location.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={name: value for name, value in defaults.items() if name not in query},
        )
    engine = create_engine(
        location.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={} if "timeout" in location.url.query else {"timeout": PATIENCE},
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _: object) -> None:
        # The module would begin transactions later than it is told to, and never one that writes
        # from its start: two of those that both read first end in "database is locked".
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("drift_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


# -- errors: the cause, and the next step ----------------------------------------------------------


def _raise_no_folder(path: Path) -> NoReturn:
    raise HistoryError(
        f"the history can't be kept in {path}: there is no folder {path.absolute().parent}",
        next_step="make the folder, or name a file in one that exists",
    )


_SQLITE: Final = {
    sqlite3.SQLITE_CANTOPEN: (
        "can't be opened",
        "name a file, in a folder that exists and that you may write to",
    ),
    sqlite3.SQLITE_READONLY: (
        "can't be written to",
        "get write permission to the file and to its folder, where SQLite keeps its journal",
    ),
    sqlite3.SQLITE_PERM: ("can't be read", "get read and write permission to the file"),
    sqlite3.SQLITE_NOTADB: (
        "is no SQLite database",
        "name another file; drift makes one that does not exist",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "restore the file from a copy, or begin another one",
    ),
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "wait for the other run to end, or end it",
    ),
    sqlite3.SQLITE_FULL: ("can't grow: the disk is full", "make room, and run again"),
    sqlite3.SQLITE_IOERR: (
        "can't be read or written: the disk or the network file system failed",
        "keep the history on a local disk, or in PostgreSQL",
    ),
}

_POSTGRESQL: Final = (
    (
        "28P01",
        "password authentication failed",
        "set the right password in PGPASSWORD or ~/.pgpass",
    ),
    ("28P01", "no password supplied", "set the password in PGPASSWORD or ~/.pgpass"),
    ("28000", "no pg_hba.conf entry", "have the server's pg_hba.conf let this user in from here"),
    ("3D000", "does not exist", "create the database and the user, or name ones that exist"),
    ("42501", "permission denied", "grant the user USAGE and CREATE on the schema"),
    ("55P03", "lock timeout", "wait for the other run to end, or end it"),
    ("53300", "too many clients", "wait until the server has room for one more connection"),
    ("25006", "read-only transaction", "name the primary server: this one takes no writes"),
)


def _explained(location: Location, error: SQLAlchemyError) -> HistoryError:
    """Turn any error of SQLAlchemy and the drivers below it into one with a next step."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = location.without_secrets(" ".join(str(cause).split()))
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        what, next_step = _SQLITE.get(
            code, (f"can't be used: {words}", "restore the file from a copy, or begin another one")
        )
        return HistoryError(f"the history in {location.label} {what}", next_step=next_step)
    state = getattr(cause, "sqlstate", None)
    next_step = next(
        # A server that refuses a connection tells in words alone, in its own language.
        (step for code, phrase, step in _POSTGRESQL if state == code or phrase in words),
        "check that the server runs and can be reached, and that host, port, database, user and "
        "password are right",
    )
    return HistoryError(
        f"the history in the {location.label} can't be used: {words}", next_step=next_step
    )
