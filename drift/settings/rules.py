"""`[[accept]]`: the tables that say what drift is accepted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from drift.acceptance import Globs, Rule
from drift.fields import FIELD_BY_NAME
from drift.findings import CAN_BE_DRIFT, Acceptance, Kind
from drift.settings.keys import Key, Shape, Table, Value

_MAGIC: Final = re.compile(r"[*?[]")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def _wrong_fingerprint(text: str) -> str | None:
    if _FINGERPRINT.fullmatch(text):
        return None
    return "a fingerprint is 32 hexadecimal digits, as the report tells it; no glob"


def _wrong_kind(text: str) -> str | None:
    if any(fnmatchcase(kind.value, text) for kind in CAN_BE_DRIFT):
        return None
    if fnmatchcase(Kind.UNVERIFIED.value, text):
        return "what could not be verified can't be accepted: nobody knows what it is"
    return _near(text, "no kind of finding", [kind.value for kind in Kind if kind in CAN_BE_DRIFT])


def _wrong_field(text: str) -> str | None:
    if _MAGIC.search(text) or text in FIELD_BY_NAME or re.fullmatch(r"Tags\..+", text, re.DOTALL):
        return None
    return _near(text, "no field that is compared", [*FIELD_BY_NAME, "Tags.<key>"])


def _near(text: str, what: str, known: list[str]) -> str:
    lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(text.lower(), lower, n=1)
    if near:
        return f"{text!r} is {what}; {lower[near[0]]} may be meant"
    return f"{text!r} is {what}; there are {', '.join(known)}"


ACCEPT: Final = Table(
    name="accept",
    description=(
        "One decision to accept drift. All that it says must hold of a finding; globs are `*`, "
        "`?` and `[seq]`, and of several in a list any may fit."
    ),
    keys=(
        Key(
            name="fingerprint",
            shape=Shape.TEXTS,
            description="The very finding, by its fingerprint in the report.",
            wrong=_wrong_fingerprint,
            pattern="^[0-9a-f]{32}$",
        ),
        Key(
            name="kind",
            shape=Shape.TEXTS,
            description="Kinds of finding, such as flow-log-tags-modified.",
            wrong=_wrong_kind,
        ),
        Key(
            name="urn",
            shape=Shape.TEXTS,
            description="URNs of declared flow logs, such as *::legacy-*.",
        ),
        Key(
            name="stack",
            shape=Shape.TEXTS,
            description="Stacks, such as dev-*, or with the project: net/dev-*.",
        ),
        Key(
            name="account",
            shape=Shape.TEXTS,
            description="AWS accounts, twelve digits in quotes.",
        ),
        Key(name="region", shape=Shape.TEXTS, description="AWS regions, such as eu-*."),
        Key(
            name="resource",
            shape=Shape.TEXTS,
            description="What is watched, such as vpc-0123456789abcdef0.",
        ),
        Key(
            name="field",
            shape=Shape.TEXTS,
            description=(
                "Fields that may differ, such as DestinationOptions.*; a finding in which any "
                "other field differs stays open as a whole."
            ),
            wrong=_wrong_field,
        ),
        Key(
            name="tag",
            shape=Shape.TEXTS,
            description=(
                "Keys of tags that may differ, such as scanner:*; a finding in which anything "
                "else differs stays open as a whole."
            ),
        ),
        Key(
            name="reason",
            shape=Shape.TEXT,
            required=True,
            description="Why this is accepted, for whoever reads the report.",
        ),
        Key(name="owner", shape=Shape.TEXT, description="Who decided it, or looks after it."),
        Key(
            name="until",
            shape=Shape.DATE,
            description="The last day, in UTC, on which it holds.",
        ),
    ),
)


def rule(values: Mapping[str, Value], place: str) -> Rule:
    """Return a rule as the table says it."""
    return Rule(
        place=place,
        acceptance=Acceptance(
            reason=_text(values, "reason") or "",
            owner=_text(values, "owner"),
            until=_text(values, "until"),
        ),
        fingerprints=_globs(values, "fingerprint"),
        kinds=_globs(values, "kind"),
        urns=_globs(values, "urn"),
        stacks=_globs(values, "stack"),
        accounts=_globs(values, "account"),
        regions=_globs(values, "region"),
        resources=_globs(values, "resource"),
        fields=_globs(values, "field"),
        tags=_globs(values, "tag"),
    )


def _text(values: Mapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None


def _globs(values: Mapping[str, Value], name: str) -> Globs:
    value = values.get(name)
    return value if isinstance(value, tuple) else ()
