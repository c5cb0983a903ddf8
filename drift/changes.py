"""What changed since the run before: new, still open, resolved, or not to be seen this time.

Pure, as the check is. Only what a run could see is called resolved: a source that could not be
read, an account that denied, a narrowed question or a run over other stacks resolves nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Final

from drift.findings import (
    Changes,
    Finding,
    Kind,
    Note,
    PlaceCount,
    Report,
    Standing,
    Subject,
    TrackedFinding,
    TrendPoint,
    order,
)
from drift.model import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of the runs before this one."""

    at: datetime | None = None
    """When the last of them was made, UTC; None: there is none."""
    open: tuple[TrackedFinding, ...] = ()
    """What was open then, or could not be seen then and was open before."""
    trend: tuple[TrendPoint, ...] = ()
    """Oldest first."""


NO_PAST: Final = Past()

_STANDINGS: Final = {standing: position for position, standing in enumerate(Standing)}


def changes(report: Report, past: Past) -> Changes:
    """Return how the open findings of a report stand beside the runs before it.

    Nights are counted by days (UTC), the first and the last on which it was seen included.
    """
    now = _open(report)
    open_today = {finding.fingerprint for finding in now}
    accepted = {finding.fingerprint for finding in report.accepted_findings}
    before = {one.fingerprint: one for one in past.open}
    not_there = [one for one in before.values() if one.fingerprint not in open_today | accepted]
    sight = _Sight(report)
    successions = _successions(report, before, not_there, sight)
    succeeded = {old for olds in successions.values() for old in olds}
    tracked = [
        *(
            _new(finding, report.generated_at, successions.get(finding.fingerprint))
            if (old := before.get(finding.fingerprint)) is None
            else _still_open(finding, report.generated_at, old)
            for finding in now
        ),
        *(
            replace(
                one,
                standing=Standing.RESOLVED if sight.would_show(one) else Standing.UNVERIFIED,
                was=None,
            )
            for one in not_there
            if one.fingerprint not in succeeded
        ),
    ]
    return Changes(
        previous_at=past.at,
        tracked=tuple(sorted(tracked, key=lambda one: (_STANDINGS[one.standing], order(one)))),
        trend=(*past.trend, trend_point(report)),
    )


def past_of(report: Report) -> Past:
    """Return a report as the past of the next one; what it knows of its own past is carried on."""
    at = report.generated_at
    if report.changes is None:
        return Past(
            at=at,
            open=tuple(_new(finding, at, None) for finding in _open(report)),
            trend=(trend_point(report),),
        )
    return Past(
        at=at,
        open=tuple(one for one in report.changes.tracked if one.standing is not Standing.RESOLVED),
        trend=report.changes.trend or (trend_point(report),),
    )


def trend_point(report: Report) -> TrendPoint:
    """Return the open findings of a report as numbers, by account and region."""
    counts: dict[tuple[str | None, str | None], Counter[str]] = defaultdict(Counter)
    for finding in report.open_findings:
        if finding.kind is Kind.UNVERIFIED:
            what = "unverified"
        else:
            what = "drifted" if finding.kind in report.fail_on else "other"
        counts[finding.subject.account, finding.subject.region][what] += 1
    return TrendPoint(
        at=report.generated_at,
        places=tuple(
            PlaceCount(
                account=account,
                region=region,
                drifted=counted["drifted"],
                other=counted["other"],
                unverified=counted["unverified"],
            )
            for (account, region), counted in sorted(
                counts.items(), key=lambda item: tuple(part or "" for part in item[0])
            )
        ),
    )


def _open(report: Report) -> tuple[Finding, ...]:
    """Return what is tracked, each fingerprint once."""
    return tuple(
        {
            finding.fingerprint: finding
            for finding in reversed(report.open_findings)
            if finding.kind is not Kind.UNVERIFIED
        }.values()
    )


def _new(finding: Finding, at: datetime, succeeds: list[str] | None) -> TrackedFinding:
    return TrackedFinding(
        standing=Standing.NEW,
        kind=finding.kind,
        fingerprint=finding.fingerprint,
        subject=finding.subject,
        message=finding.message,
        first_seen=at,
        nights=1,
        was=succeeds[0] if succeeds else None,
    )


def _still_open(finding: Finding, at: datetime, old: TrackedFinding) -> TrackedFinding:
    return replace(
        _new(finding, at, None),
        standing=Standing.STILL_OPEN,
        first_seen=old.first_seen,
        nights=max(1, (_day(at) - _day(old.first_seen)).days + 1),
    )


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


# -- the same flow log with another finding --------------------------------------------------------


class _Question(Enum):
    """What is asked of a flow log; one that is not delivered may have drifted, too."""

    AS_DECLARED = auto()
    DELIVERED = auto()


def _question(kind: Kind) -> _Question:
    return _Question.DELIVERED if kind is Kind.UNDELIVERED else _Question.AS_DECLARED


