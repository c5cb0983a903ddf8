"""Many accounts and regions, by an AWS in memory."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from drift.errors import CredentialsError, UsageError
from drift.live import ec2
from drift.live.terms import Access, Fault, Limits, Permission, Progress, Target
from drift.model import (
    AMBIENT,
    UNREADABLE_NAME,
    AssumedRole,
    Coverage,
    Filter,
    FlowLog,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
    ProviderCredentials,
)
from tests.live.fakes import (
    ACCOUNT,
    DENIED,
    ME,
    NO_CREDENTIALS,
    NO_PROFILE,
    OTHER,
    SOMEBODY,
    UNREACHABLE,
    FakeAws,
    page,
)

EAST, WEST = "us-east-1", "us-west-2"
TEAM = ProviderCredentials(profile="team")
SHORT = Limits(silence=1, identity=0.2)


def target(
    account: str | None = ACCOUNT, region: str = EAST, *credentials: ProviderCredentials
) -> Target:
    return Target(account=account, region=region, credentials=credentials or (AMBIENT,))


def read(aws: FakeAws, *targets: Target, access: Access | None = None) -> tuple[Listing, ...]:
    return ec2.read(targets, access, aws=aws, limits=SHORT).listings


def found(*ids: str, account: str | None = ACCOUNT, region: str = EAST) -> Listing:
    return Listing(
        account=account,
        region=region,
        flow_logs=tuple(
            LiveFlowLog(flow_log_id=one, account=account, region=region, flow_log=FlowLog())
            for one in ids
        ),
    )


def test_regions_are_read_side_by_side() -> None:
    aws = FakeAws(callers={AMBIENT: ME}, listings={EAST: [page("fl-1")], WEST: [page("fl-2")]})
    seen: list[Progress] = []
    inventory = ec2.read(
        [target(region=WEST), target()], on_progress=seen.append, aws=aws, limits=SHORT
    )
    assert inventory == Inventory(listings=(found("fl-1"), found("fl-2", region=WEST)))
    assert aws.times("sts") == 1
    assert [(one.done, one.total) for one in seen] == [(1, 2), (2, 2)]
    assert {one.listing.region for one in seen} == {EAST, WEST}


def test_nothing_to_read() -> None:
    assert ec2.read([], aws=FakeAws(callers={})) == Inventory()


def test_another_account_is_never_read_as_the_declared_one() -> None:
    aws = FakeAws(callers={AMBIENT: SOMEBODY}, listings={EAST: [page("fl-1")]})
    assert read(aws, target()) == (
        Listing(
            account=ACCOUNT,
            region=EAST,
            status=Coverage.WRONG_ACCOUNT,
            reason=f"the ambient credentials reached account {OTHER}, not {ACCOUNT}",
            next_step=f"Use credentials of account {ACCOUNT}: --profile NAME, "
            "or --assume-role 'arn:{partition}:iam::{account}:role/NAME'.",
        ),
    )


def test_without_an_account_it_is_that_of_the_credentials() -> None:
    aws = FakeAws(callers={AMBIENT: ME}, listings={EAST: [page("fl-1")]})
    assert read(aws, target(None)) == (found("fl-1"),)


def test_where_sts_cannot_answer_the_account_is_not_confirmed() -> None:
    aws = FakeAws(callers={AMBIENT: UNREACHABLE}, listings={EAST: [page("fl-1")]})
    (declared,) = read(aws, target())
    assert (declared.account, declared.account_confirmed) == (ACCOUNT, False)
    assert [one.flow_log_id for one in declared.flow_logs] == ["fl-1"]
    (unknown,) = read(aws, target(None))
    assert (unknown.account, unknown.account_confirmed) == (None, False)


def test_what_turns_out_to_be_the_same_is_read_once() -> None:
    aws = FakeAws(callers={AMBIENT: ME, TEAM: ME}, listings={EAST: [page("fl-1")]})
    listings = read(aws, target(), target(None), target(None, EAST, TEAM), target())
    assert listings == (found("fl-1"),)
    assert (aws.times("sts"), aws.times("ec2")) == (2, 1)


def test_two_ways_into_one_account_where_sts_is_blocked() -> None:
    aws = FakeAws(
        callers={AMBIENT: UNREACHABLE, TEAM: UNREACHABLE},
        listings={EAST: [page("fl-1", "fl-2")], WEST: [page()]},
    )
    listings = read(aws, target(None, EAST, AMBIENT, TEAM), target(None, WEST, AMBIENT, TEAM))
    assert listings == (
        replace(found("fl-1", "fl-2", account=None), account_confirmed=False),
        replace(found(account=None, region=WEST), account_confirmed=False),
    )


def test_a_secret_profile_and_nothing_else_to_try() -> None:
    aws = FakeAws(callers={})
    secret = ProviderCredentials(profile=UNREADABLE_NAME)
    assert read(aws, target(None, EAST, secret)) == (
        Listing(
            account=None,
            region=EAST,
            status=Coverage.FAILED,
            reason="the provider's profile is a secret that is not decrypted, or not known yet",
            next_step="Name it yourself: --profile NAME, "
            "or --assume-role 'arn:{partition}:iam::ACCOUNT:role/NAME'.",
            account_confirmed=False,
        ),
    )
    assert aws.asked == []


def test_a_secret_role_and_nothing_else_to_try() -> None:
    aws = FakeAws(callers={})
    secret = ProviderCredentials(assume_roles=(AssumedRole(role_arn=UNREADABLE_NAME),))
    (listing,) = read(aws, target(None, EAST, secret))
    assert (listing.status, listing.reason, listing.next_step) == (
        Coverage.FAILED,
        "the provider's role is a secret that is not decrypted, or not known yet",
        "Name it yourself: --assume-role 'arn:{partition}:iam::ACCOUNT:role/NAME'.",
    )
    assert aws.asked == []


def test_a_secret_profile_of_a_known_account_leaves_the_other_credentials() -> None:
    secret = ProviderCredentials(profile=UNREADABLE_NAME)
    aws = FakeAws(callers={AMBIENT: ME}, listings={EAST: [page("fl-1")]})
    assert read(aws, target(ACCOUNT, EAST, secret)) == (found("fl-1"),)
    aws = FakeAws(callers={AMBIENT: SOMEBODY})
    (listing,) = read(aws, target(ACCOUNT, EAST, secret))
    assert listing.status is Coverage.FAILED
    assert listing.reason == (
        "the provider's profile is a secret that is not decrypted, or not known yet; "
        f"the ambient credentials reached account {OTHER}, not {ACCOUNT}"
    )


def test_credentials_without_an_account_are_places_of_their_own() -> None:
    aws = FakeAws(
        callers={AMBIENT: ME, TEAM: SOMEBODY},
        listings={(AMBIENT, EAST): [page("fl-1")], (TEAM, EAST): [page("fl-2")]},
    )
    assert read(aws, target(None, EAST, AMBIENT, TEAM)) == (
        found("fl-1"),
        found("fl-2", account=OTHER),
    )


@pytest.mark.parametrize("first", [DENIED, NO_PROFILE], ids=["denied", "no profile"])
def test_the_next_credentials_where_the_first_do_not_work(first: Fault) -> None:
    aws = FakeAws(
        callers={TEAM: first if first.never_sent else ME, AMBIENT: ME},
        listings={(TEAM, EAST): first, (AMBIENT, EAST): [page("fl-1")]},
    )
    assert read(aws, target(ACCOUNT, EAST, TEAM)) == (found("fl-1"),)


def test_the_next_credentials_where_the_first_are_of_another_account() -> None:
    aws = FakeAws(callers={TEAM: SOMEBODY, AMBIENT: ME}, listings={EAST: [page("fl-1")]})
    assert read(aws, target(ACCOUNT, EAST, TEAM)) == (found("fl-1"),)
    assert aws.times("ec2") == 1


def test_all_credentials_fail() -> None:
    aws = FakeAws(callers={TEAM: NO_PROFILE, AMBIENT: SOMEBODY})
    (listing,) = read(aws, target(ACCOUNT, EAST, TEAM))
    assert (listing.status, listing.reason) == (
        Coverage.FAILED,
        (
            "there is no such AWS profile here; "
            f"the ambient credentials reached account {OTHER}, not {ACCOUNT}"
        ),
    )


def test_a_role_in_each_account() -> None:
    def role(account: str) -> ProviderCredentials:
        return ProviderCredentials(
            assume_roles=(AssumedRole(role_arn=f"arn:aws:iam::{account}:role/Drift"),)
        )

    aws = FakeAws(
        callers={role(ACCOUNT): ME, role(OTHER): SOMEBODY},
        listings={
            (role(ACCOUNT), EAST): [page("fl-1")],
            (role(OTHER), EAST): [page("fl-2")],
        },
    )
    access = Access(assume_role="arn:{partition}:iam::{account}:role/Drift")
    assert read(aws, target(OTHER), target(ACCOUNT), access=access) == (
        found("fl-1"),
        found("fl-2", account=OTHER),
    )


def test_denied_says_whom_to_grant_what() -> None:
    aws = FakeAws(callers={AMBIENT: ME}, listings={EAST: DENIED, WEST: [page("fl-2")]})
    assert read(aws, target(), target(region=WEST)) == (
        Listing(
            account=ACCOUNT,
            region=EAST,
            status=Coverage.DENIED,
            reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
            next_step=f"Grant ec2:DescribeFlowLogs to {ME.arn}.",
            missing_permission="ec2:DescribeFlowLogs",
        ),
        found("fl-2", region=WEST),
    )


def test_unreachable_is_not_tried_with_other_credentials() -> None:
    aws = FakeAws(callers={TEAM: ME, AMBIENT: ME}, listings={EAST: UNREACHABLE})
    (listing,) = read(aws, target(ACCOUNT, EAST, TEAM))
    assert listing.status is Coverage.UNREACHABLE
    assert ("ec2", AMBIENT, EAST) not in aws.asked


def test_a_region_that_never_answers_costs_the_silence_once() -> None:
    aws = FakeAws(callers={AMBIENT: ME}, silent=True)
    start = time.monotonic()
    listings = read(aws, *(target(region=f"us-east-{number}") for number in range(10)))
    assert time.monotonic() - start < 6  # one after the other it would be 10
    assert {listing.status for listing in listings} == {Coverage.UNREACHABLE}
    assert {listing.reason for listing in listings} == {"AWS did not answer within 1 s"}


@pytest.mark.parametrize(
    "region",
    ["", "us-east-1.example.com", "us-east-1\n", "global", "../x", "US-EAST-1", "localhost"],
)
def test_a_region_of_a_hostile_state_is_never_asked(region: str) -> None:
    aws = FakeAws(callers={AMBIENT: ME})
    (listing,) = read(aws, target(region=region))
    assert listing.status is Coverage.FAILED
    assert listing.reason == f"{region.strip()!r} is not the name of an AWS region"
    assert aws.asked == []


def test_an_account_of_a_hostile_state_is_never_asked() -> None:
    aws = FakeAws(callers={AMBIENT: ME})
    (listing,) = read(aws, target("1:role/x"))
    assert listing.reason == "'1:role/x' is not an AWS account: it needs twelve digits"
    assert aws.asked == []


def test_the_narrowing_is_asked_and_told() -> None:
    aws = FakeAws(callers={AMBIENT: ME})
    narrowing = Narrowing(filters=(Filter(name="traffic-type", values=("ALL",)),))
    assert ec2.read([target()], narrowing=narrowing, aws=aws).narrowing == narrowing
    assert aws.narrowings == [narrowing]


def test_a_narrowing_that_aws_would_refuse() -> None:
    with pytest.raises(UsageError):
        ec2.read([target()], narrowing=Narrowing(flow_log_ids=("vpc-1",)), aws=FakeAws(callers={}))


def test_no_credentials_at_all() -> None:
    aws = FakeAws(callers={AMBIENT: NO_CREDENTIALS, TEAM: NO_PROFILE})
    for ask in (ec2.read, ec2.check_permissions):
        with pytest.raises(CredentialsError) as caught:
            ask([target(), target(ACCOUNT, WEST, TEAM)], aws=aws, limits=SHORT)
        assert caught.value.cause == "there are no AWS credentials"
        assert caught.value.next_step == "Log in."


def test_no_ambient_credentials_but_others() -> None:
    aws = FakeAws(
        callers={AMBIENT: NO_CREDENTIALS, TEAM: SOMEBODY}, listings={EAST: [page("fl-1")]}
    )
    listings = read(aws, target(), target(None, EAST, TEAM))
    assert [(one.account, one.status) for one in listings] == [
        (ACCOUNT, Coverage.FAILED),
        (OTHER, Coverage.READ),
    ]


def test_permissions() -> None:
    aws = FakeAws(callers={AMBIENT: ME}, listings={EAST: DENIED})
    assert ec2.check_permissions(
        [target(region=WEST), target(), target()], aws=aws, limits=SHORT
    ) == (
        Permission(
            account=ACCOUNT,
            region=EAST,
            status=Coverage.DENIED,
            caller=ME.arn,
            reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
            next_step=f"Grant ec2:DescribeFlowLogs to {ME.arn}.",
        ),
        Permission(account=ACCOUNT, region=WEST, status=Coverage.READ, caller=ME.arn),
    )
    assert aws.times("ec2") == 0


def test_the_ambient_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile team]\nregion = eu-west-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    assert ec2.ambient_region() is None
    assert ec2.ambient_region("team") == "eu-west-1"
    for ask in (
        lambda: ec2.ambient_region("nobody"),
        lambda: ec2.read([], Access(profile="nobody")),
    ):
        with pytest.raises(CredentialsError) as caught:
            ask()
        assert caught.value.cause == (
            "there is no such AWS profile here: The config profile (nobody) could not be found"
        )
    monkeypatch.setenv("AWS_DEFAULT_REGION", WEST)
    assert ec2.ambient_region("team") == WEST
    monkeypatch.setenv("AWS_REGION", EAST)
    assert ec2.ambient_region("team") == EAST
