"""What a check has to say: the findings and the report, free of any way of showing them."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from drift.log_format import LogFormatChange
from drift.model import Coverage, DeclarationSource, SourcePosition, urn_name


class Kind(StrEnum):
    """What a finding says; one id everywhere: JSON, policy name, rule id, docs heading."""

    REPLACED = "flow-log-replaced"
    MISSING = "flow-log-missing"
    MODIFIED = "flow-log-modified"
    TAGS_MODIFIED = "flow-log-tags-modified"
    COLLISION = "flow-log-collision"
    UNMANAGED = "flow-log-unmanaged"
    UNDELIVERED = "flow-log-undelivered"
    UNVERIFIED = "flow-log-unverified"


class Severity(StrEnum):
    """How bad a finding is, whatever counts as drift."""

    ERROR = "error"
    WARNING = "warning"


class Verdict(StrEnum):
    """How a whole check ended."""

    IN_SYNC = "in-sync"
    DRIFTED = "drifted"
    UNVERIFIED = "unverified"


DRIFT_BY_DEFAULT: Final = frozenset(
    {Kind.REPLACED, Kind.MISSING, Kind.MODIFIED, Kind.TAGS_MODIFIED}
)
"""The kinds that count as drift unless `--fail-on` says otherwise."""

CAN_BE_DRIFT: Final = frozenset(Kind) - {Kind.UNVERIFIED}
"""What `--fail-on` may name: what could not be read is never drift, exit code 3 says it."""


class DifferenceType(StrEnum):
    """CloudFormation's words for how a property differs."""

    ADD = "ADD"
    """Live only."""
    REMOVE = "REMOVE"
    """Declared only."""
    NOT_EQUAL = "NOT_EQUAL"
    """On both sides, with other values."""


UNSTAMPED: Final = datetime.min.replace(tzinfo=UTC)

Value: TypeAlias = str | int | bool | tuple[str, ...] | None
"""A field's value as shown to people and programs; None is absent."""

