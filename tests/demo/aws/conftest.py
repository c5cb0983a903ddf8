"""An AWS for each test, somebody at its console, and a client to ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from drift.demo.aws import Aws, Console, extended_aws
from tests.demo.aws.asking import REGION, client

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client


@pytest.fixture
def aws() -> Iterator[Aws]:
    with extended_aws() as aws:
        yield aws


@pytest.fixture
def console(aws: Aws) -> Console:
    return aws.console(region=REGION)


@pytest.fixture
def ec2(aws: Aws) -> EC2Client:  # noqa: ARG001  # there must be one
    return client()


@pytest.fixture
def seven(console: Console) -> list[str]:
    """Return the ids of seven flow logs of one VPC."""
    bucket, vpc = console.create_bucket("flow-logs"), console.create_vpc()
    return [
        console.create_flow_log(vpc, log_destination=f"{bucket}/{number}") for number in range(7)
    ]
