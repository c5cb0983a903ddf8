from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared import documents, sources
from drift.errors import SourceError
from tests.declared.shapes import refusal, state
from tests.declared.test_values import JSON

NEXT_STEP = (
    "Give what `pulumi stack export` or `pulumi preview --json --show-sames` wrote, "
    "or the folder of a self-managed backend."
)
WRITE_AGAIN = "Write it again with `pulumi stack export --file state.json`."


@pytest.mark.parametrize(
    ("data", "cause", "next_step"),
    [
        (b"", "is empty.", "See whether the command that should have written it failed."),
        (b" \n", "is empty.", "See whether the command that should have written it failed."),
        (state()[:-5], "is cut off: it ends in the middle of a value.", WRITE_AGAIN),
        (b"{nope}", "is not JSON: object keys must be strings (byte 1).", NEXT_STEP),
        (b"\x89PNG\r\n", "is not JSON: invalid character (byte 0).", NEXT_STEP),
        (
            '{"version": 3}'.encode("utf-16"),
            "is UTF-16, as `>` in Windows PowerShell writes it; Pulumi's JSON is UTF-8.",
            WRITE_AGAIN,
        ),
        (
            b'{"checkpoint": {"stack": "\xff"}}',
            "is not UTF-8 text: invalid bytes inside.",
            WRITE_AGAIN,
        ),
        (
            b'{"a":' * 100_000,
            "is nested more deeply than anything that Pulumi writes.",
            NEXT_STEP,
        ),
        (
            b"\x28\xb5\x2f\xfd\x00",
            "is compressed with zstd, which drift does not read.",
            "Decompress it with `zstd -d`, or use `pulumi stack export`.",
        ),
        (
            b"name: net\nruntime: python\n",
            "looks like a Pulumi.yaml or the settings of a stack, not like its state.",
            "Run `drift check` without SOURCE in that folder, or: " + NEXT_STEP,
        ),
        (
            b"config:\n  aws:region: us-east-1\n",
            "looks like a Pulumi.yaml or the settings of a stack, not like its state.",
            "Run `drift check` without SOURCE in that folder, or: " + NEXT_STEP,
        ),
        (
            b"Previewing update (prod):\n",
            "is what Pulumi prints for people to read.",
            "Use `pulumi preview --json --show-sames`.",
        ),
        (b"[]", "is JSON, but not the object that Pulumi writes.", NEXT_STEP),
        (b'"state"', "is JSON, but not the object that Pulumi writes.", NEXT_STEP),
        (b'{"a": 1}', "is JSON, but neither a state nor a preview of Pulumi.", NEXT_STEP),
        (
            b'{"name": 1, "duration": 5}',
            "is JSON, but neither a state nor a preview of Pulumi.",
            NEXT_STEP,
        ),
        (
            b'{"name": 1, "steps": []}',
            "is JSON, but neither a state nor a preview of Pulumi.",
            NEXT_STEP,
        ),
        (b'{"steps": 5}', "is JSON, but neither a state nor a preview of Pulumi.", NEXT_STEP),
        (
            b'{"FlowLogs": []}',
            "is what `aws ec2 describe-flow-logs` prints: live flow logs, not declared ones.",
            "Give it with --live, and as SOURCE what declares them.",
        ),
        (
            b'{"version": 4, "terraform_version": "1.9.0", "resources": []}',
            "is a state of Terraform.",
            NEXT_STEP,
        ),
        (
            b'{"format_version": "1.0", "findings": []}',
            "is a report of drift itself.",
            NEXT_STEP,
        ),
        (
            b'{"manifest": {}, "resources": []}',
            "is the inside of a state, without its version.",
            WRITE_AGAIN,
        ),
    ],
)
def test_what_else_it_may_be(data: bytes, cause: str, next_step: str) -> None:
    with pytest.raises(SourceError) as raised:
        sources.parse(data, "x.json")
    assert (raised.value.cause, raised.value.next_step) == (f"x.json {cause}", next_step)


EVENT = {"sequence": 0, "timestamp": 1, "preludeEvent": {"config": {}}}


@pytest.mark.parametrize("events", [[EVENT], [EVENT, EVENT]])
def test_a_streaming_preview_is_told_how_to_become_a_preview(events: list[object]) -> None:
    with pytest.raises(SourceError) as raised:
        sources.parse("\n".join(json.dumps(event) for event in events).encode(), "x.json")
    assert (
        raised.value.cause == "x.json is a stream of engine events, one to a line, not one preview."
    )
    assert raised.value.next_step == (
        "Unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, leave out --event-log, and use "
        "`pulumi preview --json --show-sames`."
    )


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert sources.parse(b"\xef\xbb\xbf" + state(), "x") == sources.parse(state(), "x")


@pytest.mark.parametrize("data", [b"{}", b" { }\n"])
def test_the_export_of_a_stack_without_a_deployment_is_empty(data: bytes) -> None:
    assert documents.read(data, "x") == documents.Document()


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    cause = refusal(lambda: sources.parse(data, "x.json"))
    assert not cause or cause.startswith("x.json ")
