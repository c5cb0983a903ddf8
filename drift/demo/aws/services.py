"""moto's EC2 and STS, with the flow logs of `FlowLogStore` and the faults of a `World`.

A backend of moto also says who answers the requests for it, in process and over HTTP alike. So
putting these two backends in the place of moto's own is the only patch (see `extended_aws`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, assert_never
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult, BaseResponse
from moto.ec2 import urls as ec2_urls
from moto.ec2.models import EC2Backend, ec2_backends, validate_resource_ids
from moto.ec2.responses import EC2Response
from moto.sts import urls as sts_urls
from moto.sts.models import STSBackend, sts_backends
from moto.sts.responses import TokenResponse

from drift.demo.aws.rules import asked_for
from drift.demo.aws.store import FlowLogStore, Page
from drift.demo.aws.world import Call, Fault, Garbling, Paging, Refusal, World

if TYPE_CHECKING:
    from moto.core.common_types import TYPE_RESPONSE
    from moto.core.request import Request

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

_TAGGED: Final = "vpc-flow-log"


class SpoiledResponse(BaseResponse):
    """Answers as moto does, unless the world has something against it."""

    error: ClassVar[str]
    """How the service writes an error."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.fault: Fault | None = None

    @override
    def call_action(self) -> TYPE_RESPONSE:
        """Answer the request that was set up."""
        self.fault = self.world.meet(
            Call(action=self._get_action(), account=self.current_account, region=self.region)
        )
        match self.fault:
            case None | Paging():
                return super().call_action()
            case Garbling():
                status, headers, body = super().call_action()
                return status, headers, self.fault.garbled(str(body))
            case Refusal():
                return self._refused(self.fault)
            case _:
                assert_never(self.fault)

    def answer(self, request: Request, full_url: str, headers: object) -> TYPE_RESPONSE:
        """Answer one request; what moto calls for a URL."""
        self.setup_class(request, full_url, headers)
        return self.call_action()

    def _refused(self, refusal: Refusal) -> TYPE_RESPONSE:
        sts = sts_backends[self.current_account][self.partition]
        _, user, _ = sts.get_caller_identity(self.access_key, self.region)
        operation = f"{self.service_name}:{self._get_action()}"
        message = refusal.message.replace("{user}", user).replace("{operation}", operation)
        # Not moto's own way with errors: it knows no status beside 400, and warns of codes that the
        # service models lack, as they lack all of these.
        body = self.error.format(code=escape(refusal.code), message=escape(message))
        return refusal.status, self.response_headers, body


class FlowLogsResponse(SpoiledResponse, EC2Response):
    """EC2's answers, with our own for flow logs."""

    error = (
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>59dbff89-35bd-4eac-99ed-be587EXAMPLE</RequestID></Response>"
    )

    @property
    def store(self) -> FlowLogStore:
        """The flow logs of the account and region that is asked."""
        return ec2(self.current_account, self.region).store

    @override
    def create_flow_logs(self) -> ActionResult:
        resource_ids = self._get_param("ResourceIds", [])
        validate_resource_ids(resource_ids)
        asked = asked_for(self._get_params())
        tags = self._parse_tag_specification(expected_type=_TAGGED).get(_TAGGED, {})
        self.error_on_dryrun()
        created = self.store.create(resource_ids, asked, tags)
        return ActionResult(
            {
                "ClientToken": self._get_param("ClientToken"),
                "FlowLogIds": [flow_log.id for flow_log in created.flow_logs],
                "Unsuccessful": [item.entry() for item in created.unsuccessful],
            }
        )

    @override
    def describe_flow_logs(self) -> ActionResult:
        self.error_on_dryrun()
        token = self._get_param("NextToken")
        page = self.store.page(
            ids=self._get_param("FlowLogIds", []),
            filters=[
                (asked.get("Name", "null"), asked.get("Values", []))
                for asked in self._get_param("Filter", [])
            ],
            max_results=self._get_int_param("MaxResults"),
            # A token of a paging that never ends is not one of the store's.
            next_token=None if isinstance(self.fault, Paging) else token,
        )
        return ActionResult(
            {
                "FlowLogs": [self.store.entry(flow_log) for flow_log in page.flow_logs],
                "NextToken": self._next_token(page),
            }
        )

    @override
    def delete_flow_logs(self) -> ActionResult:
        ids = self._get_param("FlowLogIds", [])
        self.error_on_dryrun()
        return ActionResult({"Unsuccessful": [item.entry() for item in self.store.delete(ids)]})

    def _next_token(self, page: Page) -> str | None:
        match self.fault:
            case Paging.SAME_TOKEN:
                return "the-page-after-this-one"
            case Paging.ENDLESS:
                return f"the-page-after-call-{len(self.world.calls)}"
            case _:
                return page.next_token


class StsResponse(SpoiledResponse, TokenResponse):
    """STS's answers."""

    error = (
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        "</Error><RequestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</RequestId></ErrorResponse>"
    )


class Ec2Backend(EC2Backend):
    """EC2 of one account in one region."""

    def __init__(self, world: World, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.world = world
        self.store = FlowLogStore(self, world)

    @property
    @override
    def _url_module(self) -> SimpleNamespace:
        return _urls(ec2_urls.url_bases, "{0}/", self._answer)

    def _answer(self, request: Request, full_url: str, headers: object) -> TYPE_RESPONSE:
        return FlowLogsResponse(self.world).answer(request, full_url, headers)

    @override
    def reset(self) -> None:
        """Do nothing: moto drops a backend after this, and making a new one first takes long."""

    @override
    def do_resources_exist(self, resource_ids: list[str]) -> bool:
        """Refuse to tag what is not there, flow logs included."""
        for resource_id in resource_ids:
            if resource_id.startswith("fl-"):
                self.store.find(resource_id)
        return super().do_resources_exist(resource_ids)

    @override
    def create_flow_logs(self, *_: object, **__: object) -> NoReturn:
        """Refuse moto's CloudFormation, which asks here: its AWS::EC2::FlowLog is not played."""
        raise NotImplementedError("AWS::EC2::FlowLog; use CreateFlowLogs")


class StsBackend(STSBackend):
    """STS of one account in one partition."""

    def __init__(self, world: World, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.world = world

    @property
    @override
    def _url_module(self) -> SimpleNamespace:
        return _urls(sts_urls.url_bases, "{0}/$", self._answer)

    def _answer(self, request: Request, full_url: str, headers: object) -> TYPE_RESPONSE:
        return StsResponse(self.world).answer(request, full_url, headers)

    @override
    def reset(self) -> None:
        """Do nothing, as `Ec2Backend.reset`."""


def ec2(account: str, region: str) -> Ec2Backend:
    """Return EC2 of an account in a region; only while an `extended_aws` is there."""
    backend = ec2_backends[account][region]
    if not isinstance(backend, Ec2Backend):
        raise TypeError("no extended_aws() is there")
    return backend


def _urls(
    bases: list[str], path: str, answer: Callable[[Request, str, object], TYPE_RESPONSE]
) -> SimpleNamespace:
    """Return what moto looks for in the module `urls` beside a backend."""
    return SimpleNamespace(url_bases=bases, url_paths={path: answer})
