"""The provider protocol: each call of the engine, answered by `bridge` and a resource type."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine.provider import bridge, wire
from tests.engine.provider.bridge import Change, Changed
from tests.engine.provider.destinations import Bucket, BucketPolicy, LogGroup
from tests.engine.provider.firehose import FirehoseDeliveryStream
from tests.engine.provider.flow_log import FlowLog
from tests.engine.provider.functions import FUNCTIONS
from tests.engine.provider.iam import Role, RolePolicy
from tests.engine.provider.network import SUBNET, TRANSIT_GATEWAY, VPC
from tests.engine.provider.schema import ResourceType, Tagged
from tests.engine.provider.session import Session
from tests.engine.provider.wire import Properties

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

VERSION: Final = "7.51.1"
"""What it says to be: a program's pulumi_aws asks for one that is at least as new."""

RESOURCE_TYPES: Final[dict[str, ResourceType]] = {
    "aws:cloudwatch/logGroup:LogGroup": LogGroup(),
    "aws:ec2/flowLog:FlowLog": FlowLog(),
    "aws:ec2/subnet:Subnet": SUBNET,
    "aws:ec2/vpc:Vpc": VPC,
    "aws:ec2transitgateway/transitGateway:TransitGateway": TRANSIT_GATEWAY,
    "aws:iam/role:Role": Role(),
    "aws:iam/rolePolicy:RolePolicy": RolePolicy(),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": FirehoseDeliveryStream(),
    "aws:s3/bucket:Bucket": Bucket(),
    "aws:s3/bucketPolicy:BucketPolicy": BucketPolicy(),
}

_Kind: Final = provider_pb2.PropertyDiff
_KINDS: Final = {
    (Change.ADD, False): _Kind.ADD,
    (Change.ADD, True): _Kind.ADD_REPLACE,
    (Change.DELETE, False): _Kind.DELETE,
    (Change.DELETE, True): _Kind.DELETE_REPLACE,
    (Change.UPDATE, False): _Kind.UPDATE,
    (Change.UPDATE, True): _Kind.UPDATE_REPLACE,
}
# As the bridge fills them in, as text: every value of a provider is.
_CONFIG_DEFAULTS: Final = {"skipCredentialsValidation": "false", "skipRegionValidation": "true"}

_TAGS: Final = frozenset({"tags", "tagsAll"})

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider: the engine starts a process for each that a program configures."""

    def __init__(self) -> None:
        self._config: Properties = {}

    @override
    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    @override
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "aws", "version": "{VERSION}"}}')

    # -- configuration -----------------------------------------------------------------------------

    @override
    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        inputs: Properties = {**_CONFIG_DEFAULTS, **wire.decode(request.news)}
        ambient = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if ambient:
            inputs.setdefault("region", ambient)
        return provider_pb2.CheckResponse(inputs=wire.encode(inputs))

    @override
    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        before, after = wire.decode(request.old_inputs), wire.decode(request.news)
        changed = sorted(
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        )
        return provider_pb2.DiffResponse(
            changes=_some(changed),
            diffs=changed,
            replaces=[name for name in changed if name == "region"],
        )

    @override
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._config = wire.decode_config(request.args)
        return provider_pb2.ConfigureResponse(
            # The engine takes the marks of secrets off, and puts them on again by itself.
            acceptSecrets=False,
            supportsPreview=True,
        )

    # -- resources ---------------------------------------------------------------------------------

    @override
    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        inputs = bridge.checked(
            _resource_type(request.urn),
            self._config,
            name=request.urn.rpartition("::")[2],
            seed=request.randomSeed,
            asked=wire.decode(request.news),
            before=wire.decode(request.olds),
        )
        return provider_pb2.CheckResponse(inputs=wire.encode(inputs))

    @override
    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        changes = bridge.changes(
            _resource_type(request.urn), wire.decode(request.olds), wire.decode(request.news)
        )
        return provider_pb2.DiffResponse(
            changes=_some(changes),
            diffs=sorted({_top(path) for path in changes}),
            replaces=sorted({_top(path) for path, changed in changes.items() if changed.replaces}),
            hasDetailedDiff=True,
            detailedDiff={path: _property_diff(changed) for path, changed in changes.items()},
        )

    @override
    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        kind, inputs = _resource_type(request.urn), wire.decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire.encode(bridge.planned(kind, inputs)))
        existing = _told(context, kind.create, self._session(inputs), inputs)
        return provider_pb2.CreateResponse(
            id=existing.id, properties=wire.encode(bridge.outputs(self._config, existing))
        )

    @override
    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        kind, before = _resource_type(request.urn), wire.decode(request.properties)
        existing = _told(context, kind.read, self._session(before), request.id)
        if existing is None:
            return provider_pb2.ReadResponse()
        state = bridge.outputs(self._config, existing)
        inputs = (
            bridge.refreshed(wire.decode(request.inputs), state)
            if request.inputs.fields
            else bridge.imported(kind, state)
        )
        return provider_pb2.ReadResponse(
            id=existing.id, properties=wire.encode(state), inputs=wire.encode(inputs)
        )

    @override
    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        kind = _resource_type(request.urn)
        before, inputs = wire.decode(request.olds), wire.decode(request.news)
        changed = {_top(path) for path in bridge.changes(kind, before, inputs)} - _TAGS
        if changed or not isinstance(kind, Tagged):
            raise NotImplementedError(f"only tags change in place here, not {sorted(changed)}")
        if not request.preview:
            tags = bridge.all_tags(before), bridge.all_tags(inputs)
            _told(context, kind.retag, self._session(before), request.id, *tags)
        return provider_pb2.UpdateResponse(properties=wire.encode(bridge.updated(before, inputs)))

    @override
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        session = self._session(wire.decode(request.properties))
        _told(context, _resource_type(request.urn).delete, session, request.id)
        return Empty()

    @override
    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        answer = _told(context, FUNCTIONS[request.tok], self._session(wire.decode(request.args)))
        response = provider_pb2.InvokeResponse()
        # `return` is no name for Python.
        getattr(response, "return").CopyFrom(wire.encode(answer))
        return response

    @override
    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        return Empty()

    def _session(self, properties: Properties) -> Session:
        """Return the way to the region of a resource, which is the provider's if it says none."""
        region = properties.get("region") or self._config.get("region")
        if not isinstance(region, str):
            raise TypeError("no region: neither the resource nor the provider names one")
        return Session(self._config, region)


def serve() -> None:
    """Answer the engine until it ends this process."""
    server = grpc.server(ThreadPoolExecutor())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine waits for this line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _told(
    context: grpc.ServicerContext, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """Call, and tell the engine what AWS refuses as the user is to read it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(*args, **kwargs)
    except (BotoCoreError, ClientError, RuntimeError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise  # abort() raises


def _resource_type(urn: str) -> ResourceType:
    return RESOURCE_TYPES[urn.split("::")[2].rpartition("$")[2]]


def _some(changes: object) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    return provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE


def _top(path: str) -> str:
    return path.partition(".")[0]


def _property_diff(changed: Changed) -> provider_pb2.PropertyDiff:
    return provider_pb2.PropertyDiff(kind=_KINDS[changed.change, changed.replaces])
