"""Pulumi's JSON for tests: rows, states and previews, as small as they can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, TypeAlias

from drift.declared.values import Json
from drift.errors import DriftError

AWS: Final = "aws:ec2/flowLog:FlowLog"
NATIVE: Final = "aws-native:ec2:FlowLog"
STACK: Final = "urn:pulumi:prod::net"
ROOT: Final = f"{STACK}::pulumi:pulumi:Stack::net-prod"
DEFAULT_PROVIDER: Final = f"{STACK}::pulumi:providers:aws::default_7_8_0"
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
VPC: Final = "vpc-0aa11bb22cc33dd44"

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
CIPHERTEXT: Final[Json] = {
    SIGNATURE: "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "AAABAPZ2vq9mJ4nE0pQy0Q==",
}

Row: TypeAlias = dict[str, object]


def plaintext(value: Json) -> Json:
    """Return a secret as `pulumi stack export --show-secrets` writes it."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def sent(value: Json) -> Json:
    """Return a secret as the engine sends it to plugins."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


def output(**parts: Json) -> Json:
    """Return an output value as the engine sends it."""
    return {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", **parts}


def row(name: str = "a", kind: str = AWS, /, **more: object) -> Row:
    """Return the row of a custom resource."""
    return {"urn": f"{STACK}::{kind}::{name}", "type": kind, "custom": True, **more}


def state(*rows: object) -> bytes:
    """Return the export of a stack that has those rows."""
    return json.dumps({"version": 3, "deployment": {"resources": rows}}).encode()


def preview(*steps: object, **more: object) -> bytes:
    """Return a preview of those steps."""
    return json.dumps({"steps": steps, **more}).encode()


def step(op: str, old: Row | None = None, new: Row | None = None) -> Row:
    """Return a step of a preview."""
    of = new or old or row()
    return {
        "op": op,
        "urn": of["urn"],
        **({"oldState": old} if old else {}),
        **({"newState": new} if new else {}),
    }


def refusal(parse: Callable[[], object]) -> str:
    """Return why the parsing was refused; empty where it was not."""
    try:
        parse()
    except DriftError as error:
        return error.cause
    return ""
