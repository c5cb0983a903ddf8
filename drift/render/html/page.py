"""The page: what is in it, in which order; the only door to Jinja, which escapes all of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from drift import __version__
from drift.escape import visible
from drift.findings import (
    Acceptance,
    Changes,
    Finding,
    Kind,
    Report,
    Severity,
    Standing,
    Subject,
    TrackedFinding,
    Verdict,
    severity,
)
from drift.model import Coverage
from drift.render import wording
from drift.render.html import trend
from drift.render.html.columns import moved
from drift.render.html.coverage import matrix
from drift.render.html.filters import choices

_FEW: Final = 5
"""Findings that are shown unfolded: as many as one reads anyway."""
_MOST_ROWS: Final = 12
"""Of a list at the top of the page, before the rest of it is folded."""
_MOST_ALERTS: Final = 3
_MANY: Final = 200
"""Findings, from which on a browser is told to lay out only those that it shows."""
_PLAIN: Final = re.compile(r"[0-9a-zA-Z-]{1,64}")

_ORDER: Final = (Standing.NEW, Standing.UNVERIFIED, Standing.STILL_OPEN, Standing.RESOLVED)
"""What a reader must see first, comes first."""

_STATES: Final = {
    Coverage.READ: "read",
    Coverage.DENIED: "denied",
    Coverage.WRONG_ACCOUNT: "wrong account",
    Coverage.UNREACHABLE: "unreachable",
    Coverage.FAILED: "failed",
}
_MARKS: Final = {
    Coverage.DENIED: "✕",
    Coverage.WRONG_ACCOUNT: "≠",
    Coverage.UNREACHABLE: "⇥",
    Coverage.FAILED: "!",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    """A number of the headline, and where it leads."""

    number: int
    label: str
    look: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The findings of a kind."""

    kind: Kind
    hint: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standings:
    """The findings that stand alike beside the run before."""

    standing: Standing
    label: str
    hint: str
    tracked: tuple[TrackedFinding, ...]

    @property
    def parts(self) -> tuple[tuple[TrackedFinding, ...], ...]:
        """What is listed, and what is folded below it."""
        most = _MOST_ROWS
        if len(self.tracked) <= most + 1:
            return (self.tracked,)
        return (self.tracked[:most], self.tracked[most:])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What is told of the changes; a first run has no news to tell, all is open and below."""

    first: bool
    groups: tuple[_Standings, ...]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to say at all."""
        return not (self.first or self.groups)


def render(report: Report) -> str:
    """Return the whole page."""
    style, script = _source("style.css"), _source("script.js")
    context = {
        "report": report,
        "policy": _policy(style, script),
        "style": Markup(style),  # noqa: S704 -- ours, and as it was hashed
        "script": Markup(script),  # noqa: S704 -- likewise
        **_head(report),
        **_body(report),
    }
    return _environment().get_template("page.html.jinja").render(context)


def _head(report: Report) -> Mapping[str, object]:
    unread = [entry for entry in report.coverage if entry.status is not Coverage.READ]
    return {
        "verdict": wording.VERDICTS[report.verdict],
        "lede": tuple(_lede(report)),
        "unread": unread[:_MOST_ALERTS],
        "more_unread": len(unread[_MOST_ALERTS:]),
        "tiles": tuple(_tiles(report)),
        "choices": choices(report),
    }


def _body(report: Report) -> Mapping[str, object]:
    still_open = report.open_findings
    tracked = {one.fingerprint: one for one in report.changes.tracked} if report.changes else {}
    new = [
        finding.fingerprint
        for finding in still_open
        if _stands(tracked.get(finding.fingerprint)) is Standing.NEW
    ]
    every = [finding.fingerprint for finding in still_open]
    # What is new is read first; where nothing or everything is, the only few there are.
    unfolded = next((some for some in (new, every) if 0 < len(some) <= _FEW), ())
    return {
        "changes": _changes(report.changes) if report.changes else None,
        "changes_title": _changes_title(report.changes) if report.changes else "",
        "ranges": trend.ranges(report.changes.trend) if report.changes else (),
        "groups": tuple(_groups(report, still_open, tracked)),
        "no_findings": _no_findings(report),
        "tracked": tracked,
        "present": {finding.fingerprint for finding in report.findings},
        "many": len(report.findings) >= _MANY,
        "unfolded": frozenset(unfolded),
        "accepted": report.accepted_findings,
        "matrix": matrix(report),
        "position": lambda subject: _position(report, subject),
        "counting": [kind for kind in Kind if kind in report.fail_on],
    }


