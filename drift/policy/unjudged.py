"""What a preview can't know, and so was not judged: listed field by field, once a judgement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from drift.escape import visible
from drift.explain import listed
from drift.model import COMPUTED, FlowLog, Lifecycle, Unknown
from drift.policy import vpcs

if TYPE_CHECKING:
    from drift.policy.judgement import Judgement

_MOST_LINES: Final = 10
_MOST_NAMES: Final = 3
_MOST_FIELDS: Final = 6


def told(judgement: Judgement) -> str:
    """List what was not judged, and why, the same of several on one line; empty for nothing."""
    names: dict[str, list[str]] = {}
    for name, what in _unjudged(judgement):
        names.setdefault(what, []).append(name)
    if not names:
        return ""
    shown = [
        (visible(listed(of, _MOST_NAMES)), visible(what))
        for what, of in list(names.items())[:_MOST_LINES]
    ]
    width = max(len(label) for label, _ in shown)
    left = list(names.values())[_MOST_LINES:]
    return "\n".join(
        [
            "flow-log-drift did not judge:",
            *(f"  {label:<{width}}  {what}" for label, what in shown),
            *([f"  and something of {sum(map(len, left))} more"] if left else []),
        ]
    )


def _unjudged(judgement: Judgement) -> Iterator[tuple[str, str]]:
    """Yield names of resources with what of them was not judged, and why."""
    contents = judgement.contents
    compared = {
        finding.subject.urn: {unread.field: unread.reason for unread in finding.unverified_fields}
        for finding in judgement.report.findings
        if finding.unverified_fields
    }
    for declared in contents.declared.flow_logs:
        if declared.urn in contents.placeless:
            yield declared.name, f"{contents.placeless[declared.urn]}: {COMPUTED.reason}"
        reasons = dict(compared.get(declared.urn, {}))
        if declared.lifecycle is Lifecycle.TO_CREATE:
            reasons |= {name: unknown.reason for name, unknown in unknowns(declared.flow_log)}
        for reason in dict.fromkeys(reasons.values()):
            names = [name for name, why in reasons.items() if why == reason]
            yield declared.name, f"{listed(names, _MOST_FIELDS)}: {reason}"
    for vpc in vpcs.undecided(judgement):
        yield vpc.name, f"whether a flow log will watch it: {COMPUTED.reason}"


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
