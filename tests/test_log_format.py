"""LogFormat: columns, defaults, and what changed between two formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift import log_format
from drift.log_format import DefaultFormat, LogFormatChange
from drift.model import ResourceType

COLUMNS = st.lists(st.sampled_from(["${a}", "${b}", "${c}", "${d}"]), max_size=8)


@pytest.mark.parametrize(
    ("declared", "live", "added", "removed", "reordered"),
    [
        ("${a} ${b}", "${a} ${b}", (), (), False),
        ("${a} ${b}", "${a} ${b} ${c}", ("${c}",), (), False),
        ("${a} ${b}", "${a}", (), ("${b}",), False),
        ("${a} ${b}", "${b} ${a}", (), (), True),
        # An inserted column moves the others, and yet their order is the same.
        ("${a} ${b}", "${c} ${a} ${b}", ("${c}",), (), False),
        ("${a} ${b} ${c}", "${c} ${x} ${a}", ("${x}",), ("${b}",), True),
        # A repeated field is a repeated column.
        ("${a} ${b} ${b}", "${a} ${b}", (), ("${b}",), False),
        ("${a}${b}", "${a} ${b}", ("${a}", "${b}"), ("${a}${b}",), False),
    ],
)
def test_diff(
    declared: str, live: str, added: tuple[str, ...], removed: tuple[str, ...], reordered: bool
) -> None:
    assert log_format.diff(declared, live) == LogFormatChange(
        added=added, removed=removed, reordered=reordered
    )


@given(COLUMNS, COLUMNS)
def test_diff_balances(declared: list[str], live: list[str]) -> None:
    change = log_format.diff(" ".join(declared), " ".join(live))
    assert sorted([*declared, *change.added]) == sorted([*live, *change.removed])
    assert (change == LogFormatChange(added=(), removed=(), reordered=False)) == (
        declared == live
    ) or change.added


@given(COLUMNS)
def test_a_format_does_not_differ_from_itself(columns: list[str]) -> None:
    text = " ".join(columns)
    assert log_format.diff(text, text) == LogFormatChange(added=(), removed=(), reordered=False)


@pytest.mark.parametrize(
    ("resource_type", "default"),
    [
        (ResourceType.VPC, DefaultFormat(text=log_format.VPC_DEFAULT_FORMAT, certain=True)),
        (ResourceType.SUBNET, DefaultFormat(text=log_format.VPC_DEFAULT_FORMAT, certain=True)),
        (
            ResourceType.REGIONAL_NAT_GATEWAY,
            DefaultFormat(text=log_format.VPC_DEFAULT_FORMAT, certain=False),
        ),
        (
            ResourceType.TRANSIT_GATEWAY,
            DefaultFormat(text=log_format.TRANSIT_GATEWAY_DEFAULT_FORMAT, certain=False),
        ),
        (ResourceType.CORE_NETWORK, None),
        (ResourceType.UNKNOWN, None),
    ],
)
def test_default_format(resource_type: ResourceType, default: DefaultFormat | None) -> None:
    assert log_format.default_format(resource_type) == default


def test_the_defaults_hold_only_known_fields() -> None:
    for text in (log_format.VPC_DEFAULT_FORMAT, log_format.TRANSIT_GATEWAY_DEFAULT_FORMAT):
        names = log_format.field_names(text)
        assert len(names) == len(log_format.columns(text))
        assert set(names) <= log_format.KNOWN_FIELDS


def test_the_transit_gateway_default_has_36_columns_and_no_action() -> None:
    names = log_format.field_names(log_format.TRANSIT_GATEWAY_DEFAULT_FORMAT)
    assert len(names) == 36
    assert "action" not in names


def test_field_names_leaves_out_what_is_malformed() -> None:
    assert log_format.field_names("${version} $${srcaddr} ${a}${b} ${Upper} ${end}") == (
        "version",
        "end",
    )
