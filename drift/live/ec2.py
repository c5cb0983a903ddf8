"""Reads every account and region that is asked for, side by side.

Each ends in one `Listing`: what cannot be read is said to be so, and never costs the others
anything. Nothing here knows botocore; `client` does, and is imported when AWS is really asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from drift.errors import CredentialsError
from drift.live import listing
from drift.live.calls import Pulse, in_threads
from drift.live.overlap import once_each
from drift.live.survey import Answer, Place, Survey, gather
from drift.live.terms import (
    Access,
    Aws,
    Cause,
    Fault,
    FaultError,
    Limits,
    Permission,
    Progress,
    Target,
)
from drift.model import (
    EVERYTHING,
    Coverage,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
    ProviderCredentials,
)

__all__ = [
    "Access",
    "Limits",
    "Permission",
    "Progress",
    "Target",
    "ambient_region",
    "check_permissions",
    "read",
]

T = TypeVar("T")
OnProgress = Callable[[Progress], None]


def read(  # noqa: PLR0913 -- what, how and what of it; the last two are for tests
    targets: Iterable[Target],
    access: Access | None = None,
    narrowing: Narrowing = EVERYTHING,
    on_progress: OnProgress | None = None,
    *,
    limits: Limits | None = None,
    aws: Aws | None = None,
) -> Inventory:
    """Return what AWS has in every target.

    Raises `UsageError` for a narrowing that cannot be asked, and `CredentialsError` where there
    are no credentials at all, or not the profile that the user names; every other failure is a
    `Listing` that says so.
    """
    listing.check(narrowing)
    access = access or Access()
    limits = limits or Limits()
    door = aws or _botocore(access, limits)

    def list_all(place: Place, way: ProviderCredentials, pulse: Pulse) -> tuple[LiveFlowLog, ...]:
        return listing.flow_logs(
            lambda narrower: door.pages(way, place.region, narrower, pulse),
            narrowing,
            account=place.account,
            region=place.region,
            pulse=pulse,
            limits=limits,
        )

    places = gather(targets, access)
    survey = Survey(list_all, door, places, limits)
    answers: list[Answer[tuple[LiveFlowLog, ...]]] = []
    listings: list[Listing] = []
    for answer in in_threads(survey.ask, places, limits.threads):
        answers.append(answer)
        listings.append(_listing(answer))
        if on_progress is not None:
            on_progress(Progress(done=len(answers), total=len(places), listing=listings[-1]))
    _need_credentials(answers)
    return Inventory(listings=once_each(listings), narrowing=narrowing)


def check_permissions(
    targets: Iterable[Target],
    access: Access | None = None,
    *,
    limits: Limits | None = None,
    aws: Aws | None = None,
) -> tuple[Permission, ...]:
    """Ask with DryRun, target by target, whether flow logs may be listed; nothing is listed.

    Raises `CredentialsError` where there are no credentials at all.
    """
    access = access or Access()
    limits = limits or Limits()
    door = aws or _botocore(access, limits)

    def ask(place: Place, way: ProviderCredentials, pulse: Pulse) -> bool:
        door.dry_run(way, place.region, pulse)
        return True

    places = gather(targets, access)
    survey = Survey(ask, door, places, limits)
    answers = list(in_threads(survey.ask, places, limits.threads))
    _need_credentials(answers)
    found = {_permission(answer): None for answer in answers}
    return tuple(sorted(found, key=lambda one: (one.region, one.account or "", one.status)))


def ambient_region(profile: str | None = None) -> str | None:
    """Return the region that the environment names, else the profile; None for neither.

    Raises `CredentialsError` where there is no such profile.
    """
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if region := os.environ.get(name):
            return region
    return _profile_region(profile)


def _profile_region(profile: str | None) -> str | None:
    from drift.live.client import BotocoreAws

    try:
        return BotocoreAws.profile_region(profile)
    except FaultError as error:
        raise _unusable(error.fault) from error


def _botocore(access: Access, limits: Limits) -> Aws:
    """Open the door; a profile that the user names has to work, that of the environment may."""
    from drift.live.client import BotocoreAws

    door = BotocoreAws(limits)
    try:
        door.prepare(access.profile)
    except FaultError as error:
        if access.profile is not None:
            raise _unusable(error.fault) from error
    return door


def _unusable(fault: Fault) -> CredentialsError:
    return CredentialsError(fault.reason, next_step=fault.next_step)


# -- what came of it ------------------------------------------------------------------------------


def _listing(answer: Answer[tuple[LiveFlowLog, ...]]) -> Listing:
    """Return what a place answered; with the account that STS told, where none was asked for."""
    account, region = answer.account, answer.place.region
    match answer.result:
        case Fault() as fault:
            return Listing(
                account=account,
                region=region,
                status=fault.status,
                reason=fault.reason,
                next_step=fault.next_step,
                missing_permission=fault.permission,
                account_confirmed=answer.caller is not None,
            )
        case flow_logs:
            return Listing(
                account=account,
                region=region,
                account_confirmed=answer.caller is not None,
                flow_logs=_of_account(flow_logs, account),
            )


def _of_account(flow_logs: tuple[LiveFlowLog, ...], account: str | None) -> tuple[LiveFlowLog, ...]:
    """Say whose they are, where that was not known yet when they were read."""
    if not flow_logs or flow_logs[0].account == account:
        return flow_logs
    return tuple(replace(flow_log, account=account) for flow_log in flow_logs)


def _permission(answer: Answer[bool]) -> Permission:
    fault = answer.result if isinstance(answer.result, Fault) else None
    return Permission(
        account=answer.account,
        region=answer.place.region,
        status=fault.status if fault else Coverage.READ,
        caller=answer.caller.arn if answer.caller else None,
        reason=fault.reason if fault else None,
        next_step=fault.next_step if fault else None,
    )


def _need_credentials(answers: Sequence[Answer[T]]) -> None:
    """Stop the run where AWS was never asked anything, for want of credentials."""
    faults = [fault for answer in answers for fault in answer.faults]
    missing = [fault for fault in faults if fault.cause is Cause.NO_CREDENTIALS]
    if (
        missing
        and all(fault.never_sent for fault in faults)
        and all(isinstance(answer.result, Fault) for answer in answers)
    ):
        raise _unusable(missing[0])