def _successions(
    report: Report,
    before: Mapping[str, TrackedFinding],
    not_there: Iterable[TrackedFinding],
    sight: _Sight,
) -> dict[str, list[str]]:
    """Return which findings of the run before a new one stands in the place of.

    That is one of the same flow log and the same question: of the same declaration, or of the same
    live flow log where nothing declared it then, or what declared it is gone.
    """
    by_urn: dict[tuple[_Question, str], list[str]] = defaultdict(list)
    by_live_id: dict[tuple[_Question, str], list[str]] = defaultdict(list)
    for one in sorted(not_there, key=order):
        question, subject = _question(one.kind), one.subject
        if subject.urn is not None:
            by_urn[question, subject.urn].append(one.fingerprint)
        if subject.live_id is not None and (
            subject.urn is None or sight.is_declared_no_more(subject)
        ):
            by_live_id[question, subject.live_id].append(one.fingerprint)
    successions = {}
    for finding in report.findings:
        if finding.kind is Kind.UNVERIFIED or finding.fingerprint in before:
            continue
        question, subject = _question(finding.kind), finding.subject
        olds = [
            *(by_urn.get((question, subject.urn), ()) if subject.urn else ()),
            *(by_live_id.get((question, subject.live_id), ()) if subject.live_id else ()),
        ]
        if olds:
            successions[finding.fingerprint] = list(dict.fromkeys(olds))
    return successions


def _told(report: Report) -> Iterator[str]:
    """Return the URN of every declaration that a report says something about."""
    subjects = (
        *(finding.subject for finding in report.findings),
        *(entry.subject for entry in report.in_sync),
        *(entry.subject for entry in report.pending),
    )
    for subject in subjects:
        if subject.urn is not None:
            yield subject.urn


def _live_ids(subjects: Iterable[Subject]) -> Iterator[str]:
    for subject in subjects:
        if subject.live_id is not None:
            yield subject.live_id


# -- what a run could see --------------------------------------------------------------------------


class _Sight:
    """Whether a run would have shown a finding again, had it still been there."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = set(_told(report))
        self._in_sync = {entry.subject.urn for entry in report.in_sync}
        self._claimed = set(_live_ids(entry.subject for entry in report.in_sync))
        self._live = self._claimed | set(_live_ids(finding.subject for finding in report.findings))
        self._unverified = [
            finding.subject for finding in report.findings if finding.kind is Kind.UNVERIFIED
        ]
        self._unclear_urns = {
            *(subject.urn for subject in self._unverified),
            *(entry.subject.urn for entry in report.pending),
        }
        self._narrowed = Note.NARROWED in report.notes

    def would_show(self, one: TrackedFinding) -> bool:
        """Whether the sources, the place and the very flow log could all be seen."""
        if self._saw_nothing():
            return False
        if one.kind is Kind.UNDELIVERED and one.subject.live_id in self._live:
            return True  # AWS tells of each flow log that it lists whether it is delivered.
        if one.subject.urn is None:
            return self._would_show_undeclared(one)
        if one.subject.urn in self._in_sync:
            return True
        if one.subject.urn in self._unclear_urns:
            return False
        return one.subject.urn in self._told or self.is_declared_no_more(one.subject)

    def _saw_nothing(self) -> bool:
        """Whether nothing was declared and nothing live: it may be another stack, or account."""
        return any(subject == Subject() for subject in self._unverified)

    def is_declared_no_more(self, subject: Subject) -> bool:
        """Whether the stack was read in full, and nothing hides what it may still declare."""
        if subject.urn in self._told or self._narrowed or self._is_hidden(subject):
            return False
        sources = [
            source
            for source in self._report.sources
            if source.source == subject.source
            or (source.project, source.stack) == (subject.project, subject.stack)
        ]
        of_the_stack = [
            source
            for source in sources
            if (source.project, source.stack) == (subject.project, subject.stack)
        ]
        return bool(of_the_stack) and all(
            source.error is None and source.lists_unchanged for source in sources
        )

    def _would_show_undeclared(self, one: TrackedFinding) -> bool:
        subject = one.subject
        if subject.live_id in self._claimed:
            return True
        covered = any(
            _could_be(subject, entry.account, entry.region) for entry in self._report.coverage
        )
        if not covered or self._narrowed or self._is_hidden(subject):
            return False
        if one.kind is not Kind.UNMANAGED:
            return True
        return all(
            source.error is None and source.lists_unchanged for source in self._report.sources
        ) and not any(
            # It was called unmanaged by nobody, since it may be the one that this is about.
            _could_be(subject, unclear.account, unclear.region)
            and unclear.live_id in {None, subject.live_id}
            for unclear in self._unverified
        )

    def _is_hidden(self, subject: Subject) -> bool:
        """Whether an account and region that could hold it was not read, or not for sure."""
        return any(
            entry.status is not Coverage.READ and _could_be(subject, entry.account, entry.region)
            for entry in self._report.coverage
        ) or any(
            unread.urn is None
            and unread.region is not None
            and _could_be(subject, unread.account, unread.region)
            for unread in self._unverified
        )


def _could_be(subject: Subject, account: str | None, region: str | None) -> bool:
    """Whether something of that account and region could be what a finding was about."""
    return (None in {account, subject.account} or account == subject.account) and (
        None in {region, subject.region} or region == subject.region
    )
