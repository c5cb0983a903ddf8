from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared.properties import DefaultTags
from drift.declared.providers import (
    ProviderConfig,
    read,
    region_and_account,
    valid_account,
    valid_region,
)
from drift.declared.values import Json
from drift.model import AssumedRole, IgnoredTags, ProviderCredentials, WebIdentity
from tests.declared.shapes import CIPHERTEXT, UNKNOWN, plaintext
from tests.declared.test_values import JSON

ROLE = "arn:aws:iam::123456789012:role/deploy"
TOKEN_FILE = "/var/run/token"
UNREADABLE = "(unreadable)"
OTHER_ROLE = "arn:aws:iam::210987654321:role/deploy"


def test_a_provider_of_version_7() -> None:
    config = read(
        {
            "region": "us-east-1",
            "version": "7.8.0",
            "profile": "prod",
            "skipRegionValidation": "true",
            "assumeRoles": json.dumps(
                [
                    {"roleArn": OTHER_ROLE, "externalId": "e", "sessionName": "s"},
                    {"roleArn": ROLE, "duration": "1h"},
                ]
            ),
            "assumeRoleWithWebIdentity": json.dumps(
                {"roleArn": OTHER_ROLE, "webIdentityTokenFile": TOKEN_FILE, "sessionName": "w"}
            ),
            "endpoints": json.dumps(
                [{"ec2": "http://ec2", "s3": "http://s3"}, {"sts": "http://sts"}]
            ),
            "defaultTags": json.dumps({"tags": {"Team": "net"}}),
            "ignoreTags": json.dumps({"keys": ["LastScanned"], "keyPrefixes": ["kubernetes.io/"]}),
        }
    )
    assert config == ProviderConfig(
        region="us-east-1",
        account="123456789012",
        credentials=ProviderCredentials(
            profile="prod",
            assume_roles=(
                AssumedRole(role_arn=OTHER_ROLE, external_id="e", session_name="s"),
                AssumedRole(role_arn=ROLE),
            ),
            web_identity=WebIdentity(role_arn=OTHER_ROLE, token_file=TOKEN_FILE, session_name="w"),
            endpoints=(("ec2", "http://ec2"), ("sts", "http://sts")),
        ),
        default_tags=DefaultTags(tags={"Team": "net"}),
        ignored_tags=IgnoredTags(keys=frozenset({"LastScanned"}), key_prefixes=("kubernetes.io/",)),
    )


def test_a_provider_of_version_6_with_objects_in_pythons_spelling() -> None:
    config = read(
        {
            "assume_role": {"role_arn": ROLE, "session_name": "s"},
            "default_tags": {"tags": {"Team": "net"}},
            "ignore_tags": {"keys": ["a"], "key_prefixes": ["b", ""]},
        }
    )
    assert config == ProviderConfig(
        account="123456789012",
        credentials=ProviderCredentials(
            assume_roles=(AssumedRole(role_arn=ROLE, session_name="s"),)
        ),
        default_tags=DefaultTags(tags={"Team": "net"}),
        ignored_tags=IgnoredTags(keys=frozenset({"a"}), key_prefixes=("b",)),
    )


@pytest.mark.parametrize(
    ("values", "account"),
    [
        ({"allowedAccountIds": '["123456789012"]'}, "123456789012"),
        ({"allowedAccountIds": [123456789012]}, "123456789012"),
        ({"allowedAccountIds": '["123456789012","210987654321"]'}, None),
        ({"allowedAccountIds": '["1"]'}, None),
        ({"allowedAccountIds": CIPHERTEXT}, None),
        (
            {"allowedAccountIds": '["210987654321"]', "assumeRole": {"roleArn": ROLE}},
            "123456789012",
        ),
        (
            {"assumeRoleWithWebIdentity": {"roleArn": ROLE, "webIdentityTokenFile": "t"}},
            "123456789012",
        ),
        ({}, None),
    ],
)
def test_the_account_of_a_provider(values: dict[str, Json], account: str | None) -> None:
    assert read(values).account == account


@pytest.mark.parametrize(
    ("values", "credentials"),
    [
        ({"profile": CIPHERTEXT}, ProviderCredentials(profile=UNREADABLE)),
        ({"profile": plaintext("prod")}, ProviderCredentials(profile="prod")),
        *(
            (values, ProviderCredentials(assume_roles=(AssumedRole(role_arn=UNREADABLE),)))
            for values in (
                {"assumeRoles": CIPHERTEXT},
                {"assumeRoles": UNKNOWN},
                {"assumeRoles": [CIPHERTEXT]},
                {"assumeRoles": json.dumps([{"roleArn": UNKNOWN}])},
                {"assumeRole": "{"},
            )
        ),
        (
            {"assumeRoleWithWebIdentity": CIPHERTEXT},
            ProviderCredentials(
                web_identity=WebIdentity(role_arn=UNREADABLE, token_file=UNREADABLE)
            ),
        ),
        ({"endpoints": CIPHERTEXT}, ProviderCredentials()),
    ],
)
def test_credentials_that_cannot_be_read_do_not_become_ambient_ones(
    values: dict[str, Json], credentials: ProviderCredentials
) -> None:
    assert read(values) == ProviderConfig(credentials=credentials)


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-7"]
)
def test_a_region(region: str) -> None:
    assert valid_region(region) == region


@pytest.mark.parametrize(
    "region",
    [
        None,
        "",
        "us-east",
        "US-EAST-1",
        "us-east-1\n",
        "us-east-\u0661",
        "evil.example/us-east-1",
        "us-east-1.evil.example",
        "us-east-1#",
        "a-a-a-a-a-a-1",
    ],
)
def test_no_region(region: str | None) -> None:
    assert valid_region(region) is None


@pytest.mark.parametrize("account", [None, "", "12345678901", "1234567890123", "12345678901x"])
def test_no_account(account: str | None) -> None:
    assert valid_account(account) is None


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (
            "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/fl-1",
            ("us-east-1", "123456789012"),
        ),
        ("arn:aws:s3:::acme-flow-logs", (None, None)),
        ("arn:aws:ec2:evil/:123456789012:x", (None, "123456789012")),
        ("not an arn", (None, None)),
        (None, (None, None)),
    ],
)
def test_region_and_account_of_an_arn(
    arn: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert region_and_account(arn) == expected


SETTINGS = [
    "region",
    "profile",
    "assumeRole",
    "assumeRoles",
    "assumeRoleWithWebIdentity",
    "endpoints",
    "defaultTags",
    "ignoreTags",
    "allowedAccountIds",
]


@given(st.dictionaries(st.sampled_from(SETTINGS), JSON | JSON.map(json.dumps)))
def test_any_configuration_is_read(values: dict[str, Json]) -> None:
    config = read(values)
    assert config.region is None or valid_region(config.region)
    assert config.account is None or valid_account(config.account)
