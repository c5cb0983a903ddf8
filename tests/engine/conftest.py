"""The engine for all tests of this folder, and an AWS and a place for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from drift.demo.aws import Aws, extended_aws
from tests.engine import engine as engines
from tests.engine.engine import Engine, MissingError, Project
from tests.engine.estate import PROGRAM, Estate

REQUIRE = "FLOW_LOG_DRIFT_REQUIRE_ENGINE"
"""Where this is set, a missing engine fails the tests that need one."""

NewProject: TypeAlias = Callable[[str], Project]


def pytest_configure(config: pytest.Config) -> None:
    """Let `-m engine` choose these tests, and `-m "not engine"` the others."""
    config.addinivalue_line("markers", "engine: drives a real Pulumi engine; takes seconds")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return a real Pulumi engine; skip where there is none and none can be built."""
    try:
        return engines.find(tmp_path_factory.mktemp("pulumi-home"))
    except MissingError as error:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, and no Pulumi engine can be had. {error}")
        pytest.skip(f"needs a Pulumi engine: {error}")


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Put an empty AWS in the place of the real one."""
    with extended_aws() as aws:
        yield aws


@pytest.fixture
def new_project(engine: Engine, aws: Aws, tmp_path: Path) -> Iterator[NewProject]:
    """Begin projects that deploy to that AWS, each given its program."""
    with aws.serve() as endpoint:
        environment = aws.environment(endpoint)

        def new(program: str) -> Project:
            return engine.project(tmp_path / "net", environment, program)

        yield new


Renew: TypeAlias = Callable[[Path], Estate]


@pytest.fixture(scope="module")
def deployed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renew]:
    """Deploy the estate, once for a module; its tests stay on one worker (`xdist_group`)."""
    with extended_aws() as aws, aws.serve() as endpoint:
        folder = tmp_path_factory.mktemp("estate")
        project = engine.project(folder / "net", aws.environment(endpoint), PROGRAM)
        project.up()
        restore = [aws.console(region=region).save() for region in ("us-east-1", "eu-west-1")]

        def renew(directory: Path) -> Estate:
            for console in restore:
                console()
            aws.recover()
            aws.calls.clear()
            return Estate(project=project.copy(directory), aws=aws)

        yield renew


@pytest.fixture
def estate(deployed: Renew, tmp_path: Path) -> Estate:
    """Return the estate as it was deployed, whatever other tests did to it."""
    return deployed(tmp_path / "net")
