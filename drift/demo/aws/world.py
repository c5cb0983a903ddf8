"""What is true of the whole AWS that is played: its time, the calls made to it, what it spoils."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from threading import Lock
from typing import Final, TypeAlias

DESCRIBE_FLOW_LOGS: Final = "DescribeFlowLogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to EC2 or STS, answered or refused; a retry is another call."""

    action: str
    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error that AWS answers with instead of doing what it was asked."""

    status: int
    code: str
    message: str
    """May name the caller, `{user}`, and what was refused, `{operation}`."""


DENIED: Final = Refusal(
    status=403,
    code="UnauthorizedOperation",
    message=(
        "You are not authorized to perform this operation. User: {user} is not authorized to "
        "perform: {operation} because no identity-based policy allows the {operation} action. "
        "Encoded authorization failure message: "
        "5b7uX0yPqWn-Jr2lKcVd_9sEoZtGhAmYf3RxN1wB8iQkTzD6vC4jMpLuSgHaOeIyF0bXn7rKqWt2-UdPzJcEvYmG"
        "h5sLoA9xNfTiB3kRwQj_D8uCpVeMgZ1yS6lHaO4tKnXrFbWdJqIzPcU0mEvGhY7sLoT5xAfNiB2kRwQj9D-uCpVe"
    ),
)
"""What EC2 answers a caller whose policies lack the action."""
ACCESS_DENIED: Final = Refusal(
    status=403,
    code="AccessDenied",
    message="User: {user} is not authorized to perform: {operation}",
)
"""What STS answers in the same case."""
OPT_IN_REQUIRED: Final = Refusal(
    status=401,
    code="OptInRequired",
    message=(
        "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."
    ),
)
AUTH_FAILURE: Final = Refusal(
    status=401,
    code="AuthFailure",
    message="AWS was not able to validate the provided access credentials",
)
"""What EC2 answers in a region that the account has not enabled."""
REQUEST_EXPIRED: Final = Refusal(status=400, code="RequestExpired", message="Request has expired.")
"""What EC2 answers when the session's token has expired."""
EXPIRED_TOKEN: Final = Refusal(
    status=403,
    code="ExpiredToken",
    message="The security token included in the request is expired",
)
"""What STS answers in the same case."""
INVALID_CLIENT_TOKEN_ID: Final = Refusal(
    status=403,
    code="InvalidClientTokenId",
    message="The security token included in the request is invalid.",
)
THROTTLED: Final = Refusal(
    status=503, code="RequestLimitExceeded", message="Request limit exceeded."
)
UNAVAILABLE: Final = Refusal(
    status=503,
    code="Unavailable",
    message="The service is unavailable. Please try again shortly.",
)
INTERNAL_ERROR: Final = Refusal(
    status=500, code="InternalError", message="An internal error has occurred"
)


class Garbling(Enum):
    """How an answer is spoiled on its way; the status stays 200."""

    NOT_XML = auto()
    """The sign-in page of a proxy comes instead."""
    TRUNCATED = auto()
    """Only the first half of the XML comes."""

    def garbled(self, body: str) -> str:
        """Return what arrives of it."""
        if self is Garbling.NOT_XML:
            return "<!DOCTYPE html><html><body><p>Sign in to continue<br></body></html>"
        return body[: len(body) // 2]


class Paging(Enum):
    """How DescribeFlowLogs never comes to an end; every page is the first."""

    SAME_TOKEN = auto()
    """Each page ends with the same NextToken."""
    ENDLESS = auto()
    """Each page ends with a new NextToken."""


Fault: TypeAlias = Refusal | Garbling | Paging


@dataclass(slots=True, kw_only=True)
class _Spoiler:
    """A fault, whom it meets, and how often still."""

    fault: Fault
    action: str | None
    account: str | None
    region: str | None
    times: int | None

    def meets(self, call: Call) -> bool:
        """Whether it spoils that call; None stands for any."""
        return (
            self.times != 0
            and self.action in {None, call.action}
            and self.account in {None, call.account}
            and self.region in {None, call.region}
        )


class World:
    """The state that all accounts and regions share."""

    def __init__(self) -> None:
        """Begin with nothing called, nothing spoiled, and the time as it is."""
        self.calls: list[Call] = []
        """Every request so far, oldest first."""
        self.now: datetime | None = None
        """The time at which flow logs are created; None lets the clock run."""
        self._spoilers: list[_Spoiler] = []
        self._lock = Lock()

    def fail(
        self,
        fault: Fault,
        *,
        action: str | None = DESCRIBE_FLOW_LOGS,
        account: str | None = None,
        region: str | None = None,
        times: int | None = None,
    ) -> None:
        """Spoil the next `times` calls (None: all) of an action, account and region (None: any).

        Of several that fit a call, the oldest is met.
        """
        self._spoilers.append(
            _Spoiler(fault=fault, action=action, account=account, region=region, times=times)
        )

    def recover(self) -> None:
        """Spoil nothing any more."""
        self._spoilers.clear()

    def meet(self, call: Call) -> Fault | None:
        """Write a call down and return what spoils it."""
        # A server answers each request in a thread of its own.
        with self._lock:
            self.calls.append(call)
            for spoiler in self._spoilers:
                if spoiler.meets(call):
                    if spoiler.times is not None:
                        spoiler.times -= 1
                    return spoiler.fault
            return None

    def time(self) -> datetime:
        """Return the time that it is here."""
        return self.now or datetime.now(UTC)
