"""Runs written to a database and read back from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from sqlalchemy import delete, func, insert, select, tuple_

from drift import __version__
from drift.changes import NO_PAST, Past, changes, trend_point
from drift.errors import HistoryError
from drift.findings import (
    Acceptance,
    Changes,
    Difference,
    Finding,
    Kind,
    PlaceCount,
    Report,
    Standing,
    Subject,
    TrackedFinding,
    TrendPoint,
)
from drift.history.database import Database
from drift.history.location import Location
from drift.history.nouns import Life, PastRun, Pruned, Seen, Stretch
from drift.history.tables import Estate, FindingRow, Run, RunPlace, RunStack, Sighting
from drift.model import SourcePosition

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_Item = TypeVar("_Item")

_AT_ONCE: Final = 500
"""Values of one question; drivers take no unlimited number."""

_OPEN: Final = (Standing.NEW.value, Standing.STILL_OPEN.value, Standing.UNVERIFIED.value)


class History:
    """The runs of one or more estates."""

    def __init__(self, location: Location) -> None:
        """Take where it is kept; nothing is opened yet."""
        self._database = Database(location)

    @property
    def label(self) -> str:
        """Where it is kept, as people may see it."""
        return self._database.location.label

    @property
    def files(self) -> tuple[str, ...]:
        """The file it is kept in, which nothing else may overwrite; none for a server."""
        path = self._database.location.path
        return () if path is None else (str(path),)

    @property
    def exists(self) -> bool:
        """Whether there is something already."""
        return self._database.exists

    def prepare(self) -> None:
        """Raise `HistoryError` now rather than after an hour of reading."""
        self._database.prepare()

    @contextmanager
    def recording(self, report: Report, name: str | None) -> Iterator[Report]:
        """Store a run, and yield its report with what changed; nothing is stored if the body fails.

        The run before is the last one recorded under the same name; without one, the last without
        a name that had a stack in common.
        """
        with self._database.writing() as session:
            estate = _estate(session, report, name)
            past = _past(session, estate)
            told = replace(report, changes=changes(report, past))
            _insert(session, estate, told)
            yield told

    def runs(self, *, name: str | None, most: int | None) -> tuple[tuple[PastRun, ...], int]:
        """Return the newest runs, newest first, and how many there are in all."""
        with self._database.reading() as session:
            asked = select(Run).join(Estate, Estate.id == Run.estate_id)
            total = select(func.count(Run.id)).join(Estate, Estate.id == Run.estate_id)
            if name is not None:
                asked, total = asked.where(Estate.name == name), total.where(Estate.name == name)
            names = _names(session)
            rows = session.scalars(asked.order_by(Run.id.desc()).limit(most))
            return tuple(_past_run(run, names) for run in rows), session.scalar(total) or 0

    def life(self, fingerprint: str, *, name: str | None) -> tuple[Life, ...]:
        """Return what is known of a finding, in each estate that had it.

        The beginning of a fingerprint will do as long as there is only one like it.
        """
        with self._database.reading() as session:
            rows = _findings_like(session, fingerprint, name, self.label)
            names = _names(session)
            return tuple(_life(session, row, names) for row in rows)

    def prune(
        self, *, before: datetime | None, keep_runs: int | None, name: str | None, dry_run: bool
    ) -> Pruned:
        """Forget runs made before then, or all but the newest of each estate.

        The last run of an estate is never forgotten: what is open, and since when, is known by it.
        """
        context = self._database.reading() if dry_run else self._database.writing()
        with context as session:
            condemned = _condemned(session, before=before, keep_runs=keep_runs, name=name)
            total = session.scalar(select(func.count(Run.id))) or 0
            gone = set(condemned)
            orphans = _orphans(session, gone)
            if not dry_run:
                for ids in _chunks(condemned):
                    session.execute(delete(Run).where(Run.id.in_(ids)))
                for ids in _chunks(orphans):
                    session.execute(delete(FindingRow).where(FindingRow.id.in_(ids)))
            return Pruned(runs=len(condemned), findings=len(orphans), kept=total - len(condemned))

    def forget(self, fingerprint: str, *, name: str | None) -> TrackedFinding:
        """Stop carrying a finding on that can't be seen any more; only an unverified one.

        The run after the next one would call it new, were it still there.
        """
        with self._database.writing() as session:
            for row in _findings_like(session, fingerprint, name, self.label):
                last = session.scalar(
                    select(func.max(Run.id)).where(Run.estate_id == row.estate_id)
                )
                carried = [
                    one for one in _sighted(session, last) if one.fingerprint == row.fingerprint
                ]
                if not carried or carried[0].standing is not Standing.UNVERIFIED:
                    continue
                session.execute(
                    delete(Sighting).where(Sighting.run_id == last, Sighting.finding_id == row.id)
                )
                return carried[0]
        raise HistoryError(
            f"{fingerprint} is no finding that could not be verified at the last run",
            next_step="forget what is gone for good; `drift accept` is for what is still there",
        )


# -- estates ---------------------------------------------------------------------------------------


def _estate(session: Session, report: Report, name: str | None) -> int:
    """Return what the run is one of; a first one begins it."""
    known = (
        session.scalar(select(Estate.id).where(Estate.name == name))
        if name is not None
        else _estate_by_stacks(session, _stacks(report))
    )
    if known is not None:
        return known
    added = session.execute(insert(Estate).values(name=name).returning(Estate.id))
    return added.scalar_one()


def _estate_by_stacks(session: Session, stacks: Sequence[tuple[str, str]]) -> int | None:
    """Return that of the newest nameless run with a stack in common.

    A run that could not tell any stack is of the same estate as the newest nameless one.
    """
    nameless = (
        select(Run.id, Run.estate_id)
        .join(Estate, Estate.id == Run.estate_id)
        .where(Estate.name.is_(None))
        .order_by(Run.id.desc())
        .limit(1)
    )
    if not stacks:
        found = session.execute(nameless).first()
        return None if found is None else found.estate_id
    alike = nameless.join(RunStack, RunStack.run_id == Run.id)
    found_by_stack = [
        row
        for some in _chunks(stacks)
        if (
            row := session.execute(
                alike.where(tuple_(RunStack.project, RunStack.stack).in_(some))
            ).first()
        )
    ]
    newest = max(found_by_stack, key=lambda row: row.id, default=None)
    return None if newest is None else newest.estate_id


def _stacks(report: Report) -> list[tuple[str, str]]:
    return sorted(
        {
            (source.project, source.stack)
            for source in report.sources
            if source.project is not None and source.stack is not None
        }
    )


def _names(session: Session) -> dict[int, str]:
    """Return what people call each estate."""
    newest = (
        select(func.max(Run.id).label("run_id"), Run.estate_id).group_by(Run.estate_id).subquery()
    )
    stacks: dict[int, list[str]] = {}
    rows = session.execute(
        select(newest.c.estate_id, RunStack.project, RunStack.stack)
        .join(RunStack, RunStack.run_id == newest.c.run_id)
        .order_by(RunStack.project, RunStack.stack)
    )
    for row in rows:
        stacks.setdefault(row.estate_id, []).append(f"{row.project}/{row.stack}")
    return {
        row.id: row.name if row.name is not None else _some(stacks.get(row.id, []))
        for row in session.execute(select(Estate.id, Estate.name))
    }


def _some(stacks: Sequence[str]) -> str:
    more = f" and {len(stacks) - 1} more" if len(stacks) > 1 else ""
    return f"{stacks[0]}{more}" if stacks else "-"


# -- the past of a run -----------------------------------------------------------------------------


def _past(session: Session, estate: int) -> Past:
    last = session.execute(
        select(Run.id, Run.at).where(Run.estate_id == estate).order_by(Run.id.desc()).limit(1)
    ).first()
    if last is None:
        return NO_PAST
    return Past(
        at=last.at,
        open=tuple(one for one in _sighted(session, last.id) if one.standing.value in _OPEN),
        trend=_trend(session, estate),
    )


def _sighted(session: Session, run: int | None) -> list[TrackedFinding]:
    """Return what was tracked at a run."""
    rows = session.execute(
        select(FindingRow, Sighting)
        .join(Sighting, Sighting.finding_id == FindingRow.id)
        .where(Sighting.run_id == run, Sighting.standing != Seen.ACCEPTED.value)
    )
    return [
        TrackedFinding(
            standing=Standing(sighting.standing),
            kind=Kind(row.kind),
            fingerprint=row.fingerprint,
            subject=_subject(row),
            message=row.message,
            first_seen=sighting.first_seen,
            nights=sighting.nights,
            was=sighting.was,
        )
        for row, sighting in rows
    ]


def _trend(session: Session, estate: int) -> tuple[TrendPoint, ...]:
    points: dict[int, tuple[datetime, list[PlaceCount]]] = {
        row.id: (row.at, [])
        for row in session.execute(
            select(Run.id, Run.at).where(Run.estate_id == estate).order_by(Run.at, Run.id)
        )
    }
    rows = session.scalars(
        select(RunPlace)
        .join(Run, Run.id == RunPlace.run_id)
        .where(Run.estate_id == estate)
        .order_by(RunPlace.run_id, RunPlace.position)
    )
    for row in rows:
        points[row.run_id][1].append(
            PlaceCount(
                account=row.account,
                region=row.region,
                drifted=row.drifted,
                other=row.other,
                unverified=row.unverified,
            )
        )
    return tuple(TrendPoint(at=at, places=tuple(places)) for at, places in points.values())


# -- writing ---------------------------------------------------------------------------------------


def _insert(session: Session, estate: int, report: Report) -> None:
    told = report.changes or Changes()
    counted = report.summary
    point = trend_point(report)
    before = session.scalar(select(func.max(Run.id)).where(Run.estate_id == estate))
    run = session.execute(
        insert(Run)
        .values(
            estate_id=estate,
            at=report.generated_at,
            verdict=report.verdict.value,
            tool_version=__version__,
            declared=counted.declared,
            live=counted.live,
            in_sync=counted.in_sync,
            drifted=point.drifted,
            other=point.other,
            unverified=point.unverified,
            accepted=counted.accepted,
            new=len(told.of(Standing.NEW)),
            still_open=len(told.of(Standing.STILL_OPEN)),
            resolved=len(told.of(Standing.RESOLVED)),
            unseen=len(told.of(Standing.UNVERIFIED)),
        )
        .returning(Run.id)
    ).scalar_one()
    stacks = [
        {"run_id": run, "project": project, "stack": stack} for project, stack in _stacks(report)
    ]
    if stacks:
        session.execute(insert(RunStack), stacks)
    places = [
        {
            "run_id": run,
            "position": position,
            "account": place.account,
            "region": place.region,
            "drifted": place.drifted,
            "other": place.other,
            "unverified": place.unverified,
        }
        for position, place in enumerate(point.places)
    ]
    if places:
        session.execute(insert(RunPlace), places)
    sightings = [*_of_tracked(told), *_of_accepted(session, report, before)]
    ids = _store_findings(session, estate, report, told)
    if sightings:
        session.execute(
            insert(Sighting),
            [
                {
                    **{name: value for name, value in one.items() if name != "fingerprint"},
                    "run_id": run,
                    "finding_id": ids[str(one["fingerprint"])],
                }
                for one in sightings
            ],
        )


def _of_tracked(told: Changes) -> Iterator[dict[str, object]]:
    for one in told.tracked:
        yield {
            "fingerprint": one.fingerprint,
            "standing": one.standing.value,
            "first_seen": one.first_seen,
            "nights": one.nights,
            "was": one.was,
        }


def _of_accepted(
    session: Session, report: Report, before: int | None
) -> Iterator[dict[str, object]]:
    """Return what somebody accepted; it is as old as it was when it was open."""
    known = {
        row.fingerprint: row.first_seen
        for row in session.execute(
            select(FindingRow.fingerprint, Sighting.first_seen)
            .join(Sighting, Sighting.finding_id == FindingRow.id)
            .where(Sighting.run_id == before, Sighting.standing != Standing.RESOLVED.value)
        )
    }
    for finding in _accepted(report).values():
        first_seen = known.get(finding.fingerprint, report.generated_at)
        yield {
            "fingerprint": finding.fingerprint,
            "standing": Seen.ACCEPTED.value,
            "first_seen": first_seen,
            "nights": max(1, (report.generated_at.date() - first_seen.date()).days + 1),
            "was": None,
        }


def _accepted(report: Report) -> dict[str, Finding]:
    """Return what is accepted and nothing else, as one fingerprint is of one sighting a run."""
    tracked = {one.fingerprint for one in (report.changes or Changes()).tracked}
    return {
        finding.fingerprint: finding
        for finding in report.accepted_findings
        if finding.kind is not Kind.UNVERIFIED and finding.fingerprint not in tracked
    }


def _store_findings(session: Session, estate: int, report: Report, told: Changes) -> dict[str, int]:
    """Write down what was seen, as it was seen now; return the id of each fingerprint."""
    seen = {
        finding.fingerprint: _finding_row(estate, finding)
        for finding in (*report.open_findings, *_accepted(report).values())
        if finding.kind is not Kind.UNVERIFIED
    }
    wanted = list(dict.fromkeys([*seen, *(one.fingerprint for one in told.tracked)]))
    known = _stored(session, estate, wanted)
    for fingerprint, row in known.items():
        for name, value in seen.get(fingerprint, {}).items():
            setattr(row, name, value)
    added = [values for fingerprint, values in seen.items() if fingerprint not in known]
    if added:
        session.execute(insert(FindingRow), added)
        known |= _stored(session, estate, [str(values["fingerprint"]) for values in added])
    return {fingerprint: row.id for fingerprint, row in known.items()}


def _stored(session: Session, estate: int, fingerprints: Sequence[str]) -> dict[str, FindingRow]:
    return {
        row.fingerprint: row
        for some in _chunks(fingerprints)
        for row in session.scalars(
            select(FindingRow).where(
                FindingRow.estate_id == estate, FindingRow.fingerprint.in_(some)
            )
        )
    }


def _finding_row(estate: int, finding: Finding) -> dict[str, object]:
    subject, accepted = finding.subject, finding.accepted
    position = subject.declared_at
    return {
        "estate_id": estate,
        "fingerprint": finding.fingerprint,
        "kind": finding.kind.value,
        "message": finding.message,
        "source": subject.source,
        "project": subject.project,
        "stack": subject.stack,
        "urn": subject.urn,
        "declared_file": None if position is None else position.file,
        "declared_line": None if position is None else position.line,
        "account": subject.account,
        "region": subject.region,
        "resource_id": subject.resource_id,
        "declared_id": subject.declared_id,
        "live_id": subject.live_id,
        "live_created_at": subject.live_created_at,
        "differences": [
            # What tells secrets apart is no business of a database.
            msgspec.to_builtins(replace(one, digest=None))
            for one in finding.differences
        ],
        "accepted_reason": None if accepted is None else accepted.reason,
        "accepted_owner": None if accepted is None else accepted.owner,
        "accepted_until": None if accepted is None else accepted.until,
    }


# -- reading ---------------------------------------------------------------------------------------


def _past_run(run: Run, names: dict[int, str]) -> PastRun:
    return PastRun(
        name=names[run.estate_id],
        at=run.at,
        verdict=run.verdict,
        drifted=run.drifted,
        other=run.other,
        unverified=run.unverified,
        accepted=run.accepted,
        new=run.new,
        still_open=run.still_open,
        resolved=run.resolved,
        unseen=run.unseen,
    )


def _findings_like(
    session: Session, fingerprint: str, name: str | None, label: str
) -> Sequence[FindingRow]:
    asked = (
        select(FindingRow)
        .join(Estate, Estate.id == FindingRow.estate_id)
        .where(FindingRow.fingerprint.startswith(fingerprint, autoescape=True))
        .order_by(FindingRow.id)
    )
    if name is not None:
        asked = asked.where(Estate.name == name)
    rows = session.scalars(asked.limit(_AT_ONCE)).all()
    alike = sorted({row.fingerprint for row in rows})
    if not alike:
        raise HistoryError(
            f"no run in {label} had a finding {fingerprint}",
            next_step="take the fingerprint from `drift report -o json`; what could not be "
            "verified is told by each run anew, and is not in the history",
        )
    if len(alike) > 1:
        raise HistoryError(
            f"{fingerprint} is the beginning of {len(alike)} fingerprints: "
            f"{', '.join(alike[:3])}{', …' if len(alike) > 3 else ''}",  # noqa: PLR2004 -- a few
            next_step="write more of it",
        )
    return rows


def _life(session: Session, row: FindingRow, names: dict[int, str]) -> Life:
    seen = session.execute(
        select(Run.at, Sighting.standing, Sighting.first_seen, Sighting.nights)
        .join(Sighting, Sighting.run_id == Run.id)
        .where(Sighting.finding_id == row.id)
        .order_by(Run.id)
    ).all()
    stretches: list[Stretch] = []
    for one in seen:
        last = stretches[-1] if stretches else None
        if last is not None and last.seen.value == one.standing:
            stretches[-1] = replace(last, last=one.at, runs=last.runs + 1)
        else:
            stretches.append(Stretch(seen=Seen(one.standing), first=one.at, last=one.at, runs=1))
    accepted = bool(stretches) and stretches[-1].seen is Seen.ACCEPTED
    return Life(
        name=names[row.estate_id],
        fingerprint=row.fingerprint,
        kind=Kind(row.kind),
        subject=_subject(row),
        message=row.message,
        differences=msgspec.convert(row.differences, tuple[Difference, ...]),
        first_seen=seen[-1].first_seen,
        nights=seen[-1].nights,
        accepted=Acceptance(
            reason=row.accepted_reason, owner=row.accepted_owner, until=row.accepted_until
        )
        if accepted and row.accepted_reason is not None
        else None,
        stretches=tuple(stretches),
    )


def _subject(row: FindingRow) -> Subject:
    return Subject(
        source=row.source,
        project=row.project,
        stack=row.stack,
        urn=row.urn,
        declared_at=None
        if row.declared_file is None or row.declared_line is None
        else SourcePosition(file=row.declared_file, line=row.declared_line),
        account=row.account,
        region=row.region,
        resource_id=row.resource_id,
        declared_id=row.declared_id,
        live_id=row.live_id,
        live_created_at=row.live_created_at,
    )


# -- forgetting ------------------------------------------------------------------------------------


def _condemned(
    session: Session, *, before: datetime | None, keep_runs: int | None, name: str | None
) -> list[int]:
    """Return the runs to forget: too old, or beyond the newest so many of their estate."""
    rank = func.row_number().over(partition_by=Run.estate_id, order_by=Run.id.desc()).label("rank")
    ranked = select(Run.id, Run.at, rank).join(Estate, Estate.id == Run.estate_id)
    if name is not None:
        ranked = ranked.where(Estate.name == name)
    listed = ranked.subquery()
    asked = select(listed.c.id).where(listed.c.rank > 1).order_by(listed.c.id)
    if before is not None:
        asked = asked.where(listed.c.at < before)
    if keep_runs is not None:
        asked = asked.where(listed.c.rank > keep_runs)
    return list(session.scalars(asked))


def _orphans(session: Session, gone: set[int]) -> list[int]:
    """Return the findings that no run but those knows of."""
    known: dict[int, bool] = {}
    for row in session.execute(select(Sighting.finding_id, Sighting.run_id)):
        known[row.finding_id] = known.get(row.finding_id, False) or row.run_id not in gone
    never = session.scalars(
        select(FindingRow.id).where(~FindingRow.id.in_(select(Sighting.finding_id)))
    )
    return sorted({*(finding for finding, kept in known.items() if not kept), *never})


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
