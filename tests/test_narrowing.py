"""What a narrowed question can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drift.model import COMPUTED, Filter, Narrowing
from drift.narrowing import asks_for, sees_whole_resources
from tests.build import GROUP_ARN, TO_CLOUDWATCH, TO_S3, VPC, A, declared, flow_log_id


def narrowed(name: str, *values: str) -> Narrowing:
    return Narrowing(filters=(Filter(name=name, values=values),))


@pytest.mark.parametrize(
    ("narrowing", "whole"),
    [
        (Narrowing(), True),
        (narrowed("resource-id", VPC), True),
        (narrowed("traffic-type", "ALL"), False),
        (Narrowing(flow_log_ids=(flow_log_id(1),)), False),
    ],
)
def test_sees_whole_resources(narrowing: Narrowing, whole: bool) -> None:
    assert sees_whole_resources(narrowing) is whole


@pytest.mark.parametrize(
    ("name", "value", "asked_for"),
    [
        ("resource-id", VPC, True),
        ("resource-id", "vpc-other", False),
        ("resource-id", "vpc-0aa*", True),
        ("resource-id", "vpc-?aa11bb22cc33dd44", True),
        ("traffic-type", "ALL", True),
        ("traffic-type", "all", False),
        ("log-destination-type", "s3", True),
        ("log-destination-type", "cloud-watch-logs", False),
        ("flow-log-id", flow_log_id(1), True),
        ("flow-log-id", flow_log_id(2), False),
        ("log-group-name", "/aws/vpc/flow-logs", False),
        ("tag-key", "Owner", True),
        ("tag-key", "owner", False),
        ("tag:Owner", "net", True),
        ("tag:Owner", "n.t", False),
        ("tag:Missing", "net", False),
        # Nothing that is declared says whether AWS delivers.
        ("deliver-log-status", "FAILED", True),
    ],
)
def test_asks_for(name: str, value: str, asked_for: bool) -> None:
    assert asks_for(narrowed(name, value), A) is asked_for


def test_a_log_group_is_asked_for_by_name_however_it_is_declared() -> None:
    asked = declared("a", 1, replace(TO_CLOUDWATCH, log_destination=f"{GROUP_ARN}:*"))
    assert asks_for(narrowed("log-group-name", "/aws/vpc/flow-logs"), asked)


def test_all_filters_must_hold() -> None:
    both = Narrowing(
        filters=(
            Filter(name="traffic-type", values=("ALL", "REJECT")),
            Filter(name="resource-id", values=("vpc-other",)),
        )
    )
    assert not asks_for(both, A)


def test_what_is_not_known_counts_as_asked_for() -> None:
    unknown = declared("a", 1, replace(TO_S3, resource_id=COMPUTED, tags=COMPUTED))
    assert asks_for(narrowed("resource-id", "vpc-other"), unknown)
    assert asks_for(narrowed("tag:Owner", "other"), unknown)
    assert asks_for(narrowed("tag-key", "Other"), unknown)


def test_ids_ask_for_those_ids_alone() -> None:
    assert asks_for(Narrowing(flow_log_ids=(flow_log_id(1),)), A)
    assert not asks_for(Narrowing(flow_log_ids=(flow_log_id(2),)), A)
