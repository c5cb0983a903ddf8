"""Say what a finding means: what happened and why it matters, in sentences for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drift.fields import FIELD_BY_NAME, Pair, Reasons, why_tag
from drift.findings import REDACTED, Difference
from drift.model import DeclarationSource, DeclaredFlowLog, Listing, LiveFlowLog, Unknown

NOTHING_RECORDED: Final = (
    "Since it was deleted its traffic is not recorded, and cannot be recovered later."
)


def replaced(
    declared: DeclaredFlowLog, live: LiveFlowLog, differences: Sequence[Difference]
) -> str:
    """Say that another flow log stands where the declared one was, and as what."""
    changed = f"with {_fields(differences)} changed" if differences else "configured the same"
    return (
        f"{_id(declared)} is gone. {live.flow_log_id}, created {when(live.created_at)}, stands in "
        f"its place, {changed}."
    )


def missing(declared: DeclaredFlowLog) -> str:
    """Say that nothing stands where the declared one was."""
    return f"{_id(declared)} is gone, and nothing stands in its place on {_resource(declared)}."


def modified(live: LiveFlowLog, differences: Sequence[Difference]) -> str:
    """Say that declaration and deployed flow log disagree although it is the same one."""
    return (
        f"{live.flow_log_id} is the deployed one, yet {_fields(differences)} "
        f"{'differs' if len(differences) == 1 else 'differ'} from the declaration. AWS lets nobody "
        "edit a flow log: the program or the state was changed and not deployed."
    )


def tags_modified(live: LiveFlowLog, differences: Sequence[Difference], *, pending: bool) -> str:
    """Say that only tags differ."""
    cause = "the previewed deployment changes that" if pending else "changed outside of Pulumi"
    return f"{_fields(differences)} of {live.flow_log_id}: {cause}."


def collision(live: LiveFlowLog) -> str:
    """Say that a live twin is in the way of a new flow log."""
    return (
        f"It is about to be created, but {live.flow_log_id}, created {when(live.created_at)}, "
        "already watches the same resource, traffic and destination: AWS will answer "
        "FlowLogAlreadyExists."
    )


def unmanaged(live: LiveFlowLog) -> str:
    """Say that nobody declares a live flow log."""
    resource = live.flow_log.resource_id
    on = resource if isinstance(resource, str) else "a resource"
    return f"{live.flow_log_id}, created {when(live.created_at)} on {on}, is declared nowhere."


def undelivered(live: LiveFlowLog) -> str:
    """Say that AWS does not deliver a flow log's records."""
    if live.deliver_logs_error_message is not None:
        return f"AWS does not deliver: {live.deliver_logs_error_message}."
    if live.deliver_logs_status == "FAILED":
        return "AWS does not deliver, and does not say why."
    return f"AWS reports the flow log as {live.flow_log_status}, not as ACTIVE."


def unread_fields(names: Sequence[str]) -> str:
    """Say that some fields could not be compared while all others are equal."""
    return f"{listed(names)} could not be compared; everything else is equal."


def unread_source(source: DeclarationSource) -> str:
    """Say that a source of declarations could not be read."""
    return f"{source.source} could not be read: {source.error}"


def unread_listing(listing: Listing, hidden: Sequence[DeclaredFlowLog]) -> str:
    """Say that an account and region could not be read, and whose state is unknown for it."""
    cause = listing.reason or "it is not known whether the answer came from the declared account"
    where = f"{listing.region} of {listing.account or 'the account in use'}"
    if not hidden:
        return f"{where} could not be verified: {cause}."
    noun = "flow log" if len(hidden) == 1 else "flow logs"
    names = listed([asked.name for asked in hidden])
    return (
        f"{where} could not be verified: {cause}. Unknown for it: {len(hidden)} declared {noun} "
        f"({names})."
    )


def not_looked_for(declared: DeclaredFlowLog) -> str:
    """Say that nobody looked where a declared flow log should be."""
    where = " of ".join(part for part in (declared.region, declared.account) if part)
    return (
        f"{_id(declared)} was not looked for: {where or 'its account and region'} was not read. "
        "Name it with --region, or give a --live file of it."
    )


def not_found_by_id(declared: DeclaredFlowLog) -> str:
    """Say that a flow log that was asked for by its id is gone."""
    return f"{_id(declared)} is gone; whether something stands in its place was not asked for."


def not_identified(declared: DeclaredFlowLog) -> str:
    """Say that nobody can tell which live flow log a declaration is about."""
    where = _resource(declared)
    return f"The id of {declared.name} could not be read: it may be any of those on {where}."


def perhaps(declared: DeclaredFlowLog, live: LiveFlowLog, differences: Sequence[Difference]) -> str:
    """Say which live flow log a declaration of unknown id may be."""
    other = f", with {_fields(differences)} changed" if differences else ""
    return f"The id of {declared.name} could not be read: it may be {live.flow_log_id}{other}."


def nothing_at_all(*, narrowed: bool, partial: bool) -> str:
    """Say that there was nothing to compare."""
    if partial:
        return "No flow log is in the preview, which leaves out what does not change."
    if narrowed:
        return "No flow log that --filter or --flow-log-id asks for is declared, and none is live."
    return "No flow log is declared and none is live."


def not_in_answer(declared: DeclaredFlowLog) -> str:
    """Say that a narrowed question cannot tell where a declared flow log went."""
    return (
        f"{_id(declared)} is not in the narrowed answer: it is gone, was replaced, or no longer "
        "fits --filter. Run without --filter and --flow-log-id to tell which."
    )


def when(created_at: str | None) -> str:
    """Return a CreationTime for a person: to the minute, in UTC as AWS gives it."""
    if created_at is None:
        return "at an unknown time"
    return f"{created_at[:10]} {created_at[11:16]} UTC" if len(created_at) > 15 else created_at  # noqa: PLR2004 -- through the minutes


def listed(names: Sequence[str], most: int = 4) -> str:
    """Join names as a sentence does, with a count for what is too many."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    *head, last = names or ("nothing",)
    return f"{', '.join(head)} and {last}" if head else last


def impact(pair: Pair, differences: Sequence[Difference]) -> Reasons:
    """Say why the differences matter, each reason once."""
    reasons: dict[str, None] = {}
    for difference in differences:
        why = why_tag if difference.is_tag else FIELD_BY_NAME[difference.field].why
        reasons.update(dict.fromkeys(why(difference, pair)))
    return tuple(reasons)


def recreation_gap(live: LiveFlowLog) -> str:
    """Say what every replacement costs."""
    return (
        f"Between the deletion of the old one and {when(live.created_at)} no traffic was recorded."
    )


def _fields(differences: Sequence[Difference]) -> str:
    return listed([difference.field for difference in differences])


def _id(declared: DeclaredFlowLog) -> str:
    return declared.flow_log_id or "The declared flow log"


def _resource(declared: DeclaredFlowLog) -> str:
    resource_id = declared.flow_log.resource_id
    if resource_id is None or isinstance(resource_id, Unknown):
        return "the resource"
    return REDACTED if "ResourceId" in declared.secret_fields else resource_id
