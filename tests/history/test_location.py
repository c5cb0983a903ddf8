"""Where a history is kept, by what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.errors import HistoryError
from drift.history.location import locate

SECRET = "s3cr3t"


@pytest.mark.parametrize("text", ["nightly.db", "./a b/nightly.db", "C:\\x.db", "/var/x%20.db"])
def test_a_path_is_a_file_of_sqlite(text: str) -> None:
    found = locate(text)
    assert (found.label, found.path) == (text, Path(text))
    assert found.url.drivername == "sqlite+pysqlite"


def test_an_address_of_a_file() -> None:
    assert locate("sqlite:///nightly.db").path == Path("nightly.db")
    assert locate("sqlite:////var/lib/nightly.db").path == Path("/var/lib/nightly.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server(scheme: str) -> None:
    found = locate(f"{scheme}://net:{SECRET}@db.example.com:5433/drift?password={SECRET}")
    assert found.label == "PostgreSQL database drift at db.example.com"
    assert found.url.drivername == "postgresql+psycopg"
    assert found.path is None
    assert SECRET not in repr(found)
    assert found.without_secrets(f"no {SECRET} here") == "no *** here"


def test_a_server_by_its_defaults() -> None:
    assert locate("postgresql://").label == "PostgreSQL database of that user at the default host"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "--history names no database"),
        ("sqlite://", "in memory keeps no history"),
        ("sqlite:///:memory:", "in memory keeps no history"),
        (f"mysql://net:{SECRET}@db/drift", "and not in mysql"),
        (f"postgresql:net:{SECRET}@db/drift", "the address of the history can't be read"),
        (f"postgresql://net:{SECRET}@db:port/drift", "the address of the history can't be read"),
        (f"no such://net:{SECRET}@db/drift", "the address of the history can't be read"),
    ],
)
def test_what_can_not_be_used_is_refused_without_repeating_it(text: str, cause: str) -> None:
    with pytest.raises(HistoryError) as caught:
        locate(text)
    assert cause in caught.value.cause
    assert SECRET not in caught.value.cause + caught.value.next_step
