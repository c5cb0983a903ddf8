"""Asks one thing of many accounts and regions, by whichever credentials may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from drift.live.calls import Call, Once, Pulse
from drift.live.foreign import clean, misnamed
from drift.live.terms import Access, Aws, Caller, Cause, Fault, Limits, Target
from drift.live.ways import described, unreadable, ways
from drift.model import Coverage, ProviderCredentials

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and region, and all the credentials that may read it, best first."""

    account: str | None
    region: str
    ways: tuple[ProviderCredentials, ...]


def gather(targets: Iterable[Target], access: Access) -> tuple[Place, ...]:
    """Return each place once, with the credentials of every target that means it.

    Without an account, each credential is a place of its own: nothing tells that two of them are
    of the same account, and a flow log of one is not to be looked for in the other.
    """
    found: dict[tuple[str | None, str], dict[ProviderCredentials, None]] = {}
    for target in targets:
        credentials = found.setdefault((target.account, target.region), {})
        credentials.update(dict.fromkeys(ways(target, access)))
    return tuple(
        Place(account=account, region=region, ways=several)
        for (account, region), credentials in found.items()
        for several in ([tuple(credentials)] if account else [(way,) for way in credentials])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What a place answered, and who asked."""

    place: Place
    result: T | Fault
    caller: Caller | None = None
    """None where STS could not tell."""
    faults: tuple[Fault, ...] = ()
    """Of every way that was tried."""

    @property
    def account(self) -> str | None:
        """The account of the place, as far as anybody can tell."""
        return self.place.account or (self.caller.account if self.caller else None)


class Survey(Generic[T]):
    """Asks the same of many places; those that turn out to be the same are asked once."""

    def __init__(
        self,
        work: Callable[[Place, ProviderCredentials, Pulse], T],
        aws: Aws,
        places: Sequence[Place],
        limits: Limits,
    ) -> None:
        """Take what to ask, of whom, and all the places there are; nothing is asked yet."""
        self._work: Final = work
        self._aws: Final = aws
        self._limits: Final = limits
        self._identities: Final[Once[Call[Caller]]] = Once()
        self._asked: Final[Once[tuple[ProviderCredentials, Call[T]]]] = Once()
        valid = [place for place in places if _invalid(place) is None]
        # Where STS is asked whose credentials they are: once for each way, in its first region.
        self._home: Final = {way: place.region for place in reversed(valid) for way in place.ways}
        # With one way, and no region twice, knowing the account first would save no listing.
        alike = len(self._home) > 1 or len({place.region for place in valid}) < len(valid)
        self._patience: Final = limits.identity if alike else 0.0

    def ask(self, place: Place) -> Answer[T]:
        """Try one way after the other, until one is neither refused nor of another account."""
        invalid = _invalid(place)
        if invalid is not None:
            return Answer(place=place, result=invalid)
        tried: list[Answer[T]] = []
        faults: list[Fault] = []
        for way in place.ways:
            answer = self._by(way, place)
            if not isinstance(answer.result, Fault):
                return replace(answer, faults=tuple(faults))
            tried.append(answer)
            faults.append(answer.result)
            if not answer.result.other_credentials_may_help:
                break
        return replace(tried[0], result=_summary(faults), faults=tuple(faults))

    def _by(self, way: ProviderCredentials, place: Place) -> Answer[T]:
        """Ask by one way, with STS beside: nothing counts that another account has answered."""
        untold = unreadable(way)
        if untold is not None:
            return Answer(place=place, result=_unreadable(untold, place))
        since = time.monotonic()
        home = self._identity(way, self._home[way], since)
        who = home.poll(self._patience)
        if isinstance(who, Fault) and who.never_sent:
            return Answer(place=place, result=who)
        if isinstance(who, Caller) and _is_other(who, place):
            return Answer(place=place, result=_wrong_account(way, place, who), caller=who)
        result = self._outcome(way, place, who, since)
        if isinstance(result, Fault) and result.status is Coverage.UNREACHABLE:
            # STS is no more likely to answer, and nothing is left to be confirmed.
            who = home.poll(0)
        else:
            who = self._caller(way, place.region, since)
        caller = who if isinstance(who, Caller) else None
        if caller is not None and _is_other(caller, place):
            result = _wrong_account(way, place, caller)
        elif caller is not None and isinstance(result, Fault) and result.permission is not None:
            grant = f"Grant {result.permission} to {caller.arn}."
            result = replace(result, next_step=grant)
        return Answer(place=place, result=result, caller=caller)

    def _outcome(
        self, way: ProviderCredentials, place: Place, who: Caller | Fault | None, since: float
    ) -> T | Fault:
        """Ask, unless the same account and region has answered already."""

        def start() -> tuple[ProviderCredentials, Call[T]]:
            return way, Call(
                lambda pulse: self._work(place, way, pulse), limits=self._limits, since=since
            )

        whose: Hashable = who.account if isinstance(who, Caller) else way
        by, call = self._asked.get((whose, place.region), start)
        result = call.outcome()
        if by != way and isinstance(result, Fault):
            # Other credentials of the same account were refused; these need not be.
            _, call = self._asked.get((way, place.region), start)
            result = call.outcome()
        return result

    def _caller(self, way: ProviderCredentials, region: str, since: float) -> Caller | Fault:
        """Return whose credentials they are; by STS in this region, if elsewhere it is silent."""
        left = since + self._limits.silence - time.monotonic()
        home = self._identity(way, self._home[way], since)
        who = home.poll(max(0.0, min(self._limits.identity, left)))
        if isinstance(who, Caller) or (isinstance(who, Fault) and who.never_sent):
            return who
        return self._identity(way, region, since).outcome()

    def _identity(self, way: ProviderCredentials, region: str, since: float) -> Call[Caller]:
        def start() -> Call[Caller]:
            return Call(
                lambda pulse: self._aws.caller(way, region, pulse),
                limits=self._limits,
                since=since,
            )

        return self._identities.get((way, region), start)


def _is_other(caller: Caller, place: Place) -> bool:
    return place.account not in {None, caller.account}


# -- in words -----------------------------------------------------------------------------------


def _invalid(place: Place) -> Fault | None:
    """Refuse names out of a state that could lead anywhere but to AWS."""
    wrong = misnamed(place.account, place.region)
    if wrong is None:
        return None
    name, reason = wrong
    return Fault(
        status=Coverage.FAILED,
        reason=reason,
        next_step=f"Correct the {name} in the declaration, or in --{name}.",
    )


def _unreadable(untold: str, place: Place) -> Fault:
    """Say that a declaration names credentials, but not in clear."""
    role = "--assume-role 'arn:{partition}:iam::ACCOUNT:role/NAME'"
    # Of an unknown account, a profile takes no role's place.
    profile = "--profile NAME, or " if untold == "profile" or place.account else ""
    return Fault(
        status=Coverage.FAILED,
        cause=Cause.CREDENTIALS,
        reason=f"the provider's {untold} is a secret that is not decrypted, or not known yet",
        next_step=f"Name it yourself: {profile}{role}.",
    )


def _wrong_account(way: ProviderCredentials, place: Place, caller: Caller) -> Fault:
    return Fault(
        status=Coverage.WRONG_ACCOUNT,
        cause=Cause.WRONG_ACCOUNT,
        reason=f"{clean(described(way))} reached account {caller.account}, not {place.account}",
        next_step=f"Use credentials of account {place.account}: --profile NAME, "
        "or --assume-role 'arn:{partition}:iam::{account}:role/NAME'.",
    )


def _summary(faults: Sequence[Fault]) -> Fault:
    """Return one fault for all: the first, which was the best way, with the reasons of each."""
    reasons = dict.fromkeys(fault.reason for fault in faults)
    return replace(faults[0], reason="; ".join(reasons))
