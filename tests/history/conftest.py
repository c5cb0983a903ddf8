"""The databases that a history can be kept in, all of them real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift.history.location import Location, locate
from drift.history.store import History

REQUIRE = "FLOW_LOG_DRIFT_REQUIRE_POSTGRESQL"
"""Where this is set, a missing server fails the tests that need one."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[object]:
    """Return a real server; skip where none is installed."""
    from tests.history import server

    try:
        with server.running() as started:
            yield started
    except server.MissingError as error:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, and no PostgreSQL server can be had: {error}")
        pytest.skip(f"needs a PostgreSQL server: {error}")


# One worker starts one server for all of them.
ON_POSTGRESQL = pytest.mark.xdist_group("postgresql")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=ON_POSTGRESQL)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """Return an empty place for a history, once of each kind."""
    if request.param == "sqlite":
        return locate(str(tmp_path / "nightly.db"))
    server = request.getfixturevalue("postgresql")
    return locate(server.url(server.new_database()))


@pytest.fixture
def history(location: Location) -> History:
    return History(location)
