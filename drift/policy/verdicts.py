"""What each stack policy says: its share of the findings of a judgement, as violations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from drift.findings import Finding, Kind
from drift.model import DeclaredFlowLog, Unknown
from drift.policy import wording
from drift.policy.catalog import Name
from drift.policy.judgement import Judgement
from drift.policy.options import Settings, matches_any
from drift.policy.resources import Watched
from drift.policy.vpcs import without_flow_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A message, and the resource that it is about; None is the stack as a whole."""

    message: str
    urn: str | None = None


_KINDS: Final = {Name(kind): kind for kind in Kind}


def violations(name: Name, judgement: Judgement, settings: Settings) -> Iterator[Violation]:
    """Yield what a stack policy has to say."""
    if name is Name.VPC_WITHOUT_FLOW_LOG:
        for vpc, message in without_flow_log(judgement, settings):
            yield Violation(message=message, urn=vpc.urn)
        return
    kind = _KINDS[name]
    failure = judgement.failure if kind is Kind.UNVERIFIED and _placed(judgement) else None
    if failure is not None and not settings.excludes(_place(None, None)):
        yield Violation(message=wording.could_not_ask(failure))
    watched = _by_id(judgement)
    findings = _share(kind, judgement, settings, watched)
    secret_ids = {resource_id for resource_id, one in watched.items() if one.has_secret_id}
    for finding, message in wording.told(
        findings, preview=judgement.preview, secret_ids=secret_ids
    ):
        resource = watched.get(finding.subject.resource_id or "")
        urn = finding.subject.urn
        if urn is None and kind is Kind.UNMANAGED and resource is not None:
            urn = resource.urn
        yield Violation(message=message, urn=urn)


def _share(
    kind: Kind, judgement: Judgement, settings: Settings, watched: dict[str, Watched]
) -> list[Finding]:
    findings = [
        finding
        for finding in judgement.report.findings
        if finding.kind is kind and finding.accepted is None
    ]
    match kind:
        case Kind.UNVERIFIED:
            return [one for one in findings if _hides_a_flow_log(one, judgement, settings)]
        case Kind.UNMANAGED:
            known = {*watched, *_watched_ids(judgement)}
            return [
                one
                for one in findings
                if one.subject.resource_id in known
                and not settings.excludes(
                    one.subject.live_id,
                    one.subject.resource_id,
                    *_names_of(watched.get(one.subject.resource_id or "")),
                )
            ]
        case _:
            mine = [
                one
                for one in findings
                if one.subject.urn is not None
                and not settings.excludes(one.subject.name, one.subject.urn)
            ]
    match kind:
        case Kind.TAGS_MODIFIED:
            return [one for finding in mine if (one := _unignored(finding, settings)).differences]
        case Kind.COLLISION:
            # The twin of one that Pulumi deletes first is most likely that very one.
            return [one for one in mine if one.subject.urn not in judgement.contents.deleted_first]
        case _:
            return mine


def _hides_a_flow_log(finding: Finding, judgement: Judgement, settings: Settings) -> bool:
    """Whether an account and region could not be read that this stack has a flow log in.

    A field that could not be compared is none of it: those are listed, and block nothing.
    """
    subject = finding.subject
    if finding.unverified_fields:
        return False
    if settings.excludes(_place(subject.account, subject.region)):
        return False
    return subject.urn is not None or any(
        (subject.account is None or asked.account in {None, subject.account})
        and (asked.region is None or asked.region == subject.region)
        for asked in _placed(judgement)
    )


def _place(account: str | None, region: str | None) -> str:
    """Return what the globs of `exclude` are held against."""
    return f"{account or 'unknown'}/{region or 'unknown'}"


def _placed(judgement: Judgement) -> list[DeclaredFlowLog]:
    """Return the flow logs of which it is known where they are, or will be."""
    contents = judgement.contents
    return [asked for asked in contents.declared.flow_logs if asked.urn not in contents.placeless]


def _unignored(finding: Finding, settings: Settings) -> Finding:
    globs = settings.lists.get("ignoredTags", ())
    return replace(
        finding,
        differences=tuple(
            difference
            for difference in finding.differences
            if not matches_any(globs, [difference.field.removeprefix("Tags.")])
        ),
    )


def _by_id(judgement: Judgement) -> dict[str, Watched]:
    return {
        one.resource_id: one
        for one in judgement.contents.watched
        if isinstance(one.resource_id, str)
    }


def _watched_ids(judgement: Judgement) -> Iterator[str]:
    for asked in judgement.contents.declared.flow_logs:
        resource_id = asked.flow_log.resource_id
        if resource_id is not None and not isinstance(resource_id, Unknown):
            yield resource_id


def _names_of(resource: Watched | None) -> Sequence[str]:
    return () if resource is None else (resource.name, resource.urn)
