"""Which credentials to try for a target, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drift.arn import partition_of
from drift.live.terms import Access, Target
from drift.model import UNREADABLE_NAME, AssumedRole, ProviderCredentials


def ways(target: Target, access: Access) -> tuple[ProviderCredentials, ...]:
    """Return the credentials that may read a target, best first, without repetition.

    Where the account is known, STS shows whether credentials are of that account, so more of them
    can be tried: a profile of the state need not exist where drift runs. Where it is not, other
    credentials would silently read another account.
    """
    found = _of_account(target, access) if target.account else _of_credentials(target, access)
    return tuple(dict.fromkeys(found))


def _of_account(target: Target, access: Access) -> Iterator[ProviderCredentials]:
    role = _role(target, access)
    if role is not None:
        yield ProviderCredentials(profile=access.profile, assume_roles=(role,))
    for declared in target.credentials:
        theirs = (
            None if declared.profile == UNREADABLE_NAME and access.profile else declared.profile
        )
        yield _allowed(replace(declared, profile=theirs or access.profile), access)
    yield ProviderCredentials(profile=access.profile)


def _of_credentials(target: Target, access: Access) -> Iterator[ProviderCredentials]:
    role = _role(target, access)
    if role is not None:
        yield ProviderCredentials(profile=access.profile, assume_roles=(role,))
        return
    for declared in target.credentials:
        yield _allowed(replace(declared, profile=access.profile or declared.profile), access)


def _allowed(declared: ProviderCredentials, access: Access) -> ProviderCredentials:
    """Drop endpoints unless the user allows them: a state must not send requests to a stranger."""
    return declared if access.provider_endpoints else replace(declared, endpoints=())


def _role(target: Target, access: Access) -> AssumedRole | None:
    """Fill in the template of `--assume-role`; None where it needs an account that is unknown."""
    template = access.assume_role
    if template is None or ("{account}" in template and target.account is None):
        return None
    arn = template.replace("{partition}", partition_of(target.region))
    return AssumedRole(
        role_arn=arn.replace("{account}", target.account or ""), external_id=access.external_id
    )


def described(way: ProviderCredentials) -> str:
    """Name credentials as a person would."""
    if way.assume_roles:
        return f"the role {way.assume_roles[-1].role_arn}"
    if way.web_identity is not None:
        return f"the role {way.web_identity.role_arn}"
    if way.profile is not None:
        return f"profile {way.profile!r}"
    return "the ambient credentials"


def unreadable(way: ProviderCredentials) -> str | None:
    """Return what of these credentials the declaration does not tell, None if it tells all."""
    web = way.web_identity
    if way.profile == UNREADABLE_NAME:
        return "profile"
    if any(role.role_arn == UNREADABLE_NAME for role in way.assume_roles):
        return "role"
    if web is not None and UNREADABLE_NAME in {web.role_arn, web.token_file}:
        return "web identity"
    return None
