"""Compare what is declared with what is live: the whole product in one function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from drift import explain, narrowing, remedies
from drift.compare import Comparison, compare, health
from drift.fields import Pair
from drift.findings import (
    REDACTED,
    CoverageEntry,
    Finding,
    InSync,
    Kind,
    Note,
    Pending,
    Remedy,
    Report,
    Subject,
    fingerprint,
    order,
)
from drift.match import Match, MatchedBy, could_be, match
from drift.model import (
    Coverage,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    Inventory,
    Lifecycle,
    Listing,
    LiveFlowLog,
    Unknown,
)


def check(declared: Declarations, live: Inventory, *, allow_empty: bool = False) -> Report:
    """Return everything that is not as declared, or that could not be seen. Pure: no I/O, no clock.

    What was not read, or not asked for, is never called missing, unmanaged or in sync. Nothing
    declared and nothing live is unverified unless `allow_empty`.
    """
    # Listings may overlap (two files of one region): each flow log counts once.
    found = list(
        {
            flow_log.flow_log_id: flow_log
            for listing in live.listings
            for flow_log in listing.flow_logs
        }.values()
    )
    whole = narrowing.sees_whole_resources(live.narrowing)
    matching = match(declared.flow_logs, found, declared.claimed_ids, stand_ins=whole)
    alone = [asked for asked in matching.alone if narrowing.asks_for(live.narrowing, asked)]
    gone = [asked for asked in alone if asked.lifecycle is Lifecycle.CREATED]
    new = [asked for asked in alone if asked.lifecycle is Lifecycle.TO_CREATE]

    claims = Counter(pair.live.flow_log_id for pair in matching.matches)
    outcomes = [_judge(pair, claims[pair.live.flow_log_id]) for pair in matching.matches]
    findings = [
        *(outcome for outcome in outcomes if isinstance(outcome, Finding)),
        *_gone(gone, live, found),
        *_unmanaged(matching.unclaimed, matching.alone, declared, whole=whole),
        *_undelivered(matching.matches, matching.unclaimed),
        *_unread_sources(declared.sources),
        *_unread_listings(live.listings, gone),
    ]
    partial = not declared.lists_unchanged
    if not (matching.matches or alone or findings or allow_empty) and (partial or not found):
        findings.append(_nothing_at_all(narrowed=bool(live.narrowing), partial=partial))
    return Report(
        sources=declared.sources,
        coverage=tuple(_coverage(listing) for listing in live.listings),
        findings=tuple(sorted(findings, key=order)),
        in_sync=tuple(
            sorted(
                (outcome for outcome in outcomes if isinstance(outcome, InSync)),
                key=lambda entry: entry.subject.place,
            )
        ),
        pending=tuple(Pending(subject=_subject(asked, None)) for asked in new),
        notes=tuple(_notes(declared, live)),
        declared=len(matching.matches) + len(alone),
    )


def _judge(pair: Match, claims: int) -> Finding | InSync:  # noqa: PLR0911 -- one a kind
    """Say what a declaration and its live flow log come to."""
    declared, live = pair.declared, pair.live
    compared = compare(declared, live)
    notes = compared.notes + ((Note.DUPLICATE_DECLARED_ID,) if claims > 1 else ())
    differences = compared.differences
    why = explain.impact(Pair(declared=declared, live=live), differences)
    if pair.by is not MatchedBy.ID and declared.lifecycle is Lifecycle.TO_CREATE:
        return _finding(
            Kind.COLLISION,
            declared,
            live,
            message=explain.collision(live),
            impact=("The deployment will stop half-way.",),
            compared=compared,
            notes=(*notes, Note.CREATE_WOULD_COLLIDE),
            remedies=remedies.for_collision(declared, live),
        )
    if pair.by is not MatchedBy.ID and declared.flow_log_id is None:
        return _finding(
            Kind.UNVERIFIED,
            declared,
            live,
            message=explain.perhaps(declared, live, differences),
            impact=why,
            compared=compared,
            notes=notes,
        )
    if pair.by is not MatchedBy.ID:
        return _finding(
            Kind.REPLACED,
            declared,
            live,
            message=explain.replaced(declared, live, differences),
            impact=(*why, explain.recreation_gap(live)),
            compared=compared,
            notes=notes,
            remedies=remedies.for_replaced(declared, live, differences),
        )
    if any(not difference.is_tag for difference in differences):
        return _finding(
            Kind.MODIFIED,
            declared,
            live,
            message=explain.modified(live, differences),
            impact=why,
            compared=compared,
            notes=notes,
            remedies=remedies.for_modified(declared, live, differences),
        )
    if differences:
        pending = Note.PENDING_UPDATE in notes
        return _finding(
            Kind.TAGS_MODIFIED,
            declared,
            live,
            message=explain.tags_modified(live, differences, pending=pending),
            impact=why,
            compared=compared,
            notes=notes,
            remedies=remedies.for_tags_modified(declared, differences, pending=pending),
        )
    if compared.unverified_fields:
        names = [unread.field for unread in compared.unverified_fields]
        return _finding(
            Kind.UNVERIFIED,
            declared,
            live,
            message=explain.unread_fields(names),
            impact=("A difference in what could not be compared would go unseen.",),
            compared=compared,
            notes=notes,
        )
    return InSync(subject=_subject(declared, live), notes=notes)


def _gone(
    gone: Sequence[DeclaredFlowLog], live: Inventory, found: Sequence[LiveFlowLog]
) -> Iterator[Finding]:
    """Say which declared flow logs are missing; where one could not have been seen, say that."""
    watched = {flow_log.flow_log.resource_id for flow_log in found}
    for asked in gone:
        listings = [
            entry for entry in live.listings if entry.could_hold(asked.account, asked.region)
        ]
        if not listings:
            yield _unseen(asked, explain.not_looked_for(asked))
        elif not all(_tells_absence(entry, asked) for entry in listings):
            continue  # The listing that was not read is a finding of its own.
        elif asked.flow_log_id is None and (
            _is_nowhere(asked) or asked.flow_log.resource_id in watched
        ):
            yield _unseen(asked, explain.not_identified(asked))
        elif narrowing.sees_whole_resources(live.narrowing):
            yield _missing(asked, listings, explain.missing(asked))
        elif narrowing.asks_by_id(live.narrowing):
            yield _missing(asked, listings, explain.not_found_by_id(asked))
        else:
            yield _unseen(asked, explain.not_in_answer(asked))


def _is_nowhere(asked: DeclaredFlowLog) -> bool:
    """Whether neither id nor resource is known: any live flow log there may be this one."""
    return asked.flow_log_id is None and isinstance(asked.flow_log.resource_id, Unknown)


def _tells_absence(listing: Listing, asked: DeclaredFlowLog) -> bool:
    """Whether what is not in this listing is not there: it was read, and of the right account."""
    return listing.status is Coverage.READ and (listing.account_confirmed or asked.account is None)


def _missing(asked: DeclaredFlowLog, listings: Sequence[Listing], message: str) -> Finding:
    notes = []
    if not any(listing.flow_logs for listing in listings):
        notes.append(Note.NOTHING_FOUND_CHECK_REGION)
    if asked.region is None:
        notes.append(Note.REGION_NOT_DECLARED)
    if asked.pending_replacement:
        notes.append(Note.PENDING_REPLACEMENT)
    return _finding(
        Kind.MISSING,
        asked,
        None,
        message=message,
        impact=(explain.NOTHING_RECORDED,),
        notes=tuple(notes),
        remedies=remedies.for_missing(asked),
    )


def _unseen(asked: DeclaredFlowLog, message: str) -> Finding:
    return _finding(Kind.UNVERIFIED, asked, None, message=message)


def _unmanaged(
    unclaimed: Sequence[LiveFlowLog],
    alone: Sequence[DeclaredFlowLog],
    declared: Declarations,
    *,
    whole: bool,
) -> Iterator[Finding]:
    """Say which live flow logs nobody declares, unless somebody unread, or unseen, may."""
    if not declared.complete:
        return
    watched = set() if whole else {asked.flow_log.resource_id for asked in alone}
    unknown = [
        asked for asked in alone if asked.lifecycle is Lifecycle.CREATED and _is_nowhere(asked)
    ]
    for found in unclaimed:
        # In a narrowed answer it may stand in the place of one that was not asked for.
        if found.flow_log.resource_id in watched:
            continue
        if any(could_be(asked, found) for asked in unknown):
            continue
        yield _finding(
            Kind.UNMANAGED,
            None,
            found,
            message=explain.unmanaged(found),
            impact=("It costs, and nobody's program keeps it as it is.",),
            notes=tuple(health(found)),
            remedies=remedies.for_unmanaged(found),
        )


def _undelivered(matches: Sequence[Match], unclaimed: Sequence[LiveFlowLog]) -> Iterator[Finding]:
    """Say which live flow logs AWS does not deliver, whether they drifted or not; each once."""
    owners: dict[str, tuple[DeclaredFlowLog | None, LiveFlowLog]] = {
        found.flow_log_id: (None, found) for found in unclaimed
    }
    for pair in matches:
        owners.setdefault(pair.live.flow_log_id, (pair.declared, pair.live))
    for owner, found in owners.values():
        notes = health(found)
        if notes:
            yield _finding(
                Kind.UNDELIVERED,
                owner,
                found,
                message=explain.undelivered(found),
                impact=("The flow log exists, but its records do not arrive.",),
                notes=tuple(notes),
                remedies=remedies.for_undelivered(found),
                delivery_error=found.deliver_logs_error_message,
            )


def _unread_sources(sources: Iterable[DeclarationSource]) -> Iterator[Finding]:
    for source in sources:
        if source.error is not None:
            yield Finding(
                kind=Kind.UNVERIFIED,
                subject=Subject(source=source.source, project=source.project, stack=source.stack),
                fingerprint=fingerprint(Kind.UNVERIFIED, [source.source], source.error),
                message=explain.unread_source(source),
                impact=("What it declares was not compared, and nothing was called unmanaged.",),
            )


def _unread_listings(
    listings: Iterable[Listing], gone: Sequence[DeclaredFlowLog]
) -> Iterator[Finding]:
    """Say once per account and region that it could not be read, and what that hides."""
    for listing in listings:
        hidden = [
            asked
            for asked in gone
            if listing.could_hold(asked.account, asked.region)
            and not _tells_absence(listing, asked)
        ]
        if listing.status is Coverage.READ and not hidden:
            continue
        yield Finding(
            kind=Kind.UNVERIFIED,
            subject=Subject(account=listing.account, region=listing.region),
            fingerprint=fingerprint(
                Kind.UNVERIFIED, [listing.account, listing.region], listing.status
            ),
            message=explain.unread_listing(listing, hidden),
            impact=("Drift there would go unseen.",),
            remedies=remedies.for_unread(listing),
        )


def _nothing_at_all(*, narrowed: bool, partial: bool) -> Finding:
    message = explain.nothing_at_all(narrowed=narrowed, partial=partial)
    return Finding(
        kind=Kind.UNVERIFIED,
        subject=Subject(),
        fingerprint=fingerprint(Kind.UNVERIFIED, [], message),
        message=message,
        impact=("Is this the right stack, account and region? If so: --allow-empty.",),
    )


def _notes(declared: Declarations, live: Inventory) -> Iterator[Note]:
    if not declared.lists_unchanged:
        yield Note.PREVIEW_INCOMPLETE
    if live.narrowing:
        yield Note.NARROWED


def _coverage(listing: Listing) -> CoverageEntry:
    return CoverageEntry(
        account=listing.account,
        region=listing.region,
        status=listing.status,
        flow_logs=len(listing.flow_logs),
        reason=listing.reason,
    )


def _finding(  # noqa: PLR0913 -- a finding has that many parts
    kind: Kind,
    declared: DeclaredFlowLog | None,
    live: LiveFlowLog | None,
    *,
    message: str,
    impact: tuple[str, ...] = (),
    compared: Comparison | None = None,
    notes: tuple[Note, ...] = (),
    remedies: tuple[Remedy, ...] = (),
    delivery_error: str | None = None,
) -> Finding:
    compared = compared or Comparison()
    subject = _subject(declared, live)
    evidence = [
        [
            difference.field,
            difference.type,
            difference.declared,
            difference.live,
            difference.digest,
        ]
        for difference in compared.differences
    ] + [[unread.field, unread.reason] for unread in compared.unverified_fields]
    identity = (
        [declared.urn]
        if declared is not None
        else [subject.account, subject.region, subject.live_id]
    )
    return Finding(
        kind=kind,
        subject=subject,
        fingerprint=fingerprint(kind, identity, evidence or message),
        message=message,
        impact=impact,
        differences=compared.differences,
        unverified_fields=compared.unverified_fields,
        notes=notes,
        delivery_error=delivery_error,
        remedies=remedies,
    )


def _subject(declared: DeclaredFlowLog | None, live: LiveFlowLog | None) -> Subject:
    """Say what it is about; where both sides know something, AWS's word is the firmer one."""
    account = region = resource_id = None
    if declared is not None:
        account, region, resource_id = (
            declared.account,
            declared.region,
            declared.flow_log.resource_id,
        )
    if live is not None:
        account, region = live.account or account, live.region or region
        resource_id = live.flow_log.resource_id or resource_id
    if declared is not None and "ResourceId" in declared.secret_fields:
        resource_id = REDACTED
    return Subject(
        source=declared.source if declared else None,
        project=declared.project if declared else None,
        stack=declared.stack if declared else None,
        urn=declared.urn if declared else None,
        declared_at=declared.declared_at if declared else None,
        declared_id=declared.flow_log_id if declared else None,
        account=account,
        region=region,
        resource_id=None if isinstance(resource_id, Unknown) else resource_id,
        live_id=live.flow_log_id if live else None,
        live_created_at=live.created_at if live else None,
    )
