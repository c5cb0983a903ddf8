"""VPCs that nothing watches: the rule of `vpc-without-flow-log`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from drift.model import Coverage, ResourceType, Unknown
from drift.policy import wording
from drift.policy.options import Settings
from drift.policy.resources import Watched

if TYPE_CHECKING:
    from drift.policy.judgement import Judgement


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bare:
    """A VPC that nothing is known to watch."""

    vpc: Watched
    subnets: tuple[Watched, ...]
    bare_subnets: tuple[Watched, ...]


def without_flow_log(judgement: Judgement, settings: Settings) -> Iterator[tuple[Watched, str]]:
    """Yield each VPC that neither has nor is getting a flow log, with what to say about it.

    One whose subnets in this stack all have a flow log has, too. Nothing is said while a flow log
    watches something that is not known yet: those VPCs are `undecided`.
    """
    coverage = _coverage(judgement)
    if coverage.somewhere:
        return
    for bare in _bare(judgement, coverage):
        if settings.excludes(bare.vpc.name, bare.vpc.urn) or _is_exempt(bare.vpc, settings):
            continue
        yield bare.vpc, _message(bare, judgement)


def undecided(judgement: Judgement) -> tuple[Watched, ...]:
    """Return the VPCs that a flow log may be about to watch, which nobody can tell yet."""
    coverage = _coverage(judgement)
    if not coverage.somewhere:
        return ()
    return tuple(bare.vpc for bare in _bare(judgement, coverage))


def _bare(judgement: Judgement, coverage: _Coverage) -> Iterator[_Bare]:
    watched = judgement.contents.watched
    for vpc in watched:
        if vpc.kind is not ResourceType.VPC or coverage.has(vpc):
            continue
        subnets = tuple(one for one in watched if _is_subnet_of(one, vpc))
        bare = tuple(subnet for subnet in subnets if not coverage.has(subnet))
        if bare or not subnets:
            yield _Bare(vpc=vpc, subnets=subnets, bare_subnets=bare)


def _coverage(judgement: Judgement) -> _Coverage:
    ids: set[str] = set()
    urns: set[str] = set()
    somewhere = False
    for asked in judgement.contents.declared.flow_logs:
        origins = judgement.contents.watches.get(asked.urn, frozenset())
        match asked.flow_log.resource_id:
            case str(resource_id):
                ids.add(resource_id)
            case Unknown():
                # What it is made from may be a look-up, or another program, and lead to any VPC.
                somewhere = somewhere or not origins
                urns |= origins
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


def _message(bare: _Bare, judgement: Judgement) -> str:
    vpc = bare.vpc
    exists = isinstance(vpc.resource_id, str)
    shown = vpc.resource_id if exists and not vpc.has_secret_id else vpc.name
    sentence = f"No flow log watches {shown}"
    if len(bare.bare_subnets) < len(bare.subnets):
        sentence += (
            f" itself, and {len(bare.bare_subnets)} of its {len(bare.subnets)} subnets have none "
            "either"
        )
    what = [f"{sentence}."]
    if exists and not _was_read(vpc, judgement):
        what.append("AWS could not be asked: a flow log of another stack would not be seen.")
    return "\n".join(line for text in what for line in wording.wrapped(text))


def _was_read(vpc: Watched, judgement: Judgement) -> bool:
    return any(
        listing.status is Coverage.READ and listing.could_hold(vpc.account, vpc.region)
        for listing in judgement.inventory.listings
    )
