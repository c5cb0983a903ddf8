"""Decide where to look: the accounts and regions that declarations and options name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drift.errors import UsageError
from drift.identifiers import REGION
from drift.live.terms import Target
from drift.model import AMBIENT, Declarations, ProviderCredentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the user says about places, beside the declarations."""

    regions: tuple[str, ...] = ()
    """`--region`: read in any case."""
    account: str | None = None
    """`--account`: for what names none itself."""


def targets(
    declared: Declarations, where: Where, ambient_region: Callable[[], str | None]
) -> tuple[Target, ...]:
    """Return each account and region to read once, with all credentials that may serve.

    A declaration that names no region is where `--region` says, else where AWS_REGION or the
    profile says, as it would be for Pulumi.
    """
    wanted: dict[tuple[str | None, str], dict[ProviderCredentials, None]] = defaultdict(dict)
    fallback: Sequence[str] = where.regions
    homeless = any(flow_log.region is None for flow_log in declared.flow_logs)
    if not fallback and (homeless or not declared.flow_logs):
        region = ambient_region()
        if region is None:
            raise UsageError(
                "no region is named, neither by the declarations nor otherwise",
                next_step="name one with --region, or set AWS_REGION",
            )
        if not REGION.fullmatch(region):
            raise UsageError(
                f"{region!r}, which the environment or the profile names, is no region",
                next_step="name one with --region, or mend AWS_REGION",
            )
        fallback = (region,)
    for flow_log in declared.flow_logs:
        for region in (flow_log.region,) if flow_log.region is not None else fallback:
            account = flow_log.account or where.account
            wanted[account, region][flow_log.credentials] = None
    for region in where.regions if declared.flow_logs else fallback:
        # Where no account is asked for, one that is read there anyway will do.
        if where.account is not None or not any(region == named for _, named in wanted):
            wanted[where.account, region][AMBIENT] = None
    return tuple(
        Target(account=account, region=region, credentials=tuple(credentials))
        for (account, region), credentials in sorted(
            wanted.items(), key=lambda item: (item[0][0] or "", item[0][1])
        )
    )


def only_account(declared: Declarations) -> str | None:
    """Return the one account that the declarations name, if it is just one."""
    return _only({flow_log.account for flow_log in declared.flow_logs})


def only_region(declared: Declarations) -> str | None:
    """Return the one region that the declarations name, if it is just one."""
    return _only({flow_log.region for flow_log in declared.flow_logs})


def _only(names: set[str | None]) -> str | None:
    known = names - {None}
    return known.pop() if len(known) == 1 else None
