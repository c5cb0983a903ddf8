"""The nouns of asking AWS: where, with which credentials, how long; and what can go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from drift.errors import UsageError
from drift.model import AMBIENT, Coverage, Listing, Narrowing, ProviderCredentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One account and region to read."""

    account: str | None
    """None: whichever account the credentials are of. Each credential is then its own target."""
    region: str
    credentials: tuple[ProviderCredentials, ...] = (AMBIENT,)
    """As the declarations name them; tried in order until one is not denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the user wants AWS to be reached."""

    profile: str | None = None
    """`--profile`: takes the place of the ambient credentials."""
    assume_role: str | None = None
    """`--assume-role`: a role ARN, in which `{partition}` and `{account}` are filled in."""
    external_id: str | None = None
    """`--external-id`, for that role."""
    provider_endpoints: bool = False
    """Whether `endpoints` of a provider in a state may receive signed requests."""

    def __post_init__(self) -> None:
        """Refuse what could never become the ARN of a role, or is no external id."""
        if self.assume_role is not None and not _ROLE_TEMPLATE.fullmatch(self.assume_role):
            raise UsageError(
                f"--assume-role {self.assume_role!r} is not the ARN of a role",
                next_step="Write it as 'arn:{partition}:iam::{account}:role/NAME'.",
            )
        if self.external_id is not None and self.assume_role is None:
            raise UsageError(
                "--external-id belongs to --assume-role, which is missing",
                next_step="Name the role with --assume-role.",
            )
        if self.external_id is not None and not _EXTERNAL_ID.fullmatch(self.external_id):
            raise UsageError(
                "--external-id is not one that AWS takes",
                next_step="It has 2 to 1224 characters: letters, digits and _+=,.@:/-",
            )


_ROLE_TEMPLATE: Final = re.compile(
    r"arn:(?:\{partition\}|[a-z0-9-]+):iam::(?:\{account\}|\d{12}):role/[\w+=,.@/-]+", re.ASCII
)
_EXTERNAL_ID: Final = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long AWS is waited for, in seconds, and how much of it is read."""

    connect: float = 3
    read: float = 15
    """For one reply, from the last byte sent to the first received."""
    attempts: int = 8
    """Of one request, while AWS throttles or fails."""
    connection_attempts: int = 3
    """Of one request, while AWS can't be reached."""
    silence: float = 18
    """Without any reply at all, after which a region is given up: 20 with what is around it."""
    backoff: float = 20
    """The longest pause of botocore's standard retries after a reply that is an error."""
    stall: float = 120
    """With nothing but errors as replies, after which a region is given up."""
    identity: float = 2
    """For STS to say whose credentials they are, where that may save a listing."""
    threads: int = 64
    """Accounts and regions that are read at the same time; they wait, they do not compute."""
    pages: int = 2000
    """Of one listing: two million flow logs."""
    barren_pages: int = 20
    """In a row that bring no flow log that was not there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose credentials they are, as STS tells."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One more account and region is done."""

    done: int
    total: int
    listing: Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether `ec2:DescribeFlowLogs` is granted in one account and region."""

    account: str | None
    region: str
    status: Coverage
    """READ is granted; everything else says why nobody can tell, or that it is not."""
    caller: str | None = None
    """The ARN that asked."""
    reason: str | None = None
    next_step: str | None = None


class Cause(Enum):
    """What a fault comes from, as far as it decides what is tried next."""

    NO_CREDENTIALS = auto()
    """There are none."""
    CREDENTIALS = auto()
    """They could not be had: no such profile, an expired login, a role that is refused."""
    REFUSED = auto()
    """AWS knows the credentials and says no."""
    WRONG_ACCOUNT = auto()
    """They are of another account."""
    REQUEST = auto()
    """What is asked for is not what AWS takes."""
    OTHER = auto()
    """Nothing that other credentials would change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why AWS did not tell, ready to become a `Listing`."""

    status: Coverage
    reason: str
    """A clause in plain words, with AWS's error code."""
    next_step: str
    """A sentence."""
    cause: Cause = Cause.OTHER
    code: str | None = None
    """AWS's error code, where AWS answered with one."""
    permission: str | None = None
    """The IAM action, where granting it would mend this."""

    @property
    def never_sent(self) -> bool:
        """Whether it stopped before AWS could be asked anything."""
        return self.cause in {Cause.NO_CREDENTIALS, Cause.CREDENTIALS}

    @property
    def other_credentials_may_help(self) -> bool:
        """Whether the next credentials are worth trying."""
        return self.cause not in {Cause.REQUEST, Cause.OTHER}


class FaultError(Exception):
    """A fault on its way to whoever asked; the only error that leaves the door to botocore."""

    def __init__(self, fault: Fault) -> None:
        """Take what is to be reported."""
        super().__init__(fault.reason)
        self.fault = fault


class Signs(Protocol):
    """Where those who ask AWS leave signs of life, for those who wait."""

    def answer(self) -> None:
        """Note a reply that brought what was asked for."""

    def refusal(self, code: str) -> None:
        """Note a reply that is an error; a pause may follow until it is tried again."""

    def failure(self, kind: str) -> None:
        """Note that no reply came at all, and why."""

    def getting_credentials(self) -> AbstractContextManager[None]:
        """Note, as long as the context lasts, that it is not this request that takes time."""


class Aws(Protocol):
    """What is asked of AWS; each method raises nothing but `FaultError`."""

    def caller(self, way: ProviderCredentials, region: str, pulse: Signs) -> Caller:
        """Ask STS whose credentials they are."""

    def pages(
        self, way: ProviderCredentials, region: str, narrowing: Narrowing, pulse: Signs
    ) -> Iterator[Sequence[object]]:
        """List flow logs, page by page, each entry in DescribeFlowLogs' shape."""

    def dry_run(self, way: ProviderCredentials, region: str, pulse: Signs) -> None:
        """Ask whether listing is permitted; return if so."""
