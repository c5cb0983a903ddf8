"""The report in a terminal."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest

from drift.findings import Kind, Report
from drift.render import text
from tests.render.reports import accepted, every_kind, hostile, in_sync, nightly


def test_every_kind(matches_golden: Callable[[str, str], None]) -> None:
    report = every_kind()
    assert {finding.kind for finding in report.findings} == set(Kind)
    matches_golden("every_kind.txt", text.render(report))


def test_only_names_and_commands_are_wider_than_the_terminal() -> None:
    wide = [line for line in text.render(every_kind()).splitlines() if len(line) > text.WIDTH]
    assert all("urn:pulumi" in line for line in wide)


def test_colour_changes_nothing_but_colour() -> None:
    report = every_kind()
    coloured = text.render(report, color=True)
    assert "\x1b[1;31mflow-log-replaced\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == text.render(report)


def test_hostile_text_cannot_move_the_cursor_or_start_a_line() -> None:
    rendered = text.render(hostile())
    controls = {
        char
        for char in rendered
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} and char != "\n"
    }
    assert controls == set()
    # A workflow command counts only at the start of a line.
    assert not re.search(r"^\s*::", rendered, re.MULTILINE)


@pytest.mark.parametrize("report", [every_kind(), hostile()], ids=["every_kind", "hostile"])
def test_commands_can_be_pasted(report: Report) -> None:
    """Joined again at their backslashes, the shown commands are the commands."""
    rendered = text.render(report)
    for finding in report.findings:
        for remedy in finding.remedies:
            for command in remedy.commands:
                if not command.isprintable():
                    continue
                shown = _as_shown(rendered, command)
                assert shlex.split(shown) == shlex.split(command)


def _as_shown(rendered: str, command: str) -> str:
    """Find the lines of a command in the text and join them as a shell does."""
    joined = rendered.replace(" \\\n", " ")
    lines = [re.sub(r"\s+--", " --", line).strip() for line in joined.splitlines()]
    words = shlex.split(command)
    return next(line for line in lines if line.startswith(words[0]) and _same(line, words))


def _same(line: str, words: list[str]) -> bool:
    try:
        return shlex.split(line) == words
    except ValueError:
        return False


@pytest.mark.parametrize("width", range(60, 101, 5))
def test_commands_can_be_pasted_at_any_width(width: int) -> None:
    """Every command of a short flow log fits on one line or is broken before its options."""
    rendered = text.render(every_kind(), width=width)
    for finding in every_kind().findings:
        for remedy in finding.remedies:
            for command in remedy.commands:
                assert _as_shown(rendered, command)


def test_what_was_said_of_one_finding_is_not_said_again() -> None:
    report = every_kind()
    [missing] = [one for one in report.findings if one.kind is Kind.MISSING]
    other = replace(missing, subject=replace(missing.subject, urn="urn:x::other"))
    rendered = text.render(replace(report, findings=(missing, other)))
    assert "  Why      As for gone.\n" in rendered
    assert "  Revert   As for gone:\n" in rendered
    assert rendered.count("cannot be\n           recovered later") == 1


def test_many_findings_begin_with_the_verdict_and_an_index() -> None:
    rendered = text.render(every_kind())
    assert rendered.startswith("Drifted: ")
    assert "\n  flow-log-missing        gone  vpc-gone\n" in rendered
    assert rendered.split("\n\n")[0].rstrip() == rendered.split("\n\n")[-1].rstrip()


def test_foreign_text_cannot_add_a_line_to_the_reasons() -> None:
    rendered = text.render(hostile())
    assert not re.search(r"^ *\x1b|^ *::warning", rendered, re.MULTILINE)
    assert "\u2028" not in rendered


def test_nothing() -> None:
    assert text.render(Report()) == "In sync: nothing to compare; 0 flow logs declared, 0 live.\n"


def test_in_sync(matches_golden: Callable[[str, str], None]) -> None:
    matches_golden("in_sync.txt", text.render(in_sync()))


def test_a_night_begins_with_what_changed(matches_golden: Callable[[str, str], None]) -> None:
    matches_golden("nightly.txt", text.render(nightly()))


def test_accepted_findings_stand_apart(matches_golden: Callable[[str, str], None]) -> None:
    matches_golden("accepted.txt", text.render(accepted()))
