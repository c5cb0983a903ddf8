"""Rules that are added to a file."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.acceptance import Rule
from drift.errors import SettingsFileError
from drift.findings import Acceptance
from drift.settings.file import SettingsFile, read
from drift.settings.writing import as_toml, with_rule
from tests.render.reports import HOSTILE

RULE: Final = Rule(
    place="drift.toml:1",
    acceptance=Acceptance(reason='Known, see "wiki".', owner="net", until="2026-12-31"),
    fingerprints=("0123456789abcdef0123456789abcdef",),
    kinds=("flow-log-modified",),
    urns=("urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::a[[]1]",),
)
WRITTEN: Final = """\
[[accept]]
# flow-log-modified a (net/prod): LogFormat
fingerprint = "0123456789abcdef0123456789abcdef"
kind = "flow-log-modified"
urn = "urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::a[[]1]"
reason = "Known, see \\"wiki\\"."
owner = "net"
until = 2026-12-31
"""
COMMENT: Final = "flow-log-modified a (net/prod): LogFormat"


def test_a_rule() -> None:
    assert as_toml(RULE, COMMENT) == WRITTEN
    assert with_rule("", RULE, COMMENT) == WRITTEN


def test_several_globs() -> None:
    several = replace(RULE, kinds=("a", "b"), urns=(), acceptance=Acceptance(reason="x"))
    assert as_toml(several, "c") == (
        '[[accept]]\n# c\nfingerprint = "0123456789abcdef0123456789abcdef"\n'
        'kind = ["a", "b"]\nreason = "x"\n'
    )


@pytest.mark.parametrize(
    ("before", "table", "gap"),
    [
        ("# ours\n\n[check]  # odd   layout\nstack='a'\n", (), "\n"),
        ("[check]\nstack='a'", (), "\n\n"),
        ("[[accept]]\ntag='a'\nreason='x'\n# between\n[check]\nstack='a'\n", (), "\n"),
        ("[project]\nname='x'\n[tool.drift.check]\nstack='a'\n", ("tool", "drift"), "\n"),
        ("[[tool.drift.accept]]\ntag='a'\nreason='x'\n[tool.x]\n", ("tool", "drift"), "\n"),
        ("[project]\nname='x'\n", ("tool", "drift"), "\n"),
    ],
)
def test_what_is_there_stays_as_it_is(before: str, table: tuple[str, ...], gap: str) -> None:
    header = f"[[{'.'.join([*table, 'accept'])}]]"
    assert with_rule(before, RULE, COMMENT, table) == before + gap + WRITTEN.replace(
        "[[accept]]", header
    )


def test_lines_that_end_as_on_windows() -> None:
    assert with_rule("[check]\r\n", RULE, COMMENT) == "[check]\r\n\r\n" + WRITTEN.replace(
        "\n", "\r\n"
    )


@pytest.mark.parametrize(
    ("before", "table"),
    [
        ("accept = [{ tag = 'a', reason = 'x' }]\n", ()),
        ("accept = []\n", ()),
        ("tool = { drift = {} }\n", ("tool", "drift")),
    ],
)
def test_a_layout_that_takes_no_table(before: str, table: tuple[str, ...]) -> None:
    with pytest.raises(SettingsFileError) as caught:
        with_rule(before, RULE, COMMENT, table)
    assert caught.value.cause == "the file is laid out in a way that no rule can be added to"


def test_a_hostile_comment_stays_a_comment() -> None:
    text = with_rule("", RULE, f"{HOSTILE}\n[[accept]]\ntag = '*'\r")
    assert text.isascii()
    assert len(tomllib.loads(text)["accept"]) == 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(
    TEXTS, st.none() | TEXTS, st.none() | st.dates(), TEXTS, st.lists(TEXTS, min_size=1, max_size=3)
)
def test_what_is_written_is_read(
    reason: str, owner: str | None, until: object, comment: str, globs: list[str]
) -> None:
    rule = Rule(
        place="drift.toml:3",
        acceptance=Acceptance(
            reason=reason, owner=owner, until=None if until is None else str(until)
        ),
        fingerprints=RULE.fingerprints,
        resources=tuple(globs),
    )
    text = with_rule("# ours\n", rule, comment)
    file = SettingsFile(path=Path("drift.toml"), shown="drift.toml", text=text)
    assert read(file, ()).rules == (rule,)
