"""The JSON document, format_version 1.0: its own types, which programs depend on.

Within 1.x keys may be added; none is removed or given another type. Every key is always present.
"""

from __future__ import annotations

from types import UnionType
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from drift import __version__, findings
from drift.escape import json_safe
from drift.findings import Report
from drift.render import wording

_Shape = TypeVar("_Shape")

FORMAT_VERSION: Final = "1.0"

_Value: TypeAlias = str | int | bool | list[str] | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One check of declared flow logs against live ones."""

    format_version: Literal["1.0"]
    tool: Tool
    generated_at: str
    """RFC 3339, UTC."""
    verdict: Literal["in-sync", "drifted", "unverified"]
    declared: list[Declared]
    coverage: list[Coverage]
    summary: Summary
    findings: list[Finding]
    in_sync: list[InSync]
    pending: list[Pending]
    """What a previewed deployment will create or replace: nothing to compare yet."""
    notes: list[str]
    """Ids of what is worth knowing about the whole run."""
    fail_on: list[str]
    """The kinds that count as drift, sorted; they decide the verdict."""
    stale_acceptances: list[StaleAcceptance]
    """Rules that accept findings, and accept none any more."""
    changes: Changes | None
    """What is new since the run before; null where nobody asked."""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What wrote the document."""

    name: str
    version: str


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """One place that declarations were read from."""

    source: str
    project: str | None
    stack: str | None
    flow_logs: int
    error: str | None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one account and region of AWS could be read."""

    account: str | None
    region: str
    status: Literal["read", "denied", "wrong-account", "unreachable", "failed"]
    flow_logs: int
    reason: str | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Flow logs declared and live; entries in sync; findings, those accepted apart."""

    declared: int
    live: int
    in_sync: int
    replaced: int
    missing: int
    modified: int
    tags_modified: int
    collision: int
    unmanaged: int
    undelivered: int
    unverified: int
    accepted: int


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where the program declares a flow log; the file is relative to the Pulumi project."""

    file: str
    line: int


class LogFormat(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to the columns of a record; names as AWS writes them: `${srcaddr}`."""

    added: list[str]
    removed: list[str]
    reordered: bool


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that differs; ADD is live only, REMOVE declared only (CloudFormation's words)."""

    field: str
    type: Literal["ADD", "REMOVE", "NOT_EQUAL"]
    declared: _Value
    live: _Value
    log_format: LogFormat | None


class UnverifiedField(msgspec.Struct, frozen=True, kw_only=True):
    """One field that could not be compared, and why."""

    field: str
    reason: str


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """One way out, with commands that can be pasted."""

    action: str
    text: str
    commands: list[str]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's decision to live with a finding."""

    reason: str
    owner: str | None
    until: str | None


_Kind: TypeAlias = Literal[
    "flow-log-replaced",
    "flow-log-missing",
    "flow-log-modified",
    "flow-log-tags-modified",
    "flow-log-collision",
    "flow-log-unmanaged",
    "flow-log-undelivered",
    "flow-log-unverified",
]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as declared, or that could not be seen."""

    kind: _Kind
    severity: Literal["error", "warning"]
    fingerprint: str
    source: str | None
    project: str | None
    stack: str | None
    urn: str | None
    declared_at: Position | None
    account: str | None
    region: str | None
    resource_id: str | None
    declared_id: str | None
    live_id: str | None
    live_created_at: str | None
    differences: list[Difference]
    unverified_fields: list[UnverifiedField]
    notes: list[str]
    delivery_error: str | None
    message: str
    impact: str
    remedies: list[Remedy]
    accepted: Accepted | None


class InSync(msgspec.Struct, frozen=True, kw_only=True):
    """A flow log that was compared and is equal."""

    project: str | None
    stack: str | None
    urn: str | None
    account: str | None
    region: str | None
    resource_id: str | None
    live_id: str | None
    notes: list[str]


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A flow log that the previewed deployment will create or replace."""

    project: str | None
    stack: str | None
    urn: str | None
    account: str | None
    region: str | None
    resource_id: str | None


class StaleAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that somebody should look at."""

    rule: str
    """Where it is written: `drift.toml:12`."""
    problem: Literal["expired", "unmatched"]
    acceptance: Accepted


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is new since the run before, what is still open, and what is not any more."""

    previous_at: str | None
    """RFC 3339, UTC; null: there was none."""
    tracked: list[TrackedFinding]
    trend: list[TrendPoint]
    """Oldest first; empty where no history is kept."""


class TrackedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is, or was at the run before, open."""

    standing: Literal["new", "still-open", "resolved", "unverified"]
    kind: _Kind
    fingerprint: str
    was: str | None
    """For a new one: the fingerprint of what was open of the same flow log before."""
    first_seen: str
    """RFC 3339, UTC."""
    nights: int
    source: str | None
    project: str | None
    stack: str | None
    urn: str | None
    declared_at: Position | None
    account: str | None
    region: str | None
    resource_id: str | None
    declared_id: str | None
    live_id: str | None
    live_created_at: str | None
    message: str


class TrendPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One run in numbers; places where nothing was open are left out."""

    at: str
    """RFC 3339, UTC."""
    places: list[PlaceCount]


class PlaceCount(msgspec.Struct, frozen=True, kw_only=True):
    """How much was open in one account and region."""

    account: str | None
    region: str | None
    drifted: int
    other: int
    unverified: int


def render(report: Report) -> str:
    """Return the document, indented, with a newline at its end."""
    return json_safe(_indented(_document(report)))


def schema() -> str:
    """Return the JSON Schema of the document, with a newline at its end."""
    [reference], definitions = msgspec.json.schema_components(
        [Document], ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flow-log-drift:report:1.0",
        "title": f"flow-log-drift report, format_version {FORMAT_VERSION}",
        **reference,
        "$defs": definitions,
    }
    return _indented(document)


def _indented(document: object) -> str:
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        # Half a surrogate pair, as Python reads a file name that is not UTF-8.
        encoded = msgspec.json.encode(_whole(msgspec.to_builtins(document)))
    return f"{msgspec.json.format(encoded, indent=2).decode()}\n"


def _whole(value: object) -> object:
    r"""Write what no UTF-8 can hold as `\ud800`."""
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case list():
            return [_whole(inner) for inner in value]
        case dict():
            return {_whole(key): _whole(inner) for key, inner in value.items()}
        case _:
            return value


def _document(report: Report) -> Document:
    return Document(
        format_version=FORMAT_VERSION,
        tool=Tool(name="flow-log-drift", version=__version__),
        generated_at=wording.rfc3339(report.generated_at),
        verdict=report.verdict.value,
        declared=_same_named(report.sources, list[Declared]),
        coverage=_same_named(report.coverage, list[Coverage]),
        summary=_same_named(report.summary, Summary),
        findings=[_finding(finding) for finding in report.findings],
        in_sync=[_in_sync(entry) for entry in report.in_sync],
        pending=[_same_named(entry.subject, Pending) for entry in report.pending],
        notes=[note.value for note in report.notes],
        fail_on=sorted(report.fail_on),
        stale_acceptances=_same_named(report.stale_acceptances, list[StaleAcceptance]),
        changes=None if report.changes is None else _changes(report.changes),
    )


def _changes(changes: findings.Changes) -> Changes:
    return Changes(
        previous_at=None if changes.previous_at is None else wording.rfc3339(changes.previous_at),
        tracked=[_tracked(one) for one in changes.tracked],
        trend=[
            TrendPoint(
                at=wording.rfc3339(point.at), places=_same_named(point.places, list[PlaceCount])
            )
            for point in changes.trend
        ],
    )


def _tracked(one: findings.TrackedFinding) -> TrackedFinding:
    subject = one.subject
    return TrackedFinding(
        standing=one.standing.value,
        kind=one.kind.value,
        fingerprint=one.fingerprint,
        was=one.was,
        first_seen=wording.rfc3339(one.first_seen),
        nights=one.nights,
        source=subject.source,
        project=subject.project,
        stack=subject.stack,
        urn=subject.urn,
        declared_at=_same_named(subject.declared_at, Position | None),
        account=subject.account,
        region=subject.region,
        resource_id=subject.resource_id,
        declared_id=subject.declared_id,
        live_id=subject.live_id,
        live_created_at=subject.live_created_at,
        message=one.message,
    )


def _finding(finding: findings.Finding) -> Finding:
    subject = finding.subject
    return Finding(
        kind=finding.kind.value,
        severity=finding.severity.value,
        fingerprint=finding.fingerprint,
        source=subject.source,
        project=subject.project,
        stack=subject.stack,
        urn=subject.urn,
        declared_at=_same_named(subject.declared_at, Position | None),
        account=subject.account,
        region=subject.region,
        resource_id=subject.resource_id,
        declared_id=subject.declared_id,
        live_id=subject.live_id,
        live_created_at=subject.live_created_at,
        differences=_same_named(finding.differences, list[Difference]),
        unverified_fields=_same_named(finding.unverified_fields, list[UnverifiedField]),
        notes=[note.value for note in finding.notes],
        delivery_error=finding.delivery_error,
        message=finding.message,
        # A line a reason: one that is foreign in part stays one line.
        impact="\n".join(" ".join(reason.splitlines()) for reason in finding.impact),
        remedies=_same_named(finding.remedies, list[Remedy]),
        accepted=_same_named(finding.accepted, Accepted | None),
    )


def _in_sync(entry: findings.InSync) -> InSync:
    subject = entry.subject
    return InSync(
        project=subject.project,
        stack=subject.stack,
        urn=subject.urn,
        account=subject.account,
        region=subject.region,
        resource_id=subject.resource_id,
        live_id=subject.live_id,
        notes=[note.value for note in entry.notes],
    )


def _same_named(nouns: object, shape: type[_Shape] | UnionType) -> _Shape:
    """Copy what has the same names on both sides, and nothing else."""
    converted: _Shape = msgspec.convert(nouns, shape, from_attributes=True)
    return converted
