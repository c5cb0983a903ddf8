"""Which findings somebody decided to live with, and which of those decisions are stale."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, TypeAlias

from drift.escape import visible
from drift.findings import (
    CAN_BE_DRIFT,
    Acceptance,
    AcceptanceProblem,
    Finding,
    Kind,
    Note,
    Report,
    StaleAcceptance,
    Subject,
)

Globs: TypeAlias = tuple[str, ...]
"""Of which any may fit; empty: no matter what. `*`, `?` and `[seq]`, in upper and lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A decision to accept findings; all that it says must hold of a finding."""

    place: str
    """Where it is written, `drift.toml:12`."""
    acceptance: Acceptance
    fingerprints: tuple[str, ...] = ()
    """In full; no globs."""
    kinds: Globs = ()
    urns: Globs = ()
    stacks: Globs = ()
    """`prod`, or with the project: `net/prod`."""
    accounts: Globs = ()
    regions: Globs = ()
    resources: Globs = ()
    fields: Globs = ()
    """Fields that may differ, `DestinationOptions.*`, `Tags.Owner`."""
    tags: Globs = ()
    """Keys of tags that may differ."""

    @property
    def is_limited(self) -> bool:
        """Whether it leaves anything open: without a condition it would accept all there is."""
        globs = (
            self.kinds,
            self.urns,
            self.stacks,
            self.accounts,
            self.regions,
            self.resources,
            self.fields,
            self.tags,
        )
        return bool(self.fingerprints) or any(
            one and all(glob.strip("*") for glob in one) for one in globs
        )

    @property
    def names_differences(self) -> bool:
        """Whether it accepts differences in some fields rather than whole findings."""
        return bool(self.fields or self.tags)

    def expired(self, today: date) -> bool:
        """Whether its date, the last day on which it holds, has passed."""
        return self.acceptance.until is not None and self.acceptance.until < today.isoformat()


def accepted(report: Report, rules: Sequence[Rule], today: date) -> Report:
    """Return the report with what the rules accept marked, and the stale rules listed.

    `today` is the day in UTC. Nothing else of the report changes.
    """
    candidates = _Candidates(rules)
    touched: set[Rule] = set()
    findings = []
    for finding in report.findings:
        relevant = [rule for rule in candidates.of(finding) if _touches(rule, finding)]
        touched.update(relevant)
        findings.append(replace(finding, accepted=_acceptance(finding, _in_force(relevant, today))))
    return replace(
        report,
        findings=tuple(findings),
        stale_acceptances=tuple(_stale(report, rules, touched, today)),
    )


def covering(finding: Finding, rules: Sequence[Rule], today: date) -> tuple[Rule, ...]:
    """Return the rules that accept a finding, most often one; none where it stays open.

    The first rule that covers all of it is enough. Else rules that name fields or tags may share
    its differences: each of them was accepted by somebody, and nothing else is left of it.
    """
    relevant = [rule for rule in rules if _touches(rule, finding)]
    return _covering(finding, _in_force(relevant, today))


def refusal(finding: Finding) -> str | None:
    """Say why nobody can accept this finding; None where one can.

    What was not seen cannot be accepted: nobody knows what it would be. Only a collision is one
    whatever the fields are that its deployment has yet to fill in.
    """
    if finding.kind is Kind.UNVERIFIED:
        return "it could not be verified: nobody knows yet what there is to accept"
    if finding.unverified_fields and finding.kind is not Kind.COLLISION:
        names = ", ".join(unread.field for unread in finding.unverified_fields)
        return f"{names} could not be compared: nobody knows yet what else there is to accept"
    return None


def rule_for(finding: Finding, acceptance: Acceptance, place: str) -> Rule:
    """Return a rule that accepts this very finding, and not the next, different one.

    Beside the fingerprint, which decides, it says what the fingerprint was made of: so it can be
    told in which runs it should match, and people can read it.
    """
    subject = finding.subject
    if subject.urn is not None:
        return Rule(
            place=place,
            acceptance=acceptance,
            fingerprints=(finding.fingerprint,),
            kinds=(finding.kind.value,),
            urns=_exactly(subject.urn),
        )
    return Rule(
        place=place,
        acceptance=acceptance,
        fingerprints=(finding.fingerprint,),
        kinds=(finding.kind.value,),
        accounts=_exactly(subject.account),
        regions=_exactly(subject.region),
    )


def _exactly(text: str | None) -> Globs:
    """Return a glob for just this text; none for one that a file should not show."""
    if not text or visible(text) != text:
        return ()
    return (re.sub(r"([*?[])", r"[\1]", text),)


# -- what a rule says of a finding ---------------------------------------------------------------

_MADE_OF_DIFFERENCES: Final = frozenset({Kind.MODIFIED, Kind.TAGS_MODIFIED})
"""The kinds that are no more than differences; a replaced flow log, say, is also a gap."""


class _Candidates:
    """Finds the rules that may be about a finding: most rules name a fingerprint, most do not fit.

    So a thousand accepted findings do not meet a thousand rules each.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._by_fingerprint: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        self._others: list[tuple[int, Rule]] = []
        for number, rule in enumerate(rules):
            for fingerprint in dict.fromkeys(rule.fingerprints):
                self._by_fingerprint[fingerprint].append((number, rule))
            if not rule.fingerprints:
                self._others.append((number, rule))

    def of(self, finding: Finding) -> list[Rule]:
        """Return them in the order of the file."""
        named = self._by_fingerprint.get(finding.fingerprint, ())
        both = sorted((*named, *self._others), key=lambda numbered: numbered[0])
        return [rule for _, rule in both]