REDACTED: Final = "[secret]"
"""Stands for a value that is known and secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that differs between the declaration and AWS."""

    field: str
    """AWS's name: `LogFormat`, `DestinationOptions.FileFormat`, `Tags.Owner`, …"""
    type: DifferenceType
    declared: Value
    live: Value
    log_format: LogFormatChange | None = None
    """For LogFormat: what happened to the columns."""
    digest: str | None = None
    """Tells two differences apart whose values are secret and not shown."""

    @property
    def is_tag(self) -> bool:
        """Whether a tag differs, the one thing that AWS lets people edit."""
        return self.field.startswith("Tags.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedField:
    """One field that could not be compared, and why."""

    field: str
    reason: str


class Note(StrEnum):
    """Something worth knowing that is not drift by itself."""

    DEFAULT_FORMAT_ASSUMED = "default-format-assumed"
    FORMAT_NONCANONICAL_DECLARED = "format-noncanonical-declared"
    FORMAT_DOUBLE_DOLLAR = "format-double-dollar"
    S3_PREFIX_SLASH = "s3-prefix-slash"
    S3_ROLE_IGNORED = "s3-role-ignored"
    LOG_GROUP_WILDCARD = "log-group-wildcard"
    TRAFFIC_TYPE_IGNORED = "traffic-type-ignored"
    DELIVERY_FAILED = "delivery-failed"
    NOT_ACTIVE = "not-active"
    STATE_STALE = "state-stale"
    CREATE_WOULD_COLLIDE = "create-would-collide"
    DUPLICATE_DECLARED_ID = "duplicate-declared-id"
    PREVIEW_INCOMPLETE = "preview-incomplete"
    NOTHING_FOUND_CHECK_REGION = "nothing-found-check-region"
    PENDING_REPLACEMENT = "pending-replacement"
    PENDING_UPDATE = "pending-update"
    REGION_NOT_DECLARED = "region-not-declared"
    NARROWED = "narrowed"

    @property
    def sentence(self) -> str:
        """The same for a person."""
        return _NOTES[self]


_NOTES: Final = {
    Note.DEFAULT_FORMAT_ASSUMED: (
        "no LogFormat is declared and AWS's default for this kind of resource is only known from "
        "its guide; write it out in the program to have it compared for sure"
    ),
    Note.FORMAT_NONCANONICAL_DECLARED: (
        "the declared LogFormat has extra white space, which AWS refuses: the next deployment "
        "that touches it will fail"
    ),
    Note.FORMAT_DOUBLE_DOLLAR: (
        "the declared LogFormat holds `$$`: that is how Pulumi YAML and HCL escape a `$`; in "
        "other languages write `${field}`"
    ),
    Note.S3_PREFIX_SLASH: "the two S3 destinations differ only in a trailing slash",
    Note.S3_ROLE_IGNORED: "AWS takes no role for delivery to S3; remove it from the program",
    Note.LOG_GROUP_WILDCARD: (
        "the log group's name ends in `:*`, which no group has: nothing is delivered"
    ),
    Note.TRAFFIC_TYPE_IGNORED: "AWS has no TrafficType for this kind of resource",
    Note.DELIVERY_FAILED: "AWS says that delivery fails",
    Note.NOT_ACTIVE: "AWS says that the flow log is not ACTIVE",
    Note.STATE_STALE: (
        "the state's outputs say something else than program and AWS, which agree; `pulumi "
        "refresh` brings it up to date"
    ),
    Note.CREATE_WOULD_COLLIDE: "creating it would end in FlowLogAlreadyExists",
    Note.DUPLICATE_DECLARED_ID: "another declaration claims the same flow log",
    Note.PREVIEW_INCOMPLETE: (
        "a preview without --show-sames leaves unchanged resources out: nothing was called "
        "unmanaged; run `pulumi preview --json --show-sames`"
    ),
    Note.NOTHING_FOUND_CHECK_REGION: (
        "nothing at all was found there: are region, account and credentials the right ones?"
    ),
    Note.PENDING_REPLACEMENT: (
        "Pulumi deleted it in order to replace it and got no further; `pulumi up` finishes that"
    ),
    Note.PENDING_UPDATE: "the previewed deployment changes this",
    Note.REGION_NOT_DECLARED: (
        "the declaration names no region; it was looked for wherever this run read"
    ),
    Note.NARROWED: (
        "only part of AWS was asked for (--filter, --flow-log-id): the rest was not checked"
    ),
}


class Action(StrEnum):
    """What a remedy does."""

    REVERT = "revert"
    """Bring AWS back to what is declared."""
    ADOPT = "adopt"
    """Make the declaration say what is live."""
    DELETE = "delete"
    """Remove from AWS what nobody declares."""
    GRANT = "grant"
    """Give the permission that reading needs."""
    INSPECT = "inspect"
    """Find out more before anything is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One way out, as a sentence and commands that can be pasted as they are."""

    action: Action
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Somebody's decision to live with a finding."""

    reason: str
    owner: str | None = None
    until: str | None = None
    """A date, `2026-12-31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a finding or an entry in sync is about; None for what does not apply."""

    source: str | None = None
    """The SOURCE that declares it, or that could not be read."""
    project: str | None = None
    stack: str | None = None
    urn: str | None = None
    declared_at: SourcePosition | None = None
    account: str | None = None
    region: str | None = None
    resource_id: str | None = None
    declared_id: str | None = None
    live_id: str | None = None
    live_created_at: str | None = None

    @property
    def name(self) -> str:
        """The shortest telling name: the program's, else AWS's, else where it should be."""
        if self.urn is not None:
            return urn_name(self.urn)
        return self.live_id or self.region or self.source or "everything"

    @property
    def place(self) -> tuple[str, ...]:
        """What subjects are sorted by: project and stack, then account and region, then name."""
        parts = (
            self.project,
            self.stack,
            self.account,
            self.region,
            self.urn,
            self.resource_id,
            self.live_id,
        )
        return tuple(part or "" for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as declared, or that nobody could see."""

    kind: Kind
    subject: Subject
    fingerprint: str
    """The same for the same finding tomorrow, another one for any other finding."""
    message: str
    """What happened, in a sentence or two."""
    impact: tuple[str, ...] = ()
    """Why it matters, reason by reason; empty where the message says it all."""
    differences: tuple[Difference, ...] = ()
    unverified_fields: tuple[UnverifiedField, ...] = ()
    notes: tuple[Note, ...] = ()
    delivery_error: str | None = None
    remedies: tuple[Remedy, ...] = ()
    accepted: Acceptance | None = None

    @property
    def severity(self) -> Severity:
        """How bad that kind of finding is."""
        return severity(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync:
    """A flow log that was compared and is equal."""

    subject: Subject
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A flow log that the previewed deployment will create or replace: nothing to compare yet."""

    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageEntry:
    """Whether one account and region could be read."""

    account: str | None
    region: str
    status: Coverage
    flow_logs: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The report in numbers: flow logs for the first two, findings or entries for the rest."""

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
    """Findings that somebody accepted; they count here and nowhere else."""


class AcceptanceProblem(StrEnum):
    """Why a rule that accepts findings does nothing any more."""

    EXPIRED = "expired"
    """Its date has passed: what it accepted counts again."""
    UNMATCHED = "unmatched"
    """There is no finding that it would accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleAcceptance:
    """A rule that somebody should look at: it expired, or nothing is left that it accepts."""

    rule: str
    """Where it is written, `drift.toml:12`."""
    problem: AcceptanceProblem
    acceptance: Acceptance


class Standing(StrEnum):
    """How a finding stands beside the run before."""

    NEW = "new"
    """Not there at the run before."""
    STILL_OPEN = "still-open"
    """There at the run before, and still."""
    RESOLVED = "resolved"
    """There at the run before, and gone: its place was read, and it is not there any more."""
    UNVERIFIED = "unverified"
    """There at the run before; whether it still is could not be seen this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedFinding:
    """A finding that is, or was at the run before, open; told so that it needs no other report."""

    standing: Standing
    kind: Kind
    fingerprint: str
    subject: Subject
    message: str
    first_seen: datetime
    """When the run was made in which it first was open, UTC; a gap begins anew."""
    nights: int
    """On how many days (UTC) it has been open, the first and the last one included; at least 1."""
    was: str | None = None
    """For a new one: the fingerprint of what was open of the same flow log at the run before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCount:
    """How much was open in one account and region at one run."""

    account: str | None
    region: str | None
    drifted: int
    """Findings that count as drift."""
    other: int
    """Findings that do not, what could not be verified apart."""
    unverified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One run of the past, or this one, in numbers."""

    at: datetime
    """UTC."""
    places: tuple[PlaceCount, ...]
    """Only those in which something was open; sorted."""

    @property
    def drifted(self) -> int:
        """Findings that counted as drift, everywhere."""
        return sum(place.drifted for place in self.places)

    @property
    def other(self) -> int:
        """Findings that did not, what could not be verified apart."""
        return sum(place.other for place in self.places)

    @property
    def unverified(self) -> int:
        """What could not be verified."""
        return sum(place.unverified for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new since the run before, what is still open, and what is not any more."""

    previous_at: datetime | None = None
    """When the run before was made, UTC; None: this is the first one."""
    tracked: tuple[TrackedFinding, ...] = ()
    """Sorted by standing, then as findings are. What is accepted, and findings that something
    could not be verified, are not in here: the report itself tells those."""
    trend: tuple[TrendPoint, ...] = ()
    """Oldest first, this run last; carried on from a history, or from the report before."""

    def of(self, standing: Standing) -> tuple[TrackedFinding, ...]:
        """Return those that stand so."""
        return tuple(one for one in self.tracked if one.standing is standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one check."""

    sources: tuple[DeclarationSource, ...] = ()
    coverage: tuple[CoverageEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    in_sync: tuple[InSync, ...] = field(default=(), repr=False)
    pending: tuple[Pending, ...] = ()
    notes: tuple[Note, ...] = ()
    """What holds for the whole run."""
    declared: int = 0
    """How many flow logs are declared."""
    fail_on: frozenset[Kind] = DRIFT_BY_DEFAULT
    """The kinds that count as drift for the verdict."""
    generated_at: datetime = UNSTAMPED
    """When the run was made; stamped by whoever has a clock."""
    stale_acceptances: tuple[StaleAcceptance, ...] = ()
    """Rules of drift.toml that accept nothing any more; they decide no verdict."""
    changes: Changes | None = None
    """What changed since the run before; None where nobody asked."""
    project_folders: Mapping[str | None, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where a Pulumi project lies in the repository, `infra/net`; the key None is any other."""

    def path_in_repository(self, subject: Subject) -> str | None:
        """Return the file that declares it, relative to the repository and with `/`.

        None where the declaration tells no position, or one outside of the repository.
        """
        if subject.declared_at is None:
            return None
        path = posixpath.normpath(posixpath.join(self._folder(subject), subject.declared_at.file))
        return None if path.startswith(("/", "../")) or path in {".", ".."} else path

    def project_file(self, subject: Subject) -> str:
        """Return the Pulumi.yaml of its project, relative to the repository."""
        return posixpath.normpath(posixpath.join(self._folder(subject), "Pulumi.yaml"))

    def _folder(self, subject: Subject) -> str:
        folders = self.project_folders
        return folders.get(subject.project, folders.get(None, ""))

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """What nobody accepted."""
        return tuple(finding for finding in self.findings if finding.accepted is None)

    @property
    def accepted_findings(self) -> tuple[Finding, ...]:
        """What somebody decided to live with."""
        return tuple(finding for finding in self.findings if finding.accepted is not None)

    @property
    def unseen_drift(self) -> bool:
        """Whether drift of the run before could be seen neither as still there nor as gone."""
        unseen = () if self.changes is None else self.changes.of(Standing.UNVERIFIED)
        return any(one.kind in self.fail_on for one in unseen)

    @property
    def verdict(self) -> Verdict:
        """Drifted outranks unverified, which outranks in sync; accepted findings count for none.

        What counted as drift at the run before, and could not be seen this time, is unverified.
        """
        kinds = {finding.kind for finding in self.open_findings}
        if kinds & self.fail_on:
            return Verdict.DRIFTED
        if Kind.UNVERIFIED in kinds or self.unseen_drift:
            return Verdict.UNVERIFIED
        return Verdict.IN_SYNC

    @property
    def summary(self) -> Summary:
        """Count everything once."""
        open_kinds = [finding.kind for finding in self.open_findings]
        return Summary(
            declared=self.declared,
            live=sum(entry.flow_logs for entry in self.coverage),
            in_sync=len(self.in_sync),
            replaced=open_kinds.count(Kind.REPLACED),
            missing=open_kinds.count(Kind.MISSING),
            modified=open_kinds.count(Kind.MODIFIED),
            tags_modified=open_kinds.count(Kind.TAGS_MODIFIED),
            collision=open_kinds.count(Kind.COLLISION),
            unmanaged=open_kinds.count(Kind.UNMANAGED),
            undelivered=open_kinds.count(Kind.UNDELIVERED),
            unverified=open_kinds.count(Kind.UNVERIFIED),
            accepted=len(self.findings) - len(open_kinds),
        )


def severity(kind: Kind) -> Severity:
    """Return how bad a kind of finding is."""
    match kind:
        case Kind.REPLACED | Kind.MISSING | Kind.MODIFIED:
            return Severity.ERROR
        case (
            Kind.TAGS_MODIFIED
            | Kind.COLLISION
            | Kind.UNMANAGED
            | Kind.UNDELIVERED
            | Kind.UNVERIFIED
        ):
            return Severity.WARNING
        case _:
            assert_never(kind)


def fingerprint(kind: Kind, identity: Iterable[str | None], evidence: object) -> str:
    """Return the id of a finding: its kind, whom it is about, and what exactly differs.

    `evidence` is JSON-able; differences come sorted, so that the order of reading never matters.
    """
    canonical = json.dumps([kind, list(identity), evidence], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


_KINDS: Final = {kind: position for position, kind in enumerate(Kind)}


def order(finding: Finding | TrackedFinding) -> tuple[int, tuple[str, ...], str]:
    """Sort the worst first, then by place; the fingerprint makes it total."""
    return (_KINDS[finding.kind], finding.subject.place, finding.fingerprint)
