"""The flow logs of one account in one region: created, found, paged and deleted as AWS does it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from moto.ec2.exceptions import (
    EC2ClientError,
    FlowLogAlreadyExists,
    InvalidFilter,
    InvalidFlowLogIdError,
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidTransitGatewayID,
)
from moto.ec2.utils import random_flow_log_id
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from drift.demo.aws.flow_log import Configuration, DestinationType, Entry, FlowLog, ResourceType
from drift.demo.aws.rules import accepted, check_resource_id, invalid_format
from drift.demo.aws.world import World

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

Filters: TypeAlias = Sequence[tuple[str, Collection[str]]]
"""Names with values: a flow log must match every name, by any of its values."""

_FLOW_LOG_ID: Final = re.compile(r"fl-([0-9a-f]{8}|[0-9a-f]{17})")
_LARGEST_PAGE: Final = 1000
_SMALLEST_PAGE: Final = 5
_MOST_IDS: Final = 1000
_MOST_FILTER_VALUES: Final = 200
_TOKEN: Final = re.compile(r"flow logs from (\d+)")
_FILTERS: Final[Mapping[str, Callable[[FlowLog], str | None]]] = {
    "deliver-log-status": lambda flow_log: flow_log.delivery_status,
    "flow-log-id": lambda flow_log: flow_log.id,
    "log-destination-type": lambda flow_log: flow_log.configuration.log_destination_type,
    "log-group-name": lambda flow_log: flow_log.configuration.log_group_name,
    "resource-id": lambda flow_log: flow_log.resource_id,
    "traffic-type": lambda flow_log: flow_log.configuration.traffic_type,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsuccessful:
    """What could not be done to one item of a call that itself succeeded."""

    resource_id: str
    code: str
    message: str

    def entry(self) -> Entry:
        """Return one item of the `Unsuccessful` of a response."""
        return {
            "ResourceId": self.resource_id,
            "Error": {"Code": self.code, "Message": self.message},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What came of CreateFlowLogs."""

    flow_logs: Sequence[FlowLog]
    unsuccessful: Sequence[Unsuccessful]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some flow logs, and where the next ones begin."""

    flow_logs: Sequence[FlowLog]
    next_token: str | None


class FlowLogStore:
    """The flow logs beside everything else of `backend`, whose tags they share."""

    def __init__(self, backend: EC2Backend, world: World) -> None:
        """Begin without any."""
        self._backend = backend
        self._world = world
        self._flow_logs: dict[str, FlowLog] = {}

    def __iter__(self) -> Iterator[FlowLog]:
        return iter(list(self._flow_logs.values()))

    def create(
        self, resource_ids: Iterable[str], asked: Configuration, tags: Mapping[str, str]
    ) -> Created:
        """Create one flow log for each resource, as far as it can be."""
        configuration = accepted(asked)
        resource_ids = list(resource_ids)
        for resource_id in resource_ids:
            self._check_resource(resource_id, configuration.resource_type)
        created: list[FlowLog] = []
        unsuccessful: list[Unsuccessful] = []
        for resource_id in resource_ids:
            flow_log = FlowLog(
                id=random_flow_log_id(),
                resource_id=resource_id,
                configuration=configuration,
                destination_arn=self._destination_arn(configuration),
                created_at=self._world.time(),
                delivery_error=self._delivery_error(configuration),
            )
            if refusal := self._refusal(flow_log):
                unsuccessful.append(refusal)
                continue
            self._flow_logs[flow_log.id] = flow_log
            self._backend.create_tags([flow_log.id], dict(tags))
            created.append(flow_log)
        return Created(flow_logs=created, unsuccessful=unsuccessful)

    def page(
        self,
        *,
        ids: Collection[str] = (),
        filters: Filters = (),
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Page:
        """Return the flow logs asked for, oldest first, at most a thousand at once."""
        if ids and max_results is not None:
            raise InvalidParameterCombination(
                "The parameter FlowLogIds cannot be used with the parameter MaxResults"
            )
        if max_results is not None and max_results < _SMALLEST_PAGE:
            raise EC2ClientError(
                "InvalidMaxResults", "The specified value for MaxResults is not valid."
            )
        found = self._filtered(self._named(ids), filters)
        start = _start(next_token)
        end = start + min(max_results or _LARGEST_PAGE, _LARGEST_PAGE)
        return Page(
            flow_logs=found[start:end], next_token=_token(end) if end < len(found) else None
        )

    def delete(self, ids: Collection[str]) -> list[Unsuccessful]:
        """Delete those that exist and return the others."""
        _check_ids(ids)
        missing = []
        for flow_log_id in ids:
            if flow_log_id in self._flow_logs:
                del self._flow_logs[flow_log_id]
                self._backend.tags.pop(flow_log_id, None)
            else:
                error = InvalidFlowLogIdError(1, flow_log_id)
                missing.append(
                    Unsuccessful(resource_id=flow_log_id, code=error.code, message=error.message)
                )
        return missing

    def entry(self, flow_log: FlowLog) -> Entry:
        """Return what DescribeFlowLogs says of one."""
        return flow_log.entry(self._tags(flow_log))

    def find(self, flow_log_id: str) -> FlowLog:
        """Return one by its id; that it is missing is an error."""
        (flow_log,) = self._named([flow_log_id])
        return flow_log

    def break_delivery(self, flow_log_id: str, error: str | None) -> None:
        """Let AWS report that error in delivering, or none any more."""
        flow_log = self.find(flow_log_id)
        self._flow_logs[flow_log_id] = replace(flow_log, delivery_error=error)

    def saved(self) -> Callable[[], None]:
        """Return what brings all flow logs and their tags back to how they are now."""
        flow_logs = dict(self._flow_logs)
        tags = {flow_log.id: dict(self._tags(flow_log)) for flow_log in self}

        def restore() -> None:
            for flow_log_id in self._flow_logs.keys() - flow_logs.keys():
                self._backend.tags.pop(flow_log_id, None)
            self._flow_logs = dict(flow_logs)
            self._backend.tags.update({key: dict(given) for key, given in tags.items()})

        return restore

    def _tags(self, flow_log: FlowLog) -> dict[str, str]:
        # Not moto's get_tags(), which tries every tag of the region for each flow log.
        return self._backend.tags.get(flow_log.id, {})

    def _named(self, ids: Collection[str]) -> list[FlowLog]:
        if not ids:
            return list(self._flow_logs.values())
        _check_ids(ids)
        if missing := [flow_log_id for flow_log_id in ids if flow_log_id not in self._flow_logs]:
            raise InvalidFlowLogIdError(len(missing), " ".join(missing))
        return [flow_log for flow_log in self._flow_logs.values() if flow_log.id in ids]

    def _filtered(self, flow_logs: list[FlowLog], filters: Filters) -> list[FlowLog]:
        if sum(len(values) for _, values in filters) > _MOST_FILTER_VALUES:
            raise EC2ClientError(
                "FilterLimitExceeded",
                "The maximum number of filter values specified on a single call is "
                f"{_MOST_FILTER_VALUES}",
            )
        for name, values in filters:
            if name not in _FILTERS and name != "tag-key" and not name.startswith("tag:"):
                raise InvalidFilter(name, "InvalidParameterValue")
            wanted = _one_of(values)
            flow_logs = [
                flow_log for flow_log in flow_logs if any(map(wanted, self._told(name, flow_log)))
            ]
        return flow_logs

    def _told(self, name: str, flow_log: FlowLog) -> Iterable[str]:
        """Return what a filter of that name looks at."""
        if name == "tag-key":
            return self._tags(flow_log)
        kind, _, key = name.partition(":")
        value = self._tags(flow_log).get(key) if kind == "tag" else _FILTERS[name](flow_log)
        return () if value is None else (value,)

    def _check_resource(self, resource_id: str, resource_type: ResourceType) -> None:
        """Refuse the whole call for a resource that is of another kind or not there."""
        check_resource_id(resource_id, resource_type)
        backend = self._backend
        match resource_type:
            case ResourceType.VPC:
                backend.get_vpc(resource_id)
            case ResourceType.SUBNET:
                backend.get_subnet(resource_id)
            case ResourceType.NETWORK_INTERFACE:
                backend.get_network_interface(resource_id)
            case ResourceType.TRANSIT_GATEWAY:
                if resource_id not in backend.transit_gateways:
                    raise InvalidTransitGatewayID(resource_id)
            case ResourceType.TRANSIT_GATEWAY_ATTACHMENT:
                if resource_id not in backend.transit_gateway_attachments:
                    raise EC2ClientError(
                        "InvalidTransitGatewayAttachmentID.NotFound",
                        f"The transitGatewayAttachment ID '{resource_id}' does not exist",
                    )
            case ResourceType.REGIONAL_NAT_GATEWAY:
                if resource_id not in backend.nat_gateways:
                    raise EC2ClientError(
                        "NatGatewayNotFound", f"NatGateway {resource_id} was not found"
                    )
            case _:
                assert_never(resource_type)

    def _refusal(self, flow_log: FlowLog) -> Unsuccessful | None:
        destination_type = flow_log.configuration.log_destination_type
        bucket = flow_log.destination_arn.split(":", 5)[5].partition("/")[0]
        if destination_type is DestinationType.S3 and bucket not in s3_backends.bucket_accounts:
            return Unsuccessful(
                resource_id=flow_log.resource_id,
                code="400",
                message=f"LogDestination: {bucket} does not exist.",
            )
        if any(_twins(flow_log, other) for other in self._flow_logs.values()):
            error = FlowLogAlreadyExists()
            return Unsuccessful(
                resource_id=flow_log.resource_id, code=error.code, message=error.message
            )
        return None

    def _destination_arn(self, configuration: Configuration) -> str:
        if configuration.log_destination is not None:
            return configuration.log_destination
        backend = self._backend
        return (
            f"arn:{backend.partition}:logs:{backend.region_name}:{backend.account_id}"
            f":log-group:{configuration.log_group_name}"
        )

    def _delivery_error(self, configuration: Configuration) -> str | None:
        """Return what goes wrong in delivering; only a log group can be missing unnoticed."""
        if configuration.log_destination_type is not DestinationType.CLOUD_WATCH_LOGS:
            return None
        arn = self._destination_arn(configuration)
        _, _, _, region, account, _, name = arn.split(":", 6)
        regions = logs_backends[account]
        # The ARNs that CloudWatch Logs itself hands out end in `:*`, which no group is called.
        delivered = region in regions and name in regions[region].groups
        return None if delivered else "Access error"


def _twins(one: FlowLog, other: FlowLog) -> bool:
    """Whether AWS takes one for the other: which fields it compares is not documented."""
    return (
        one.resource_id == other.resource_id
        and one.destination_arn == other.destination_arn
        and one.configuration.traffic_type == other.configuration.traffic_type
    )


def _check_ids(ids: Collection[str]) -> None:
    if len(ids) > _MOST_IDS:
        raise InvalidParameterValue(f"No more than {_MOST_IDS} FlowLogIds can be given at once")
    for flow_log_id in ids:
        if not _FLOW_LOG_ID.fullmatch(flow_log_id):
            raise InvalidParameterValue(invalid_format(flow_log_id, "flowLogId"))


def _one_of(values: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether a text is one of those values; `*` and `?` stand for any text."""
    patterns = [
        re.compile(re.escape(value).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
        for value in values
    ]
    return lambda text: any(pattern.fullmatch(text) for pattern in patterns)


def _token(start: int) -> str:
    return urlsafe_b64encode(f"flow logs from {start}".encode()).decode()


def _start(token: str | None) -> int:
    """Return where a page begins; a token that none of these handed out is refused."""
    if token is None:
        return 0
    try:
        said = _TOKEN.fullmatch(urlsafe_b64decode(token).decode())
    except ValueError:  # neither base64 nor text
        said = None
    if said is None:
        raise EC2ClientError(
            "InvalidPaginationToken", "The specified pagination token is not valid."
        )
    return int(said[1])
