"""Which credentials are tried, in which order."""

from __future__ import annotations

from drift.declared import providers
from drift.declared.values import Json
from drift.live.terms import Access, Target
from drift.live.ways import described, unreadable, ways
from drift.model import AMBIENT, UNREADABLE_NAME, AssumedRole, ProviderCredentials, WebIdentity

PROFILE = ProviderCredentials(profile="team")
ROLES = ProviderCredentials(
    assume_roles=(AssumedRole(role_arn="arn:1"), AssumedRole(role_arn="arn:2", external_id="x"))
)
TEMPLATE = "arn:{partition}:iam::{account}:role/audit/Drift"


def of(account: str | None, *credentials: ProviderCredentials, region: str = "us-east-1") -> Target:
    return Target(account=account, region=region, credentials=credentials or (AMBIENT,))


def role(account: str, partition: str = "aws", external_id: str | None = None) -> AssumedRole:
    return AssumedRole(
        role_arn=f"arn:{partition}:iam::{account}:role/audit/Drift", external_id=external_id
    )


def test_nothing_named_is_ambient() -> None:
    assert ways(of("111111111111"), Access()) == (AMBIENT,)
    assert ways(of(None), Access()) == (AMBIENT,)


def test_profile_takes_the_place_of_ambient() -> None:
    mine = ProviderCredentials(profile="mine")
    assert ways(of("111111111111"), Access(profile="mine")) == (mine,)
    assert ways(of(None), Access(profile="mine")) == (mine,)


def test_credentials_of_the_state_come_first_where_the_account_is_known() -> None:
    assert ways(of("111111111111", PROFILE, ROLES), Access(profile="mine")) == (
        PROFILE,
        ProviderCredentials(profile="mine", assume_roles=ROLES.assume_roles),
        ProviderCredentials(profile="mine"),
    )


def test_only_those_of_the_state_where_the_account_is_not_known() -> None:
    assert ways(of(None, PROFILE, ROLES), Access()) == (PROFILE, ROLES)


def test_an_explicit_profile_wins_where_the_account_is_not_known() -> None:
    assert ways(of(None, PROFILE), Access(profile="mine")) == (ProviderCredentials(profile="mine"),)


def test_the_role_of_the_user_comes_first() -> None:
    access = Access(profile="mine", assume_role=TEMPLATE, external_id="secret")
    assert ways(of("111111111111", PROFILE, region="cn-north-1"), access) == (
        ProviderCredentials(
            profile="mine", assume_roles=(role("111111111111", "aws-cn", "secret"),)
        ),
        PROFILE,
        ProviderCredentials(profile="mine"),
    )


def test_the_role_of_the_user_needs_the_account() -> None:
    assert ways(of(None, PROFILE), Access(assume_role=TEMPLATE)) == (PROFILE,)
    fixed = Access(assume_role="arn:aws:iam::333333333333:role/audit/Drift")
    assert ways(of(None, PROFILE), fixed) == (
        ProviderCredentials(assume_roles=(role("333333333333"),)),
    )


def test_endpoints_of_the_state_only_when_allowed() -> None:
    hostile = ProviderCredentials(endpoints=(("ec2", "https://example.com"),))
    for account in ("111111111111", None):
        assert ways(of(account, hostile), Access()) == (AMBIENT,)
        assert ways(of(account, hostile), Access(provider_endpoints=True))[0] == hostile


def test_described() -> None:
    identity = WebIdentity(role_arn="arn:3", token_file="/t")
    web = ProviderCredentials(web_identity=identity)
    assert [described(way) for way in (AMBIENT, PROFILE, ROLES, web)] == [
        "the ambient credentials",
        "profile 'team'",
        "the role arn:2",
        "the role arn:3",
    ]


SECRET: dict[str, Json] = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "x",
}


def test_what_a_state_keeps_secret_is_known_as_such() -> None:
    role, web = "assumeRoles", "assumeRoleWithWebIdentity"
    arn = "arn:aws:iam::111111111111:role/x"
    for declared, untold in (
        (providers.read({"profile": SECRET}), "profile"),
        (providers.read({role: [{"roleArn": SECRET}]}), "role"),
        (providers.read({role: [{"roleArn": arn}, SECRET]}), "role"),
        (providers.read({web: SECRET}), "web identity"),
        (providers.read({web: {"roleArn": arn, "webIdentityTokenFile": SECRET}}), "web identity"),
        (providers.read({"profile": "team", role: [{"roleArn": arn}]}), None),
        (providers.read({}), None),
    ):
        assert unreadable(declared.credentials) == untold


def test_the_profile_of_the_user_stands_in_for_one_that_is_secret() -> None:
    secret = ProviderCredentials(profile=UNREADABLE_NAME, assume_roles=ROLES.assume_roles)
    assert ways(of("111111111111", secret), Access(profile="mine")) == (
        ProviderCredentials(profile="mine", assume_roles=ROLES.assume_roles),
        ProviderCredentials(profile="mine"),
    )
    assert ways(of("111111111111", secret), Access()) == (secret, AMBIENT)