def _lede(report: Report) -> Iterator[str]:
    """Say in sentences how it ended."""
    kinds = [finding.kind for finding in report.open_findings]
    drift = sum(kind in report.fail_on for kind in kinds)
    unverified = kinds.count(Kind.UNVERIFIED)
    other = len(kinds) - drift - unverified
    match report.verdict:
        case Verdict.DRIFTED:
            yield f"{_some(drift, 'finding counts', 'findings count')} as drift."
        case Verdict.UNVERIFIED:
            yield "No drift was found, but not everything could be seen."
        case Verdict.IN_SYNC:
            yield _all_is_well(report)
    if unverified:
        yield f"{_some(unverified, 'thing', 'things')} could not be verified."
    if other:
        yield f"{_some(other, 'other finding does', 'other findings do')} not count as drift."
    declared = wording.plural(report.summary.declared, "flow log")
    yield f"{declared} declared, {report.summary.live:,} live."


def _all_is_well(report: Report) -> str:
    """Claim no more than what was seen."""
    if report.open_findings:
        return "Nothing that counts as drift was found."
    if report.findings:
        return "Nothing but what was accepted is other than declared."
    if not report.in_sync:
        return "There was nothing to compare."
    return f"{_some(len(report.in_sync), 'flow log is', 'flow logs are')} live as declared."


