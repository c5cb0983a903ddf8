"""Add a rule to a file; the only door to tomlkit, which knows how TOML spells a text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date

import tomlkit

from drift.acceptance import Rule
from drift.errors import SettingsFileError
from drift.escape import visible
from drift.settings.rules import ACCEPT


def as_toml(rule: Rule, comment: str, table: Sequence[str] = ()) -> str:
    """Return a rule as it is written, under a comment for people.

    `table` is where in the file the settings are.
    """
    spelled = tomlkit.table()
    spelled.add(tomlkit.comment(visible(comment)))
    for name, value in _values(rule).items():
        spelled.add(name, value)
    return f"[[{'.'.join([*table, ACCEPT.name])}]]\n{spelled.as_string()}"


def with_rule(text: str, rule: Rule, comment: str, table: Sequence[str] = ()) -> str:
    """Return the document with one rule more at its end; what it says already stays as it is.

    `SettingsFileError` where its rules are written in a way that no table can be added to.
    """
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    addition = gap + as_toml(rule, comment, table)
    longer = text + (addition.replace("\n", "\r\n") if "\r\n" in text else addition)
    try:
        after = _rules(tomllib.loads(longer), table)
    except tomllib.TOMLDecodeError:
        after = []
    if after != [*_rules(tomllib.loads(text), table), _values(rule)]:
        header = ".".join([*table, ACCEPT.name])
        raise SettingsFileError(
            "the file is laid out in a way that no rule can be added to",
            next_step=f"write its rules as [[{header}]], each a table, and try again",
        )
    return longer


def _values(rule: Rule) -> Mapping[str, object]:
    globs = {
        "fingerprint": rule.fingerprints,
        "kind": rule.kinds,
        "urn": rule.urns,
        "stack": rule.stacks,
        "account": rule.accounts,
        "region": rule.regions,
        "resource": rule.resources,
        "field": rule.fields,
        "tag": rule.tags,
    }
    decision = rule.acceptance
    until = None if decision.until is None else date.fromisoformat(decision.until)
    said = {"reason": decision.reason, "owner": decision.owner, "until": until}
    return {name: one[0] if len(one) == 1 else list(one) for name, one in globs.items() if one} | {
        name: value for name, value in said.items() if value is not None
    }


def _rules(data: Mapping[str, object], table: Sequence[str]) -> list[object]:
    for name in table:
        inner = data.get(name)
        data = inner if isinstance(inner, dict) else {}
    found = data.get(ACCEPT.name)
    return found if isinstance(found, list) else []
