"""AWS in memory, to pass in where the real one is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from drift.live.terms import Caller, Cause, Fault, FaultError, Signs
from drift.model import Coverage, Narrowing, ProviderCredentials

ACCOUNT = "111111111111"
OTHER = "222222222222"
ME = Caller(account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/me")
SOMEBODY = Caller(account=OTHER, arn=f"arn:aws:iam::{OTHER}:user/somebody")

DENIED = Fault(
    status=Coverage.DENIED,
    reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
    next_step="Grant ec2:DescribeFlowLogs to these credentials.",
    cause=Cause.REFUSED,
    code="UnauthorizedOperation",
    permission="ec2:DescribeFlowLogs",
)
UNREACHABLE = Fault(
    status=Coverage.UNREACHABLE, reason="it could not be reached", next_step="Check the network."
)
NO_CREDENTIALS = Fault(
    status=Coverage.FAILED,
    reason="there are no AWS credentials",
    next_step="Log in.",
    cause=Cause.NO_CREDENTIALS,
)
NO_PROFILE = Fault(
    status=Coverage.FAILED,
    reason="there is no such AWS profile here",
    next_step="Choose another.",
    cause=Cause.CREDENTIALS,
)

Page = Sequence[object]
Answer = Sequence[Page] | Fault


def page(*ids: str) -> Page:
    return [{"FlowLogId": flow_log_id} for flow_log_id in ids]


@dataclass(kw_only=True)
class FakeAws:
    """Answers by way and region; remembers what it was asked, in any order."""

    callers: Mapping[ProviderCredentials, Caller | Fault]
    listings: Mapping[tuple[ProviderCredentials, str] | str, Answer] = field(default_factory=dict)
    """By way and region, or by region alone."""
    asked: list[tuple[str, ProviderCredentials, str]] = field(default_factory=list)
    narrowings: list[Narrowing] = field(default_factory=list)
    silent: bool = False
    """Whether EC2 never answers."""

    def caller(self, way: ProviderCredentials, region: str, pulse: Signs) -> Caller:
        self.asked.append(("sts", way, region))
        answer = self.callers[way]
        if isinstance(answer, Fault):
            raise FaultError(answer)
        pulse.answer()
        return answer

    def pages(
        self, way: ProviderCredentials, region: str, narrowing: Narrowing, pulse: Signs
    ) -> Iterator[Page]:
        self.asked.append(("ec2", way, region))
        self.narrowings.append(narrowing)
        for listed in self._answer(way, region):
            pulse.answer()
            yield listed

    def dry_run(self, way: ProviderCredentials, region: str, pulse: Signs) -> None:
        self.asked.append(("dry-run", way, region))
        self._answer(way, region)
        pulse.answer()

    def _answer(self, way: ProviderCredentials, region: str) -> Sequence[Page]:
        if self.silent:
            threading.Event().wait(30)
        answer = self.listings.get((way, region), self.listings.get(region, [page()]))
        if isinstance(answer, Fault):
            raise FaultError(answer)
        return answer

    def times(self, service: str) -> int:
        return sum(1 for asked, _, _ in self.asked if asked == service)
