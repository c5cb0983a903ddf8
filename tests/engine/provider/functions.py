"""What programs ask instead of deploying it: `aws.get_caller_identity()` and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.engine.provider.session import Session
from tests.engine.provider.wire import Properties


def _caller_identity(session: Session) -> Properties:
    told = session.client("sts").get_caller_identity()
    account = told["Account"]
    return {"accountId": account, "arn": told["Arn"], "id": account, "userId": told["UserId"]}


def _region(session: Session) -> Properties:
    name = session.region
    return {"id": name, "name": name, "region": name, "endpoint": f"ec2.{name}.amazonaws.com"}


FUNCTIONS: Final[Mapping[str, Callable[[Session], Properties]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
}