def _touches(rule: Rule, finding: Finding) -> bool:
    """Whether a rule is about this finding, and accepts at least a part of it."""
    if finding.kind not in CAN_BE_DRIFT or not _applies(rule, finding):
        return False
    return not rule.names_differences or any(
        _covers(rule, difference.field) for difference in finding.differences
    )


def _applies(rule: Rule, finding: Finding) -> bool:
    """Whether all conditions hold, those on single differences apart."""
    if rule.fingerprints and finding.fingerprint not in rule.fingerprints:
        return False
    if rule.names_differences and not (rule.kinds or rule.fingerprints):
        # Who accepts a tag did not accept that the flow log was deleted and made again.
        kind_fits = finding.kind in _MADE_OF_DIFFERENCES
    else:
        kind_fits = _fits(rule.kinds, finding.kind.value)
    return kind_fits and all(
        _fits(globs, *texts) for globs, texts in _conditions(rule, finding.subject)
    )


def _conditions(rule: Rule, subject: Subject) -> Iterator[tuple[Globs, tuple[str | None, ...]]]:
    """Yield the globs about whom a finding is about, and the texts of which one has to fit."""
    stack = subject.stack
    qualified = None if stack is None else f"{subject.project or ''}/{stack}"
    yield rule.urns, (subject.urn,)
    yield rule.stacks, (stack, qualified)
    yield rule.accounts, (subject.account,)
    yield rule.regions, (subject.region,)
    yield rule.resources, (subject.resource_id,)


def _covers(rule: Rule, field: str) -> bool:
    """Whether a difference in this field is accepted by a rule that names fields or tags."""
    if rule.fields and _fits(rule.fields, field):
        return True
    prefix, dot, key = field.partition(".")
    return bool(rule.tags and dot and prefix == "Tags") and _fits(rule.tags, key)


def _fits(globs: Globs, *texts: str | None) -> bool:
    if not globs:
        return True
    pattern = _pattern(globs)
    return any(text is not None and pattern.match(text) for text in texts)


@lru_cache(maxsize=4096)
def _pattern(globs: Globs) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs))


# -- accepting -----------------------------------------------------------------------------------


def _in_force(rules: Iterable[Rule], today: date) -> list[Rule]:
    return [rule for rule in rules if not rule.expired(today)]


