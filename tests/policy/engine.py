"""The engine's side of the analyzer protocol: starts the pack and asks it, without the CLI."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as messages
from pulumi.runtime.proto import analyzer_pb2_grpc

ROOT: Final = Path(__file__).parents[2]
PACK: Final = ROOT / "policy_pack"

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Json: TypeAlias = "bool | float | str | Sequence[Json] | Mapping[str, Json] | None"
Properties: TypeAlias = Mapping[str, Json]

_STARTS_WITHIN: Final = 60
_ANSWERS_WITHIN: Final = 60
_LEVELS: Final = {
    messages.ADVISORY: "advisory",
    messages.MANDATORY: "mandatory",
    messages.DISABLED: "disabled",
    messages.REMEDIATE: "remediate",
}
_NUMBERS: Final = {name: number for number, name in _LEVELS.items()}


def secret(value: Json) -> Json:
    """Return a secret as the engine sends it to an analyzer."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


def output(**parts: Json) -> Json:
    """Return an output value as the engine sends it to whoever accepts them."""
    return {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", **parts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider resource, as the engine shows it beside a resource."""

    name: str = "default_7_8_0"
    package: str = "aws"
    inputs: Properties = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:prod::net::pulumi:providers:{self.package}::{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of the stack net/prod."""

    type: str
    name: str
    properties: Properties
    provider: Provider | None = None
    parent: str = ""
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Property → URNs that its value comes from."""
    ignore_changes: Sequence[str] = ()
    delete_before_replace: bool = False
    protect: bool = False

    @property
    def urn(self) -> str:
        return f"urn:pulumi:prod::net::{self.type}::{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a policy said, as the engine gets it."""

    policy: str
    level: str
    urn: str
    message: str


class Pack:
    """A running policy pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub: Final = analyzer_pb2_grpc.AnalyzerStub(channel)

    def info(self) -> messages.AnalyzerInfo:
        info: messages.AnalyzerInfo = self.stub.GetAnalyzerInfo(
            empty_pb2.Empty(), timeout=_ANSWERS_WITHIN
        )
        return info

    def configure_stack(self) -> None:
        self.stub.ConfigureStack(
            messages.AnalyzerStackConfigureRequest(stack="prod", project="net", organization="acme")
        )

    def configure(self, **policies: Properties) -> None:
        """Configure policies, `_` for `-` in their names, as `--policy-pack-config` does."""
        info = {policy.name: policy.enforcementLevel for policy in self.info().policies}
        config = {}
        for keyword, given in policies.items():
            name = keyword.replace("_", "-")
            level = given.get("enforcementLevel")
            config[name] = messages.PolicyConfig(
                enforcementLevel=_NUMBERS[str(level)] if level else info[name],
                properties=_struct(
                    {key: value for key, value in given.items() if key != "enforcementLevel"}
                ),
            )
        self.stub.Configure(messages.ConfigureAnalyzerRequest(policyConfig=config))

    def analyze(self, resource: Resource) -> list[Violation]:
        """Ask about the inputs of one resource."""
        response = self.stub.Analyze(
            messages.AnalyzeRequest(
                type=resource.type,
                urn=resource.urn,
                name=resource.name,
                properties=_struct(resource.properties),
                options=_options(resource),
                provider=_provider(resource.provider),
            ),
            timeout=_ANSWERS_WITHIN,
        )
        return _violations(response)

    def analyze_stack(self, *resources: Resource) -> list[Violation]:
        """Ask about the outputs of all resources."""
        response = self.stub.AnalyzeStack(
            messages.AnalyzeStackRequest(
                resources=[
                    messages.AnalyzerResource(
                        type=resource.type,
                        urn=resource.urn,
                        name=resource.name,
                        properties=_struct(resource.properties),
                        options=_options(resource),
                        provider=_provider(resource.provider),
                        parent=resource.parent,
                        propertyDependencies={
                            name: messages.AnalyzerPropertyDependencies(urns=urns)
                            for name, urns in resource.depends.items()
                        },
                    )
                    for resource in resources
                ]
            ),
            timeout=_ANSWERS_WITHIN,
        )
        return _violations(response)


@dataclass(slots=True)
class Running:
    """A pack, and what its process has written to standard error so far."""

    pack: Pack
    errors: list[str]


@contextmanager
def running(
    environment: Mapping[str, str], *, preview: bool = True, folder: Path = PACK
) -> Iterator[Running]:
    """Start the pack as pulumi-analyzer-policy-python does, and stop it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "."],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PULUMI_PROJECT": "net",
            "PULUMI_STACK": "prod",
            "PULUMI_DRY_RUN": "true" if preview else "false",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    errors: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    reader = threading.Thread(target=_collect, args=(process.stderr, errors), daemon=True)
    reader.start()
    try:
        first = process.stdout.readline()
        assert first.strip().isdecimal(), f"no port but {first!r}: {''.join(errors)}"
        with grpc.insecure_channel(f"127.0.0.1:{first.strip()}") as channel:
            grpc.channel_ready_future(channel).result(timeout=_STARTS_WITHIN)
            yield Running(pack=Pack(channel), errors=errors)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        process.stderr.close()


def _collect(stream: IO[str], into: list[str]) -> None:
    into.extend(stream)


def _struct(values: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({**values})
    return struct


def _options(resource: Resource) -> messages.AnalyzerResourceOptions:
    return messages.AnalyzerResourceOptions(
        protect=resource.protect,
        ignoreChanges=resource.ignore_changes,
        deleteBeforeReplace=resource.delete_before_replace,
        deleteBeforeReplaceDefined=resource.delete_before_replace,
        parent=resource.parent,
    )


def _provider(provider: Provider | None) -> messages.AnalyzerProviderResource | None:
    if provider is None:
        return None
    return messages.AnalyzerProviderResource(
        type=f"pulumi:providers:{provider.package}",
        urn=provider.urn,
        name=provider.name,
        properties=_struct(provider.inputs),
    )


def _violations(response: messages.AnalyzeResponse) -> list[Violation]:
    return [
        Violation(
            policy=one.policyName,
            level=_LEVELS[one.enforcementLevel],
            urn=one.urn,
            message=one.message,
        )
        for one in response.diagnostics
    ]