def _some(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _no_findings(report: Report) -> str:
    if report.accepted_findings:
        return "None but those accepted below."
    return "None."


def _tiles(report: Report) -> Iterator[_Tile]:
    kinds = [finding.kind for finding in report.open_findings]
    for kind in Kind:
        if number := kinds.count(kind):
            yield _Tile(
                number=number, label=wording.KINDS[kind], look=_LOOKS[kind], anchor=kind.value
            )
    for number, label, anchor in (
        (report.summary.accepted, "Accepted", "accepted"),
        (len(report.pending), "To be created", "pending"),
        (report.summary.in_sync, "In sync", "in-sync"),
    ):
        if number:
            yield _Tile(number=number, label=label, look=anchor, anchor=anchor)


def _groups(
    report: Report, findings: Sequence[Finding], tracked: Mapping[str, TrackedFinding]
) -> Iterator[_Group]:
    """Return the findings by kind, the worst kind first and what is new first in each."""
    by_kind: dict[Kind, list[Finding]] = {kind: [] for kind in Kind}
    for finding in findings:
        by_kind[finding.kind].append(finding)
    for kind, some in by_kind.items():
        if some:
            some.sort(key=lambda one: _stands(tracked.get(one.fingerprint)) is not Standing.NEW)
            yield _Group(kind=kind, hint=_hint(kind, report), findings=tuple(some))


def _hint(kind: Kind, report: Report) -> str:
    if kind is Kind.UNVERIFIED:
        return "drift there would go unseen"
    return "counts as drift" if kind in report.fail_on else "does not count as drift"


def _stands(tracked: TrackedFinding | None) -> Standing | None:
    return None if tracked is None else tracked.standing


def _changes(changes: Changes) -> _Changes:
    first = changes.previous_at is None
    groups = tuple(
        _Standings(
            standing=standing,
            label=wording.STANDINGS[standing],
            hint=(
                "Open at the run before; nobody could see this time whether they still are."
                if standing is Standing.UNVERIFIED
                else ""
            ),
            tracked=tracked,
        )
        for standing in _ORDER
        if (tracked := changes.of(standing))
    )
    return _Changes(first=first, groups=() if first else groups)


def _changes_title(changes: Changes) -> str:
    if changes.previous_at is None:
        return "The first run"
    return f"Since {wording.moment(changes.previous_at)}"


def _position(report: Report, subject: Subject) -> str | None:
    """Return the file and line, relative to the repository where that is known."""
    if subject.declared_at is None:
        return None
    return wording.position(report, subject) or (
        f"{subject.declared_at.file}:{subject.declared_at.line}"
    )


# -- what the templates can say ----------------------------------------------------------------


def _look(kind: Kind) -> str:
    if kind is Kind.UNVERIFIED:
        return "unverified"
    return "error" if severity(kind) is Severity.ERROR else "warning"


_LOOKS: Final = {kind: _look(kind) for kind in Kind}


def _anchor(fingerprint: str) -> str:
    """Return the id of a finding's element, the same tomorrow, whatever its fingerprint is."""
    if not _PLAIN.fullmatch(fingerprint):  # a document made by somebody else
        fingerprint = hashlib.sha256(fingerprint.encode("utf-8", "surrogatepass")).hexdigest()
    return f"f-{fingerprint}"


def _parts(subject: Subject, position: str | None) -> tuple[str, ...]:
    """Return where it is, from the nearest to the farthest."""
    every = (
        subject.resource_id,
        wording.stack(subject),
        position,
        wording.place(subject.account, subject.region),
    )
    return tuple(part for part in every if part)


def _facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Return what one needs to find it elsewhere."""
    every = (
        ("Declared id", subject.declared_id),
        ("Live id", subject.live_id),
        ("Live since", subject.live_created_at),
        ("URN", subject.urn),
        ("Source", subject.source),
    )
    return tuple((name, text) for name, text in every if text)


def _badge(tracked: TrackedFinding) -> str:
    if tracked.standing is Standing.STILL_OPEN:
        return wording.plural(tracked.nights, "night")
    return "changed" if tracked.was else wording.STANDINGS[tracked.standing].lower()


def _accepted_as(acceptance: Acceptance) -> str:
    return f"Accepted: {wording.accepted(acceptance)}"


def _span(bucket: trend.Bucket) -> str:
    if bucket.first == bucket.last:
        return f"{bucket.last}"
    return f"{bucket.first} to {bucket.last}"


def _change(place: trend.PlaceTrend) -> str:
    """Return how many more count as drift than at the first run of the range."""
    if place.before is None:
        return ""
    more = place.now.drifted - place.before.drifted
    return f"{more:+,}".replace("-", "−") if more else "±0"  # noqa: RUF001 -- as wide as a plus


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("drift.render.html"),
        autoescape=True,
        finalize=_printed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        accepted_as=_accepted_as,
        actions=wording.ACTIONS,
        anchor=_anchor,
        badge=_badge,
        change=_change,
        coverage_place=wording.coverage_place,
        day=lambda bucket: f"{bucket:%d %b %Y}",
        facts=_facts,
        kinds=wording.KINDS,
        looks=_LOOKS,
        marks=_MARKS,
        moment=wording.moment,
        moved=moved,
        parts=_parts,
        plural=wording.plural,
        reordered=wording.REORDERED,
        shown=wording.shown,
        span=_span,
        stack_of=wording.stack,
        stale=wording.stale,
        standing=wording.standing,
        states=_STATES,
        summary=trend.summary,
        told=trend.told,
        version=__version__,
        worth_saying=wording.worth_saying,
    )
    return environment


def _printed(value: object) -> object:
    """Make whatever a template prints visible, before it is escaped; its own markup is left."""
    return value if isinstance(value, Markup) else visible(str(value))


@cache
def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 -- for mypy: it is made with one
    return loader.get_source(_environment(), name)[0]


def _policy(style: str, script: str) -> str:
    """Allow this very style and script, images from within the page, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
