"""VPCs that nothing watches: the rule of `vpc-without-flow-log`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from drift.model import Coverage, ResourceType, Unknown
from drift.policy import wording
from drift.policy.judgement import Judgement
from drift.policy.options import Settings
from drift.policy.resources import Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coverage:
    """What the flow logs of the stack, and the live ones, watch."""

    ids: frozenset[str]
    urns: frozenset[str]
    """Of resources that the watched id comes from: in a preview it may not be known yet."""
    somewhere: bool
    """Whether a flow log watches something that nobody can name yet."""

    def has(self, resource: Watched) -> bool:
        return resource.urn in self.urns or (
            isinstance(resource.resource_id, str) and resource.resource_id in self.ids
        )


def without_flow_log(judgement: Judgement, settings: Settings) -> Iterator[tuple[Watched, str]]:
    """Yield each VPC that neither has nor is getting a flow log, with what to say about it.

    One whose subnets in this stack all have a flow log has, too. Nothing is said while a flow log
    watches something that is not known yet: it may be that VPC.
    """
    coverage = _coverage(judgement)
    if coverage.somewhere:
        return
    for vpc in judgement.contents.watched:
        if vpc.kind is not ResourceType.VPC or coverage.has(vpc):
            continue
        if settings.excludes(vpc.name, vpc.urn) or _is_exempt(vpc, settings):
            continue
        subnets = [one for one in judgement.contents.watched if _is_subnet_of(one, vpc)]
        bare = [subnet for subnet in subnets if not coverage.has(subnet)]
        if bare or not subnets:
            yield vpc, _message(vpc, subnets, bare, judgement)


def _coverage(judgement: Judgement) -> _Coverage:
    ids: set[str] = set()
    urns: set[str] = set()
    somewhere = False
    for asked in judgement.contents.declared.flow_logs:
        origins = judgement.contents.watches.get(asked.urn, frozenset())
        urns |= origins
        match asked.flow_log.resource_id:
            case str(resource_id):
                ids.add(resource_id)
            case Unknown():
                somewhere = somewhere or not origins
            case None:
                pass
    for listing in judgement.inventory.listings:
        for live in listing.flow_logs:
            if isinstance(live.flow_log.resource_id, str):
                ids.add(live.flow_log.resource_id)
    return _Coverage(ids=frozenset(ids), urns=frozenset(urns), somewhere=somewhere)


def _is_exempt(vpc: Watched, settings: Settings) -> bool:
    """Whether a tag says so; a tag whose value is not known yet may be the one."""
    exempt = settings.tables.get("exemptTags", {})
    if isinstance(vpc.tags, Unknown):
        return bool(exempt)
    return any(
        fnmatchcase(key, key_glob) and (isinstance(value, Unknown) or fnmatchcase(value, glob))
        for key_glob, glob in exempt.items()
        for key, value in vpc.tags.items()
    )


def _is_subnet_of(resource: Watched, vpc: Watched) -> bool:
    return resource.kind is ResourceType.SUBNET and (
        vpc.urn in resource.vpc_urns
        or (isinstance(resource.vpc_id, str) and resource.vpc_id == vpc.resource_id)
    )


def _message(
    vpc: Watched, subnets: list[Watched], bare: list[Watched], judgement: Judgement
) -> str:
    exists = isinstance(vpc.resource_id, str)
    sentence = f"No flow log watches {vpc.resource_id if exists else vpc.name}"
    if len(bare) < len(subnets):
        sentence += f" itself, and {len(bare)} of its {len(subnets)} subnets have none either"
    what = [f"{sentence}."]
    if exists and not _was_read(vpc, judgement):
        what.append("AWS could not be asked: a flow log of another stack would not be seen.")
    return "\n".join(line for text in what for line in wording.wrapped(text))


def _was_read(vpc: Watched, judgement: Judgement) -> bool:
    return any(
        listing.status is Coverage.READ and listing.could_hold(vpc.account, vpc.region)
        for listing in judgement.inventory.listings
    )
