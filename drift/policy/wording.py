"""Violations for a terminal or a CI log, where the engine has named policy and resource already."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from drift.errors import DriftError
from drift.escape import visible
from drift.explain import listed, when
from drift.findings import REDACTED, Action, Finding, Kind, Remedy
from drift.render import text

WIDTH: Final = 70
"""Of a line: the engine indents what it shows by ten columns of the 80 of a terminal."""

_AT_LENGTH: Final = 5
"""Violations of one policy that are told at length; a reader of more wants the list."""

_MOST_PROBLEMS: Final = 8
"""Of one flow log: a format of thirty names without `${}` is understood before the thirtieth."""

_WITH_CREDENTIALS: Final = re.compile(r"--(?:profile|assume-role|external-id)\b")
_WITH_REGION: Final = re.compile(r"--region\b")
_REGION: Final = "Set AWS_REGION, or the region of the provider (pulumi config set aws:region)."
_CREDENTIALS: Final = (
    "Log in (aws sso login), set AWS_PROFILE, or correct the profile or assumeRoles of the "
    "provider."
)


def told(
    findings: Sequence[Finding], *, preview: bool, secret_ids: AbstractSet[str] = frozenset()
) -> Iterator[tuple[Finding, str]]:
    """Yield each finding with its message, the first few at length.

    `secret_ids` are of watched resources, and not shown.
    """
    for number, finding in enumerate(findings):
        worded = _worded(finding, preview=preview)
        if finding.subject.resource_id in secret_ids:
            worded = replace(worded, subject=replace(worded.subject, resource_id=REDACTED))
        yield (
            finding,
            text.detail(worded if number < _AT_LENGTH else _in_short(worded), width=WIDTH),
        )


def _worded(finding: Finding, *, preview: bool) -> Finding:
    """Say what a check of a state could not know, and leave out what the engine shows anyway."""
    subject = replace(finding.subject, project=None, stack=None, declared_at=None)
    finding = replace(finding, subject=subject)
    match finding.kind:
        case Kind.TAGS_MODIFIED:
            names = listed([difference.field for difference in finding.differences])
            what = f"{names} of {subject.live_id}"
            differ = "differs" if len(finding.differences) == 1 else "differ"
            return replace(
                finding,
                message=(
                    f"{what} {differ}: this deployment changes that, or it was changed outside of "
                    "Pulumi."
                    if preview
                    else f"{what}: changed outside of Pulumi."
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
    """Leave out what helps the command alone: a preview has no options for where and as whom."""
    if _WITH_CREDENTIALS.search(next_step):
        return _CREDENTIALS
    return _REGION if _WITH_REGION.search(next_step) else next_step


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
    cause, next_step = failure.cause, _advice(failure.next_step)
    lines = [*wrapped(f"{_capital(cause)}."), "", *_labelled("Do", f"{_capital(next_step)}.")]
    return "\n".join(lines)


def _labelled(label: str, sentence: str) -> list[str]:
    return wrapped(sentence, first=f"{label:<9}", more=" " * 9)


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}".removesuffix(".")


# -- violations of one flow log as it is declared -------------------------------------------------


def problems(what: Sequence[str], unknown: Sequence[str] = ()) -> str:
    """List what is wrong with a flow log, and what of it could not be judged yet."""
    shown = [*what[:_MOST_PROBLEMS]]
    if len(what) > _MOST_PROBLEMS:
        shown.append(f"And {len(what) - _MOST_PROBLEMS} more like these.")
    lines = [line for problem in shown for line in wrapped(problem, first="- ", more="  ")]
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


def settings(wrong: Sequence[str]) -> str:
    """Say what is wrong with a policy's configuration; its description stands above already."""
    lines = [line for sentence in wrong for line in wrapped(sentence, first="- ", more="  ")]
    said = "Whether that is so was not judged: the policy's configuration is wrong."
    return "\n".join([*wrapped(said), *lines])
