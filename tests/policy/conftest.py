"""An AWS over HTTP for the pack's process; without the pulumi packages there are no tests here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest

from drift.demo.aws import Aws, Console, extended_aws

collect_ignore_glob = [] if find_spec("pulumi_policy") else ["*.py"]


@pytest.fixture
def aws() -> Iterator[Aws]:
    with extended_aws(seed=4) as aws:
        aws.now = datetime(2026, 3, 3, 2, 17, tzinfo=UTC)
        yield aws


@pytest.fixture
def console(aws: Aws) -> Console:
    return aws.console()


@pytest.fixture
def environment(aws: Aws) -> Iterator[dict[str, str]]:
    """Return what a process needs to use that AWS, and no other."""
    with aws.serve() as endpoint:
        yield aws.environment(endpoint)
