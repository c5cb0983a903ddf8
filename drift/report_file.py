"""A report read back from the JSON document that it was written to.

What `drift.render.json_v1` writes: a report of today shown elsewhere, or that of the night before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import BinaryIO, Final, TypeVar

import msgspec

from drift import findings
from drift.errors import ReportFileError
from drift.findings import Kind, Report, Subject
from drift.model import DeclarationSource
from drift.render import json_v1

_WRITE_ONE: Final = "write one with `drift check -o json=drift.json`"

_Noun = TypeVar("_Noun")


def read(path: str, *, stdin: BinaryIO) -> Report:
    """Return the report in a file, or in standard input for `-`; `ReportFileError` says why not."""
    try:
        data = stdin.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise ReportFileError(
            f"{path} can't be read: {error.strerror or error}", next_step=_WRITE_ONE
        ) from error
    return parse(data, "standard input" if path == "-" else path)


def parse(data: bytes, name: str) -> Report:
    """Return the report in a JSON document of format_version 1.x; `name` is for errors.

    Keys that a later 1.x added are passed over, and those that an earlier one did not have yet are
    as if nobody had asked for what they tell.
    """
    if not data.strip():
        raise ReportFileError(f"{name} is empty", next_step=_WRITE_ONE)
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportFileError(f"{name} is not JSON: {error}", next_step=_WRITE_ONE) from error
    if not isinstance(raw, dict) or "format_version" not in raw:
        raise ReportFileError(f"{name} is JSON, but no report of drift", next_step=_WRITE_ONE)
    version = raw["format_version"]
    if not (isinstance(version, str) and version.startswith("1.")):
        raise ReportFileError(
            f"{name} is of format_version {version!r}; this drift reads 1.x",
            next_step="read it with the version of drift that wrote it, or check again",
        )
    try:
        document = msgspec.convert(_completed(raw), json_v1.Document)
        return _report(document)
    except (msgspec.ValidationError, ValueError) as error:
        raise ReportFileError(
            f"{name} is no whole report of drift: {error}", next_step=_WRITE_ONE
        ) from error


def _completed(raw: dict[str, object]) -> dict[str, object]:
    """Add what format_version 1.0 did not have from its first day."""
    entries = raw.get("findings")
    if not isinstance(entries, list):
        return raw
    return {
        "pending": [],
        "notes": [],
        "fail_on": _fail_on(raw.get("verdict"), entries),
        "stale_acceptances": [],
        "changes": None,
        **raw,
        "format_version": json_v1.FORMAT_VERSION,
        "findings": [
            {"source": None, **entry} if isinstance(entry, dict) else entry for entry in entries
        ],
    }


def _fail_on(verdict: object, entries: list[object]) -> list[Kind]:
    """Return kinds that bring the findings to the verdict that the document tells."""
    kinds = {
        entry.get("kind")
        for entry in entries
        if isinstance(entry, dict) and entry.get("accepted") is None
    }
    drifted = verdict == findings.Verdict.DRIFTED
    if drifted and not kinds & findings.DRIFT_BY_DEFAULT:
        return sorted(findings.CAN_BE_DRIFT)
    return sorted(findings.DRIFT_BY_DEFAULT - (frozenset() if drifted else kinds))


# -- the document's nouns turned into those of the report ------------------------------------------


def _report(document: json_v1.Document) -> Report:
    return Report(
        sources=_same_named(document.declared, tuple[DeclarationSource, ...]),
        coverage=_same_named(document.coverage, tuple[findings.CoverageEntry, ...]),
        findings=tuple(_finding(entry) for entry in document.findings),
        in_sync=tuple(
            findings.InSync(subject=_same_named(entry, Subject), notes=_notes(entry.notes))
            for entry in document.in_sync
        ),
        pending=tuple(
            findings.Pending(subject=_same_named(entry, Subject)) for entry in document.pending
        ),
        notes=_notes(document.notes),
        declared=document.summary.declared,
        fail_on=frozenset(Kind(kind) for kind in document.fail_on),
        generated_at=_moment(document.generated_at),
        stale_acceptances=_same_named(
            document.stale_acceptances, tuple[findings.StaleAcceptance, ...]
        ),
        changes=None if document.changes is None else _changes(document.changes),
    )


def _finding(entry: json_v1.Finding) -> findings.Finding:
    return findings.Finding(
        kind=Kind(entry.kind),
        subject=_same_named(entry, Subject),
        fingerprint=entry.fingerprint,
        message=entry.message,
        impact=tuple(entry.impact.split("\n")) if entry.impact else (),
        differences=_same_named(entry.differences, tuple[findings.Difference, ...]),
        unverified_fields=_same_named(
            entry.unverified_fields, tuple[findings.UnverifiedField, ...]
        ),
        notes=_notes(entry.notes),
        delivery_error=entry.delivery_error,
        remedies=tuple(
            findings.Remedy(
                action=_action(remedy.action), text=remedy.text, commands=tuple(remedy.commands)
            )
            for remedy in entry.remedies
        ),
        accepted=_same_named(entry.accepted, findings.Acceptance | None),
    )


def _changes(entry: json_v1.Changes) -> findings.Changes:
    return findings.Changes(
        previous_at=None if entry.previous_at is None else _moment(entry.previous_at),
        tracked=tuple(
            findings.TrackedFinding(
                standing=findings.Standing(one.standing),
                kind=Kind(one.kind),
                fingerprint=one.fingerprint,
                subject=_same_named(one, Subject),
                message=one.message,
                first_seen=_moment(one.first_seen),
                nights=one.nights,
                was=one.was,
            )
            for one in entry.tracked
        ),
        trend=tuple(
            findings.TrendPoint(
                at=_moment(point.at),
                places=_same_named(point.places, tuple[findings.PlaceCount, ...]),
            )
            for point in entry.trend
        ),
    )


def _same_named(entry: object, shape: type[_Noun] | UnionType) -> _Noun:
    """Copy what has the same names on both sides, and nothing else."""
    converted: _Noun = msgspec.convert(entry, shape, from_attributes=True)
    return converted


def _notes(ids: list[str]) -> tuple[findings.Note, ...]:
    """Return the notes that this version knows; a later 1.x may have more."""
    known = frozenset(findings.Note)
    return tuple(findings.Note(name) for name in ids if name in known)


def _action(name: str) -> findings.Action:
    """Return what a remedy does; one of a later 1.x is at least worth a look."""
    known = frozenset(findings.Action)
    return findings.Action(name) if name in known else findings.Action.INSPECT


def _moment(text: str) -> datetime:
    """Read RFC 3339; what tells no offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
