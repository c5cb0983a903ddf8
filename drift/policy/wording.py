"""Violations for a terminal or a CI log, where the engine has named policy and resource already."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Final

from drift.errors import DriftError
from drift.escape import visible
from drift.explain import listed, when
from drift.findings import Action, Finding, Kind, Remedy
from drift.model import FlowLog, Lifecycle, Unknown
from drift.policy.judgement import Judgement
from drift.render import text

WIDTH: Final = 70
"""Of a line: the engine indents what it shows by ten columns of the 80 of a terminal."""

_AT_LENGTH: Final = 5
"""Violations of one policy that are told at length; a reader of more wants the list."""

_OPTION: Final = re.compile(r"--(?:profile|assume-role|external-id)\b")
_CREDENTIALS: Final = (
    "Log in (aws sso login), set AWS_PROFILE, or correct the profile or assumeRoles of the "
    "provider."
)


def told(findings: Sequence[Finding], *, preview: bool) -> Iterator[tuple[Finding, str]]:
    """Yield each finding with its message, the first few at length."""
    for number, finding in enumerate(findings):
        worded = _worded(finding, preview=preview)
        yield (
            finding,
            text.detail(worded if number < _AT_LENGTH else _in_short(worded), width=WIDTH),
        )


def _worded(finding: Finding, *, preview: bool) -> Finding:
    """Say what a check of a state could not know, and leave out what the engine shows anyway."""
    subject = replace(finding.subject, project=None, stack=None, declared_at=None)
    finding = replace(finding, subject=subject)
    match finding.kind:
        case Kind.TAGS_MODIFIED if preview:
            names = listed([difference.field for difference in finding.differences])
            differ = "differs" if len(finding.differences) == 1 else "differ"
            return replace(
                finding,
                message=(
                    f"{names} of {subject.live_id} {differ}: this deployment changes that, or it "
                    "was changed outside of Pulumi."
                ),
            )
        case Kind.COLLISION:
            adopt, *others = finding.remedies
            return replace(
                finding,
                message=(
                    f"{subject.live_id}, created {when(subject.live_created_at)}, already watches "
                    "the same resource, traffic and destination: AWS answers FlowLogAlreadyExists "
                    "if another one comes beside it."
                ),
                differences=(),
                unverified_fields=(),
                remedies=(
                    Remedy(
                        action=Action.INSPECT,
                        text=(
                            "If this deployment replaces it, set deleteBeforeReplace (in Python "
                            "delete_before_replace=True): Pulumi creates the new one first."
                        ),
                    ),
                    replace(adopt, text=f"If not: {adopt.text[:1].lower()}{adopt.text[1:]}"),
                    *others,
                ),
            )
        case Kind.UNMANAGED:
            pending = ", or this deployment is about to delete it" if preview else ""
            look, *others = finding.remedies
            return replace(
                finding,
                message=(
                    f"{subject.live_id}, created {when(subject.live_created_at)}, is none of this "
                    "stack's."
                ),
                impact=(),
                remedies=(
                    replace(
                        look,
                        text=(
                            "Find out whose it is: another stack may declare it, some AWS services "
                            f"make flow logs of their own{pending}."
                        ),
                    ),
                    *others,
                ),
            )
        case Kind.UNVERIFIED:
            return replace(
                finding,
                remedies=tuple(
                    replace(remedy, text=_advice(remedy.text)) for remedy in finding.remedies
                ),
            )
        case _:
            return finding


def _advice(next_step: str) -> str:
    """Leave out what helps the command alone: a preview has no options for credentials."""
    return _CREDENTIALS if _OPTION.search(next_step) else next_step


def _in_short(finding: Finding) -> Finding:
    """Keep what happened and what differs; say where the rest is."""
    stack = finding.subject.urn
    return replace(
        finding,
        impact=(),
        notes=(),
        remedies=()
        if stack is None
        else (
            Remedy(
                action=Action.INSPECT,
                text="As above; `drift check` has the commands for each.",
            ),
        ),
    )


# -- what could not be read -----------------------------------------------------------------------


def could_not_ask(failure: DriftError) -> str:
    """Say why AWS was not asked at all, and what to do about it."""
    cause, next_step = visible(failure.cause), visible(_advice(failure.next_step))
    lines = [f"{cause[:1].upper()}{cause[1:].removesuffix('.')}.", "", *_labelled("Do", next_step)]
    return "\n".join(lines)


def _labelled(label: str, sentence: str) -> list[str]:
    return wrapped(f"{sentence[:1].upper()}{sentence[1:]}", first=f"{label:<9}", more=" " * 9)


# -- violations of one flow log as it is declared -------------------------------------------------


def problems(what: Sequence[str], unknown: Sequence[str] = ()) -> str:
    """List what is wrong with a flow log, and what of it could not be judged yet."""
    lines = [line for problem in what for line in wrapped(problem, first="- ", more="  ")]
    if unknown:
        sentence = f"Not judged, as only the deployment will tell: {listed(unknown, 6)}."
        lines += wrapped(sentence)
    return "\n".join(lines)


def wrapped(sentence: str, *, first: str = "", more: str = "") -> list[str]:
    """Wrap a sentence of foreign and own words; words are never broken, so they can be copied."""
    return textwrap.wrap(
        visible(sentence),
        width=WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )


def settings(key_by_key: str) -> str:
    """Say what is wrong with a policy's configuration."""
    wrong = key_by_key.splitlines()
    lines = [line for sentence in wrong for line in wrapped(sentence, first="- ", more="  ")]
    return "\n".join(["The configuration of this policy cannot be followed:", *lines])