def _covering(finding: Finding, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules, of those that touch it and are in force, that accept all of a finding."""
    if refusal(finding) is not None:
        return ()
    fields = [difference.field for difference in finding.differences]
    for rule in rules:
        if not rule.names_differences or all(_covers(rule, field) for field in fields):
            return (rule,)
    shares: list[Rule] = []
    for field in fields:
        first = next((rule for rule in rules if _covers(rule, field)), None)
        if first is None:
            return ()
        shares.append(first)
    used = set(shares)
    return tuple(rule for rule in rules if rule in used)


def _acceptance(finding: Finding, rules: Sequence[Rule]) -> Acceptance | None:
    covered_by = [rule.acceptance for rule in _covering(finding, rules)]
    if len(covered_by) <= 1:
        return covered_by[0] if covered_by else None
    owners = dict.fromkeys(one.owner for one in covered_by if one.owner is not None)
    return Acceptance(
        reason="; ".join(dict.fromkeys(one.reason for one in covered_by)),
        owner=", ".join(owners) or None,
        # The first that expires opens the whole finding again.
        until=min((one.until for one in covered_by if one.until is not None), default=None),
    )


# -- stale rules ---------------------------------------------------------------------------------

_SEES_LESS: Final = frozenset({Note.NARROWED, Note.PREVIEW_INCOMPLETE})
"""Notes of a run that left things out: what is not in it may be there all the same."""


def _stale(
    report: Report, rules: Iterable[Rule], touched: set[Rule], today: date
) -> Iterator[StaleAcceptance]:
    unseen = _Unseen(report)
    for rule in rules:
        if rule in touched:
            if not rule.expired(today):
                continue
            problem = AcceptanceProblem.EXPIRED
        elif unseen.may_hide(rule):
            continue
        else:
            problem = AcceptanceProblem.UNMATCHED
        yield StaleAcceptance(rule=rule.place, problem=problem, acceptance=rule.acceptance)


class _Unseen:
    """What a run did not see: only what would have been seen can be gone."""

    def __init__(self, report: Report) -> None:
        self._report: Final = report
        self._partial: Final = not _SEES_LESS.isdisjoint(report.notes)
        self._hidden: Final = [
            finding.subject
            for finding in report.findings
            if finding.kind is Kind.UNVERIFIED or finding.unverified_fields
        ] + [entry.subject for entry in report.pending]

    def may_hide(self, rule: Rule) -> bool:
        """Whether there may be something that the rule would match, had the run seen it."""
        return (
            self._partial
            or not any(
                _may_be(rule, Subject(project=source.project, stack=source.stack))
                for source in self._report.sources
            )
            or not any(
                _may_fit(rule.accounts, entry.account) and _may_fit(rule.regions, entry.region)
                for entry in self._report.coverage
            )
            # Only a preview shows what a deployment would run into.
            or _names_only(rule.kinds, Kind.COLLISION)
            or any(_may_be(rule, subject) for subject in self._hidden)
        )


def _may_be(rule: Rule, subject: Subject) -> bool:
    """Whether the rule could be about this; what is not known of it may be anything."""
    return all(_may_fit(globs, *texts) for globs, texts in _conditions(rule, subject)) and (
        not rule.urns or any(_may_be_in(glob, subject) for glob in rule.urns)
    )


def _may_be_in(urn: str, subject: Subject) -> bool:
    """Whether what a glob for URNs names may be in the subject's stack."""
    head, _, rest = urn.partition("::")
    project, more, _ = rest.partition("::")
    stack = head.removeprefix("urn:pulumi:")
    if head == stack or _MAGIC.search(head):
        return True
    if subject.stack not in {None, stack}:
        return False
    return not more or bool(_MAGIC.search(project)) or subject.project in {None, project}


_MAGIC: Final = re.compile(r"[*?[]")


def _may_fit(globs: Globs, *texts: str | None) -> bool:
    return all(text is None for text in texts) or _fits(globs, *texts)


def _names_only(globs: Globs, kind: Kind) -> bool:
    return bool(globs) and {one for one in CAN_BE_DRIFT if _fits(globs, one.value)} <= {kind}
