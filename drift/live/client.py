"""The door to AWS: what is asked of EC2 and STS, and nothing but `FaultError` coming out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.model import StructureShape

from drift.live import faults
from drift.live.credentials import Sessions, profile_region
from drift.live.foreign import clean
from drift.live.terms import Caller, Limits, Signs
from drift.live.wire import ReplyReader
from drift.model import Narrowing, ProviderCredentials

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from types_boto3_ec2.client import EC2Client
    from types_boto3_sts.client import STSClient

_PAGE_SIZE: Final = 1000
"""The most that DescribeFlowLogs gives at once."""


class BotocoreAws:
    """`terms.Aws`, by botocore; not by boto3, whose import loads all of S3's transfers as well."""

    def __init__(self, limits: Limits) -> None:
        """Take how long to wait for AWS."""
        self._sessions: Final = Sessions(limits)

    def prepare(self, profile: str | None) -> None:
        """Do what needs a person, before anything is waited for; None is the profile in use."""
        with faults.translated("sts:AssumeRole", "the region in use"):
            self._sessions.prepare(profile)

    @staticmethod
    def profile_region(profile: str | None) -> str | None:
        """Return the region that a profile names; None names the profile in use."""
        with faults.translated("reading the AWS configuration", "no region"):
            return profile_region(profile)

    def caller(self, way: ProviderCredentials, region: str, pulse: Signs) -> Caller:
        """Ask STS whose credentials they are."""
        with faults.translated("sts:GetCallerIdentity", region):
            made: Any = self._client(way, "sts", region, pulse)
            sts: STSClient = made
            with contextlib.closing(sts):
                identity = sts.get_caller_identity()
            return Caller(account=clean(identity["Account"]), arn=clean(identity["Arn"]))

    def pages(
        self, way: ProviderCredentials, region: str, narrowing: Narrowing, pulse: Signs
    ) -> Iterator[Sequence[object]]:
        """List flow logs, page by page."""
        with (
            faults.translated("ec2:DescribeFlowLogs", region),
            contextlib.closing(self._client(way, "ec2", region, pulse)) as ec2,
        ):
            _read_quickly(ec2)
            pages = ec2.get_paginator("describe_flow_logs").paginate(**_request(narrowing))
            for page in pages:
                yield faults.entries(page)

    def dry_run(self, way: ProviderCredentials, region: str, pulse: Signs) -> None:
        """Ask whether listing is permitted; return if so."""
        with faults.translated("ec2:DescribeFlowLogs", region):
            made: Any = self._client(way, "ec2", region, pulse)
            ec2: EC2Client = made
            with contextlib.closing(ec2), faults.dry_run_granted():
                ec2.describe_flow_logs(DryRun=True)

    def _client(
        self, way: ProviderCredentials, service: str, region: str, pulse: Signs
    ) -> BaseClient:
        with pulse.getting_credentials():
            client = self._sessions.client(way, service, region)
        client.meta.events.register("response-received", _SignsOfLife(pulse))
        return client


def _request(narrowing: Narrowing) -> dict[str, object]:
    """Return what to ask for. MaxResults and FlowLogIds may not be combined."""
    request: dict[str, object] = {}
    if narrowing.filters:
        # The member is `Filter`; botocore's alias is `Filters`, as boto3's documentation has it.
        request["Filters"] = [
            {"Name": condition.name, "Values": list(condition.values)}
            for condition in narrowing.filters
        ]
    if narrowing.flow_log_ids:
        request["FlowLogIds"] = list(narrowing.flow_log_ids)
    else:
        request["PaginationConfig"] = {"PageSize": _PAGE_SIZE}
    return request


# -- botocore's events; handlers get everything by keyword ----------------------------------------


class _SignsOfLife:
    """Tells a pulse of every reply, and of every try that brought none."""

    def __init__(self, pulse: Signs) -> None:
        self._pulse: Final = pulse

    def __call__(self, parsed_response: object, exception: Exception | None, **_: object) -> None:
        if exception is not None:
            self._pulse.failure(type(exception).__name__)
            return
        match parsed_response:
            case {"Error": {"Code": code}}:
                self._pulse.refusal(clean(code))
            case _:
                self._pulse.answer()


def _read_quickly(ec2: BaseClient) -> None:
    """Have replies of EC2 read by `wire`; where that does not suit, botocore reads them itself."""
    operation = ec2.meta.service_model.operation_model("DescribeFlowLogs")
    if isinstance(operation.output_shape, StructureShape):
        ec2.meta.events.register("before-parse", _QuickReading(operation.output_shape))


class _QuickReading:
    def __init__(self, shape: StructureShape) -> None:
        self._reader: Final = ReplyReader(shape)

    def __call__(
        self,
        response_dict: dict[str, Any],
        customized_response_dict: dict[str, object],
        **_: object,
    ) -> None:
        """Take the body away from botocore's parser, and give the result in its place."""
        if response_dict["status_code"] != 200:  # noqa: PLR2004 -- everything else is an error
            return
        read = self._reader.read(response_dict["body"])
        if isinstance(read, dict):
            customized_response_dict.update(read)
            response_dict["body"] = b"<read/>"
