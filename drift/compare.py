"""Compare one declared flow log with one live one, field by field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final, TypeAlias

from drift import arn, log_format
from drift.fields import FIELDS, Assumed, Field, Pair, Reading, live_destination
from drift.findings import (
    REDACTED,
    Difference,
    DifferenceType,
    Note,
    UnverifiedField,
    Value,
)
from drift.model import (
    DeclaredFlowLog,
    FlowLog,
    LiveFlowLog,
    Provider,
    Tags,
    Unknown,
)

_AWS_TAG_PREFIX: Final = "aws:"
"""Tags that AWS itself sets; nobody else can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing a pair."""

    differences: tuple[Difference, ...] = ()
    unverified_fields: tuple[UnverifiedField, ...] = ()
    notes: tuple[Note, ...] = ()


_Outcome: TypeAlias = Difference | UnverifiedField


def compare(declared: DeclaredFlowLog, live: LiveFlowLog) -> Comparison:
    """Return what differs, what could not be compared, and what is worth knowing."""
    pair = Pair(declared=declared, live=live)
    notes: list[Note] = []
    outcomes = [*_compare_fields(pair, notes), *_compare_tags(pair)]
    differences = tuple(outcome for outcome in outcomes if isinstance(outcome, Difference))
    notes += _remarks(pair, differences)
    return Comparison(
        differences=differences,
        unverified_fields=tuple(
            outcome for outcome in outcomes if isinstance(outcome, UnverifiedField)
        ),
        notes=tuple(dict.fromkeys(notes)),
    )


def _compare_fields(pair: Pair, notes: list[Note]) -> Iterator[_Outcome]:
    """Go through the table; most values are plainly equal, and that has to be quick."""
    ignored = pair.declared.ignored_fields
    for row in FIELDS:
        asked, actual = row.declared(pair), row.live(pair)
        if asked == actual and not isinstance(asked, Assumed | Unknown):
            continue
        if ignored and _is_among(row.name, ignored):
            continue
        outcome = _judge(row, asked, actual, pair, notes)
        if outcome is not None:
            yield outcome


def _judge(
    row: Field, asked: Reading, actual: Reading, pair: Pair, notes: list[Note]
) -> _Outcome | None:
    """Decide about two values that are not plainly equal."""
    assumption = next((value for value in (asked, actual) if isinstance(value, Assumed)), None)
    if assumption is not None:
        notes.append(assumption.note)
    asked, actual = _given(asked), _given(actual)
    if asked == actual and not isinstance(asked, Unknown):
        return None
    for equivalence in row.equivalences:
        if equivalence.holds(asked, actual, pair):
            if equivalence.note is not None:
                notes.append(equivalence.note)
            return None
    for value in (asked, actual):
        if isinstance(value, Unknown):
            return UnverifiedField(field=row.name, reason=value.reason)
    if assumption is not None:
        return UnverifiedField(field=row.name, reason=assumption.note.sentence)
    return _difference(row.name, _shown(asked), _shown(actual), pair.declared)


def _given(value: Reading) -> Reading:
    return value.value if isinstance(value, Assumed) else value


def _shown(value: Reading) -> Value:
    """Bring a value into the form that reports show."""
    if isinstance(value, frozenset):
        return tuple(f"{spec.resource_type}: {', '.join(spec.tag_keys)}" for spec in sorted(value))
    if isinstance(value, Unknown | Assumed):
        return None
    return value


def _difference(name: str, asked: Value, actual: Value, declared: DeclaredFlowLog) -> Difference:
    kind = DifferenceType.NOT_EQUAL
    if asked is None or asked == ():
        kind, asked = DifferenceType.ADD, None
    elif actual is None or actual == ():
        kind, actual = DifferenceType.REMOVE, None
    if _is_among(name, declared.secret_fields):
        return Difference(
            field=name,
            type=kind,
            declared=None if asked is None else REDACTED,
            live=None if actual is None else REDACTED,
            digest=hashlib.sha256(repr((asked, actual)).encode()).hexdigest(),
        )
    change = None
    if name == "LogFormat" and isinstance(asked, str) and isinstance(actual, str):
        change = log_format.diff(asked, actual)
    return Difference(field=name, type=kind, declared=asked, live=actual, log_format=change)


def _compare_tags(pair: Pair) -> Iterator[_Outcome]:
    """Compare tags key by key: each is a field of its own, `Tags.<key>`."""
    declared = pair.declared
    asked, actual = declared.flow_log.tags, pair.live.flow_log.tags
    if "Tags" in declared.ignored_fields:
        return
    if isinstance(asked, Unknown):
        yield UnverifiedField(field="Tags", reason=asked.reason)
        return
    if isinstance(actual, Unknown):
        yield UnverifiedField(field="Tags", reason=actual.reason)
        return
    asked = _managed(asked, declared)
    actual = _managed(_set_by_people(actual), declared)
    if asked == actual and not any(isinstance(value, Unknown) for value in asked.values()):
        return
    for key in sorted(asked.keys() | actual.keys()):
        name = f"Tags.{key}"
        wanted, found = asked.get(key), actual.get(key)
        if name in declared.ignored_fields:
            continue
        # Whether the key is there is known whatever its secret value is.
        for value, other in ((wanted, found), (found, wanted)):
            if isinstance(value, Unknown) and other is not None:
                yield UnverifiedField(field=name, reason=value.reason)
                break
        else:
            if wanted != found:
                yield _difference(name, _tag_value(wanted), _tag_value(found), declared)


def _set_by_people(tags: Tags) -> Tags:
    if any(key.startswith(_AWS_TAG_PREFIX) for key in tags):
        return {key: tags[key] for key in tags if not key.startswith(_AWS_TAG_PREFIX)}
    return tags


def _managed(tags: Tags, declared: DeclaredFlowLog) -> Tags:
    """Leave out the tags that the provider was told to ignore (aws-native cannot be told)."""
    ignored = declared.ignored_tags
    if declared.provider is not Provider.AWS or not (ignored.keys or ignored.key_prefixes):
        return tags
    return {key: value for key, value in tags.items() if not ignored.covers(key)}


def _tag_value(value: str | Unknown | None) -> str | None:
    return REDACTED if isinstance(value, Unknown) else value


def _is_among(name: str, names: frozenset[str]) -> bool:
    """Whether the field, or the block that it belongs to, is in the set."""
    return name in names or name.partition(".")[0] in names


def _remarks(pair: Pair, differences: tuple[Difference, ...]) -> list[Note]:
    """Return what is worth knowing about a pair whatever came of its fields."""
    declared, live = pair.declared, pair.live
    notes = health(live)
    asked_format = declared.flow_log.log_format
    if isinstance(asked_format, str) and "$$" in asked_format:
        notes.append(Note.FORMAT_DOUBLE_DOLLAR)
    destination = live_destination(live)
    if isinstance(destination, str) and arn.has_wildcard(destination):
        notes.append(Note.LOG_GROUP_WILDCARD)
    if declared.flow_log.traffic_type is not None and not pair.resource_type.takes_traffic_type:
        notes.append(Note.TRAFFIC_TYPE_IGNORED)
    if declared.pending_replacement:
        notes.append(Note.PENDING_REPLACEMENT)
    if any(_is_among(difference.field, declared.pending_fields) for difference in differences):
        notes.append(Note.PENDING_UPDATE)
    if declared.recorded is not None and not differences and _is_stale(declared, live):
        notes.append(Note.STATE_STALE)
    return notes


def health(live: LiveFlowLog) -> list[Note]:
    """Return what AWS says about delivery; an absent status means nothing."""
    notes = []
    if live.deliver_logs_status == "FAILED" or live.deliver_logs_error_message is not None:
        notes.append(Note.DELIVERY_FAILED)
    if live.flow_log_status is not None and live.flow_log_status != "ACTIVE":
        notes.append(Note.NOT_ACTIVE)
    return notes


def _is_stale(declared: DeclaredFlowLog, live: LiveFlowLog) -> bool:
    """Whether the recorded outputs, put over the inputs that AWS agrees with, would differ."""
    recorded = declared.recorded
    if recorded is None:
        return False
    overlay = {
        name: value
        for name in _ATTRIBUTES
        if (value := getattr(recorded, name)) != getattr(_NOTHING, name)
    }
    as_recorded = replace(declared, flow_log=replace(declared.flow_log, **overlay), recorded=None)
    return bool(compare(as_recorded, live).differences)


_NOTHING: Final = FlowLog()
_ATTRIBUTES: Final = tuple(attribute.name for attribute in fields(FlowLog))
