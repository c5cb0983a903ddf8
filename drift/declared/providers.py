"""Provider resources: which account and region a flow log is in, and how to get there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drift.declared.properties import NO_DEFAULT_TAGS, DefaultTags, camel_case, default_tags
from drift.declared.values import Json, nested, tag_value, unwrap
from drift.identifiers import ACCOUNT, REGION
from drift.model import (
    AMBIENT,
    NO_IGNORED_TAGS,
    UNREADABLE_NAME,
    AssumedRole,
    IgnoredTags,
    ProviderCredentials,
    Unknown,
    WebIdentity,
)

PROVIDER_TYPES: Final = frozenset({"pulumi:providers:aws", "pulumi:providers:aws-native"})

_ENDPOINTS: Final = ("ec2", "sts")

_UNREADABLE_BLOCK: Final[Mapping[str, Json]] = {
    "roleArn": UNREADABLE_NAME,
    "webIdentityTokenFile": UNREADABLE_NAME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """The configuration of one provider; absent is None or empty."""

    region: str | None = None
    account: str | None = None
    credentials: ProviderCredentials = AMBIENT
    default_tags: DefaultTags = NO_DEFAULT_TAGS
    ignored_tags: IgnoredTags = NO_IGNORED_TAGS


NO_CONFIG: Final = ProviderConfig()


def read(values: Mapping[str, Json]) -> ProviderConfig:
    """Read the inputs of a provider, or what a stack's configuration says for the default one."""
    values = camel_case(values)
    credentials = _credentials(values)
    return ProviderConfig(
        region=valid_region(_text(values, "region")),
        account=_account(values, credentials),
        credentials=credentials,
        default_tags=default_tags(values.get("defaultTags")),
        ignored_tags=_ignored_tags(values),
    )


@lru_cache(maxsize=256)
def valid_region(text: str | None) -> str | None:
    """Return the text if it is the name of a region, else None."""
    return text if text and REGION.fullmatch(text) else None


@lru_cache(maxsize=256)
def valid_account(text: str | None) -> str | None:
    """Return the text if it is an account id, else None."""
    return text if text and ACCOUNT.fullmatch(text) else None


def region_and_account(arn: str | None) -> tuple[str | None, str | None]:
    """Return what an ARN says of where something is."""
    match (arn or "").split(":", 5):
        case ["arn", _, _, region, account, _]:
            return valid_region(region), valid_account(account)
        case _:
            return None, None


def _credentials(values: Mapping[str, Json]) -> ProviderCredentials:
    return ProviderCredentials(
        profile=_name(values, "profile"),
        # Version 7 has a chain of roles, version 6 at most one.
        assume_roles=tuple(
            AssumedRole(
                role_arn=role_arn,
                external_id=_text(role, "externalId"),
                session_name=_text(role, "sessionName"),
            )
            for role in [*_blocks(values, "assumeRoles"), *_blocks(values, "assumeRole")]
            if (role_arn := _name(role, "roleArn"))
        ),
        web_identity=_web_identity(values),
        endpoints=tuple(
            (service, url)
            for endpoints in _blocks(values, "endpoints")
            for service in _ENDPOINTS
            if (url := _text(endpoints, service))
        ),
    )


def _web_identity(values: Mapping[str, Json]) -> WebIdentity | None:
    for identity in _blocks(values, "assumeRoleWithWebIdentity"):
        role_arn = _name(identity, "roleArn")
        token_file = _name(identity, "webIdentityTokenFile")
        if role_arn and token_file:
            return WebIdentity(
                role_arn=role_arn,
                token_file=token_file,
                session_name=_text(identity, "sessionName"),
            )
    return None


def _account(values: Mapping[str, Json], credentials: ProviderCredentials) -> str | None:
    """Return the account of the last role that is assumed, else the only one that is allowed."""
    web_identity = credentials.web_identity
    roles = [
        *([web_identity.role_arn] if web_identity else []),
        *(role.role_arn for role in credentials.assume_roles),
    ]
    if roles:
        return region_and_account(roles[-1])[1]
    allowed = _texts(values.get("allowedAccountIds"))
    return valid_account(allowed[0]) if len(allowed) == 1 else None


def _ignored_tags(values: Mapping[str, Json]) -> IgnoredTags:
    """Return the tags that the provider leaves alone.

    Keys that are secret or not known yet count as none: a live tag that only they cover is then
    reported, although Pulumi would ignore it.
    """
    ignored = _blocks(values, "ignoreTags")
    if not ignored:
        return NO_IGNORED_TAGS
    return IgnoredTags(
        keys=frozenset(key for block in ignored for key in _texts(block.get("keys"))),
        key_prefixes=tuple(
            prefix for block in ignored for prefix in _texts(block.get("keyPrefixes"))
        ),
    )


def _blocks(values: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    """Return the blocks under that name, in states as JSON text: one by itself, or a list."""
    plain, _ = nested(values.get(name))
    blocks: list[Mapping[str, Json]] = []
    for item in plain if isinstance(plain, list) else [plain]:
        match item if isinstance(item, Unknown) else nested(item)[0]:
            case dict(block):
                blocks.append(camel_case(block))
            case Unknown():
                blocks.append(_UNREADABLE_BLOCK)
            case _:
                pass
    return blocks


def _name(values: Mapping[str, Json], name: str) -> str | None:
    """Return what a way to AWS is called, or what stands for it if that can't be read."""
    value, _ = unwrap(values.get(name))
    return UNREADABLE_NAME if isinstance(value, Unknown) else _text(values, name)


def _text(values: Mapping[str, Json], name: str) -> str | None:
    value, _ = unwrap(values.get(name))
    return value if value and isinstance(value, str) else None


def _texts(value: Json) -> list[str]:
    plain, _ = nested(value)
    items = plain if isinstance(plain, list) else []
    # An account id may have become a number.
    texts = (tag_value(unwrap(item)[0]) for item in items)
    return [text for text in texts if text and isinstance(text, str)]
