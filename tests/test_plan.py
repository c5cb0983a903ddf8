"""Which accounts and regions are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drift.errors import UsageError
from drift.live.terms import Target
from drift.model import AMBIENT, DeclaredFlowLog, ProviderCredentials
from drift.plan import Where, only_account, only_region, targets
from tests.build import ACCOUNT, OTHER_ACCOUNT, REGION, A, declarations, declared

WEST = "eu-west-1"
HOMELESS = replace(A, account=None, region=None)
TEAM = ProviderCredentials(profile="team")


def planned(
    *flow_logs: DeclaredFlowLog, where: Where | None = None, ambient: str | None = None
) -> list[tuple[str | None, str, tuple[ProviderCredentials, ...]]]:
    found = targets(declarations(*flow_logs), where or Where(), lambda: ambient)
    assert all(isinstance(target, Target) for target in found)
    return [(target.account, target.region, target.credentials) for target in found]


def test_each_account_and_region_once() -> None:
    assert planned(
        A,
        declared("b", 2),
        replace(declared("c", 3), region=WEST),
        replace(declared("d", 4), account=OTHER_ACCOUNT),
    ) == [
        (ACCOUNT, WEST, (AMBIENT,)),
        (ACCOUNT, REGION, (AMBIENT,)),
        (OTHER_ACCOUNT, REGION, (AMBIENT,)),
    ]


def test_all_credentials_that_may_serve() -> None:
    other = replace(declared("b", 2), credentials=TEAM)
    assert planned(A, other, declared("c", 3)) == [(ACCOUNT, REGION, (AMBIENT, TEAM))]


def test_a_region_beside_those_that_are_declared() -> None:
    where = Where(regions=(WEST, REGION))
    assert planned(A, where=where) == [(None, WEST, (AMBIENT,)), (ACCOUNT, REGION, (AMBIENT,))]


def test_an_account_for_what_names_none() -> None:
    where = Where(regions=(WEST,), account=OTHER_ACCOUNT)
    assert planned(A, where=where) == [
        (ACCOUNT, REGION, (AMBIENT,)),
        (OTHER_ACCOUNT, WEST, (AMBIENT,)),
    ]
    assert planned(replace(A, account=None), where=Where(account=OTHER_ACCOUNT)) == [
        (OTHER_ACCOUNT, REGION, (AMBIENT,))
    ]


def test_another_account_of_a_declared_region() -> None:
    where = Where(regions=(REGION,), account=OTHER_ACCOUNT)
    assert planned(A, where=where) == [
        (ACCOUNT, REGION, (AMBIENT,)),
        (OTHER_ACCOUNT, REGION, (AMBIENT,)),
    ]


def test_a_region_of_the_environment_that_is_none() -> None:
    with pytest.raises(UsageError):
        planned(ambient="evil.example#")


def test_a_declaration_without_a_region_is_where_the_user_says() -> None:
    where = Where(regions=(WEST, REGION))
    assert planned(HOMELESS, where=where) == [(None, WEST, (AMBIENT,)), (None, REGION, (AMBIENT,))]


def test_else_where_the_environment_says() -> None:
    assert planned(HOMELESS, ambient=WEST) == [(None, WEST, (AMBIENT,))]
    assert planned(A, ambient=WEST) == [(ACCOUNT, REGION, (AMBIENT,))]


def test_nothing_declared() -> None:
    assert planned(ambient=WEST) == [(None, WEST, (AMBIENT,))]
    assert planned(where=Where(regions=(REGION,)), ambient=WEST) == [(None, REGION, (AMBIENT,))]


@pytest.mark.parametrize("flow_logs", [(), (HOMELESS,)])
def test_no_region_at_all(flow_logs: tuple[DeclaredFlowLog, ...]) -> None:
    with pytest.raises(UsageError) as error:
        planned(*flow_logs)
    assert error.value.cause == "no region is named, neither by the declarations nor otherwise"


def test_the_only_account_and_region() -> None:
    one = declarations(A, HOMELESS)
    assert (only_account(one), only_region(one)) == (ACCOUNT, REGION)
    two = declarations(A, replace(A, account=OTHER_ACCOUNT, region=WEST))
    assert (only_account(two), only_region(two)) == (None, None)
    assert (only_account(declarations()), only_region(declarations())) == (None, None)
