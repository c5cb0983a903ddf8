"""Versions of the tables, transactions, and what becomes of a database's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

import drift.history
from drift.errors import HistoryError
from drift.findings import Standing
from drift.history.database import HEAD, VERSION_TABLE, Database
from drift.history.location import Location, locate
from drift.history.store import History
from drift.history.tables import Base
from tests.history.conftest import ON_POSTGRESQL
from tests.render.reports import every_kind

if TYPE_CHECKING:
    from tests.history.server import Server

MIGRATIONS = str(Path(drift.history.__file__).parent / "migrations")


def config(connection: Connection | None = None) -> Config:
    made = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    made.set_main_option("script_location", MIGRATIONS)
    return made


@contextmanager
def connected(location: Location) -> Iterator[Connection]:
    engine = create_engine(location.url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_the_code_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_tables_and_migrations_agree(location: Location) -> None:
    with Database(location).writing():
        pass
    with connected(location) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []


OLD = """
INSERT INTO drift_estates (name) VALUES (NULL);
INSERT INTO drift_runs (estate_id, at, verdict, tool_version, declared, live, in_sync, drifted,
    other, unverified, accepted, new, still_open, resolved, unseen)
    VALUES (1, '2026-03-01 06:00:00', 'drifted', '0.1.0', 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0);
INSERT INTO drift_run_stacks (run_id, project, stack) VALUES (1, 'net', 'prod');
INSERT INTO drift_findings (estate_id, fingerprint, kind, message, differences)
    VALUES (1, :fingerprint, 'flow-log-replaced', 'Gone.', '[]');
INSERT INTO drift_sightings (run_id, finding_id, standing, first_seen, nights)
    VALUES (1, 1, 'new', '2026-03-01 06:00:00', 1)
"""


def test_an_old_history_is_brought_up_to_date_with_all_it_holds(location: Location) -> None:
    fingerprint = every_kind().findings[0].fingerprint
    with connected(location) as connection:
        command.upgrade(config(connection), "0001")
        for statement in OLD.split(";"):
            connection.execute(text(statement), {"fingerprint": fingerprint})
    with History(location).recording(every_kind(), None) as told:
        assert told.changes is not None
        [replaced] = [one for one in told.changes.tracked if one.fingerprint == fingerprint]
    assert (replaced.standing, replaced.nights) == (Standing.STILL_OPEN, 3)
    assert len(told.changes.trend) == 2


def test_reading_an_old_history_brings_it_up_to_date_too(location: Location) -> None:
    with connected(location) as connection:
        command.upgrade(config(connection), "0001")
    assert History(location).runs(name=None, most=None) == ((), 0)


def test_a_history_of_a_newer_drift_is_refused_and_left_alone(history: History) -> None:
    with history.recording(every_kind(), None):
        pass
    location = history._database.location
    with connected(location) as connection:
        connection.execute(text("UPDATE drift_history_version SET version_num = '9999'"))
    for use in (lambda: history.runs(name=None, most=None), history.prepare):
        with pytest.raises(HistoryError, match="written by a newer drift"):
            use()


# -- errors ---------------------------------------------------------------------------------------


def test_no_folder(tmp_path: Path) -> None:
    location = locate(str(tmp_path / "no" / "nightly.db"))
    for use in (History(location).prepare, lambda: record(location)):
        with pytest.raises(HistoryError) as caught:
            use()
        assert str(tmp_path / "no") in caught.value.cause


def record(location: Location) -> None:
    with History(location).recording(every_kind(), None):
        pass


def test_preparing_makes_no_file(tmp_path: Path) -> None:
    History(locate(str(tmp_path / "nightly.db"))).prepare()
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_read(location: Location) -> None:
    with pytest.raises(HistoryError, match="there is no history in"):
        History(location).runs(name=None, most=None)
    assert location.path is None or not location.path.exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("to do: " * 200)
    with pytest.raises(HistoryError, match="is no SQLite database"):
        History(locate(str(path))).prepare()
    assert path.read_text() == "to do: " * 200


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="can't be opened"):
        History(locate(str(tmp_path))).prepare()


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "nightly.db"
    record(locate(str(path)))
    read_only = locate(f"sqlite:///file:{path}?mode=ro&uri=true")
    location = replace(read_only, path=path)
    with pytest.raises(HistoryError, match="can't be written to"):
        record(location)
    assert History(location).runs(name=None, most=None)[1] == 1


def test_a_file_that_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "nightly.db"
    record(locate(str(path)))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="is locked by another process"):
            record(locate(f"sqlite:///{path}?timeout=0.05"))
    other.close()


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "nightly.db"
    record(locate(str(path)))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(HistoryError, match="is damaged"):
        record(locate(str(path)))


def refusal(url: str) -> tuple[str, str]:
    with pytest.raises(HistoryError) as caught:
        History(locate(url)).prepare()
    assert "pass w%rd" not in caught.value.cause
    assert "wrong-s3cr3t" not in caught.value.cause
    return caught.value.cause, caught.value.next_step


@ON_POSTGRESQL
def test_a_server_that_refuses(postgresql: Server) -> None:
    name = postgresql.new_database()
    cause, step = refusal(postgresql.url(name, word="wrong-s3cr3t"))
    assert "password authentication failed" in cause
    assert "PGPASSWORD" in step
    cause, step = refusal(postgresql.url("no_such_database"))
    assert "no_such_database" in cause
    assert "create the database" in step
    with postgresql.connect(name) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'x'")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    cause, step = refusal(postgresql.url(name, user="reader", word="x"))
    assert "permission denied" in cause
    assert "grant the user USAGE and CREATE" in step


@ON_POSTGRESQL
def test_a_server_that_is_not_there(postgresql: Server) -> None:
    assert postgresql.port  # psycopg is installed
    cause, step = refusal("postgresql://net:wrong-s3cr3t@127.0.0.1:1/drift")
    assert cause.startswith("the history in the PostgreSQL database drift at 127.0.0.1 can't be")
    assert "check that the server runs" in step
