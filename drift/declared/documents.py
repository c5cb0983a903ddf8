"""What the bytes of a SOURCE are: a state, a preview, or something else, named as such."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import msgspec

from drift.declared.errors import BadSourceError

Buffer: TypeAlias = bytes | bytearray

_NEXT_STEP: Final = (
    "Give what `pulumi stack export` or `pulumi preview --json --show-sames` wrote, "
    "or the folder of a self-managed backend."
)
_WRITE_AGAIN: Final = "Write it again with `pulumi stack export --file state.json`."


class Operation(msgspec.Struct, gc=False):
    """An operation that was under way when a state was written."""

    resource: msgspec.Raw
    type: str


class Deployment(msgspec.Struct):
    """The resources of a stack, not decoded yet."""

    resources: list[msgspec.Raw] | None = None
    pending_operations: list[Operation] | None = None


class Checkpoint(msgspec.Struct):
    """What a self-managed backend keeps of a stack; `latest` is null before the first `up`."""

    stack: str | None = None
    latest: Deployment | None = None


class Diagnostic(msgspec.Struct, gc=False):
    """A message of a preview; the text is not read, it may quote anything."""

    severity: str | None = None


class Document(msgspec.Struct, rename="camel"):
    """All that Pulumi writes, in one shape: a large file is gone through once to tell which."""

    version: int | None = None
    deployment: Deployment | None = None
    checkpoint: Checkpoint | None = None
    steps: list[msgspec.Raw] | None = None
    config: dict[str, str] | None = None
    diagnostics: list[Diagnostic] | None = None
    change_summary: dict[str, int] | None = None
    duration: int | None = None

    @property
    def is_preview(self) -> bool:
        """Whether `pulumi preview --json` wrote it; empty lists are left out there."""
        return self.steps is not None or not (
            self.diagnostics is None and self.change_summary is None and self.duration is None
        )

    @property
    def is_bare(self) -> bool:
        """Whether it lists nothing at all: `pulumi stack export` of a new stack prints `{}`."""
        return self.deployment is None and self.checkpoint is None and not self.steps


_PULUMIS_KEYS: Final = frozenset(
    {
        *("version", "features", "deployment", "checkpoint"),
        *("config", "steps", "diagnostics", "duration", "changeSummary", "maybeCorrupt"),
    }
)
_DOCUMENT: Final = msgspec.json.Decoder(Document)
_KEYS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read(data: Buffer, source: str) -> Document:
    """Return the state or preview that the bytes are, or say what they are instead."""
    text = _without_bom(data, source)
    try:
        document = _DOCUMENT.decode(text)
    except msgspec.ValidationError as error:
        raise _not_pulumi(text, source) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(text, source, error) from error
    # What lists nothing is Pulumi's only if it says nothing else either.
    if document.is_bare and not _KEYS.decode(text).keys() <= _PULUMIS_KEYS:
        raise _not_pulumi(text, source)
    return document


@contextmanager
def translated_errors(source: str) -> Iterator[None]:
    """Turn what decoding a part of the source raises into a `BadSourceError`."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise BadSourceError(
            source, "is not UTF-8 text: invalid bytes inside.", next_step=_WRITE_AGAIN
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        # msgspec names the place and the two types, never a value.
        raise BadSourceError(
            source, f"is not of the shape that Pulumi writes: {error}.", next_step=_WRITE_AGAIN
        ) from error


_UTF_8_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"


def _without_bom(data: Buffer, source: str) -> Buffer | memoryview:
    if data.startswith(_UTF_8_BOM):
        return memoryview(data)[len(_UTF_8_BOM) :]
    if data.startswith(_UTF_16_BOMS):
        raise BadSourceError(
            source,
            "is UTF-16, as `>` in Windows PowerShell writes it; Pulumi's JSON is UTF-8.",
            next_step=_WRITE_AGAIN,
        )
    if data.startswith(_ZSTD_MAGIC):
        raise BadSourceError(
            source,
            "is compressed with zstd, which drift does not read.",
            next_step="Decompress it with `zstd -d`, or use `pulumi stack export`.",
        )
    if not data or data.isspace():
        raise BadSourceError(
            source,
            "is empty.",
            next_step="See whether the command that should have written it failed.",
        )
    return data


# -- what else it may be --------------------------------------------------------------------------

_SETTINGS: Final = re.compile(
    rb"^(name|runtime|config|encryptionsalt|secretsprovider):", re.MULTILINE
)
_EVENT: Final = re.compile(rb'\{\s*"sequence":\s*[0-9]+,\s*"timestamp":')
_TOLD_TO_PEOPLE: Final = (b"Previewing ", b"Updating ", b"Refreshing ", b"View in Browser")


def _not_json(text: Buffer | memoryview, source: str, error: Exception) -> BadSourceError:
    start = bytes(text[:4096]).lstrip()
    if isinstance(error, RecursionError):
        return BadSourceError(
            source,
            "is nested more deeply than anything that Pulumi writes.",
            next_step=_NEXT_STEP,
        )
    if _EVENT.match(start):
        return _streamed(source)
    if _SETTINGS.search(start):
        return BadSourceError(
            source,
            "looks like a Pulumi.yaml or the settings of a stack, not like its state.",
            next_step="Run `drift check` without SOURCE in that folder, or: " + _NEXT_STEP,
        )
    if start.startswith(_TOLD_TO_PEOPLE):
        return BadSourceError(
            source,
            "is what Pulumi prints for people to read.",
            next_step="Use `pulumi preview --json --show-sames`.",
        )
    if "truncated" in str(error):
        return BadSourceError(
            source, "is cut off: it ends in the middle of a value.", next_step=_WRITE_AGAIN
        )
    return BadSourceError(source, f"is not JSON: {_place(error)}.", next_step=_NEXT_STEP)


def _place(error: Exception) -> str:
    """Return msgspec's reason: it names a byte, never what stands there."""
    return str(error).removeprefix("JSON is malformed: ")


def _streamed(source: str) -> BadSourceError:
    return BadSourceError(
        source,
        "is a stream of engine events, one to a line, not one preview.",
        next_step=(
            "Unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, leave out --event-log, and use "
            "`pulumi preview --json --show-sames`."
        ),
    )


_EVENT_KEYS: Final = frozenset({"sequence", "timestamp"})
_RECOGNISED: Final = (
    # keys, what it is, what to do
    (
        {"FlowLogs"},
        "is what `aws ec2 describe-flow-logs` prints: live flow logs, not declared ones",
        "Give it with --live, and as SOURCE what declares them.",
    ),
    ({"terraform_version"}, "is a state of Terraform", _NEXT_STEP),
    ({"format_version", "findings"}, "is a report of drift itself", _NEXT_STEP),
    ({"manifest", "resources"}, "is the inside of a state, without its version", _WRITE_AGAIN),
)


def _not_pulumi(text: Buffer | memoryview, source: str) -> BadSourceError:
    try:
        keys = _KEYS.decode(text).keys()
    except (ValueError, RecursionError):
        return BadSourceError(
            source, "is JSON, but not the object that Pulumi writes.", next_step=_NEXT_STEP
        )
    if keys >= _EVENT_KEYS:
        return _streamed(source)
    for signs, what, next_step in _RECOGNISED:
        if keys >= signs:
            return BadSourceError(source, f"{what}.", next_step=next_step)
    return BadSourceError(
        source, "is JSON, but neither a state nor a preview of Pulumi.", next_step=_NEXT_STEP
    )