# -- what was skipped -----------------------------------------------------------------------------


def skipped(judgement: Judgement) -> str:
    """List the fields that were not judged, and why, a line a flow log; empty if there are none."""
    compared = {
        finding.subject.urn: {unread.field: unread.reason for unread in finding.unverified_fields}
        for finding in judgement.report.findings
        if finding.unverified_fields
    }
    rows: list[tuple[str, str]] = []
    for declared in judgement.contents.declared.flow_logs:
        reasons = dict(compared.get(declared.urn, {}))
        if declared.lifecycle is Lifecycle.TO_CREATE:
            reasons |= {name: unknown.reason for name, unknown in unknowns(declared.flow_log)}
        for reason in dict.fromkeys(reasons.values()):
            names = [name for name, why in reasons.items() if why == reason]
            rows.append((declared.name, f"{listed(names, 6)}: {reason}"))
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return "\n".join(
        [
            "flow-log-drift did not judge:",
            *(f"  {visible(name):<{width}}  {visible(sentence)}" for name, sentence in rows),
        ]
    )


def unknowns(flow_log: FlowLog) -> Iterator[tuple[str, Unknown]]:
    """Yield AWS's names of the fields of a flow log that are not known, and why."""
    for name, value in _members(flow_log):
        if isinstance(value, Unknown):
            yield name, value


def _members(flow_log: FlowLog) -> Iterator[tuple[str, object]]:
    for attribute in fields(FlowLog):
        value = getattr(flow_log, attribute.name)
        match attribute.name:
            case "destination_options":
                for option in fields(value):
                    yield f"DestinationOptions.{_title(option.name)}", getattr(value, option.name)
            case "tags" if not isinstance(value, Unknown):
                yield from ((f"Tags.{key}", given) for key, given in value.items())
            case name:
                yield _title(name), value


def _title(attribute: str) -> str:
    return "".join(word.capitalize() for word in attribute.split("_"))


def unknown_names(flow_log: FlowLog, among: Iterable[str]) -> list[str]:
    """Return which of these fields are not known."""
    wanted = frozenset(among)
    return [name for name, _ in unknowns(flow_log) if name in wanted]
