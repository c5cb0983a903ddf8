"""The report as a comment or a summary."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.check import check
from drift.findings import Changes, Note, Report
from drift.model import LiveFlowLog
from drift.render import markdown, wording
from tests.build import A, declarations, inventory, live
from tests.render.foreign import TEXT
from tests.render.reading import READERS, Seen, github, read
from tests.render.reports import accepted, every_kind, hostile, in_sync, many, nightly

READER = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
ELEMENTS = {
    *("h3", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "b", "code", "pre", "br"),
}


def well_formed(rendered: str, reader: Callable[[str], str]) -> Seen:
    """Read a report: nothing but what the renderer writes, each row as wide as its table."""
    assert "<!--" not in rendered
    assert not re.search(r"^\s*/", rendered, re.MULTILINE)
    # A reader drops the cells that a table has no column for: they are counted in the source.
    outside_of_blocks = re.sub(r"(?ms)^(```+).*?^\1$", "", rendered)
    for table in re.findall(r"(?:^\|.*\n)+", outside_of_blocks, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1
    seen = read(reader(rendered))
    assert set(seen.elements) <= ELEMENTS
    assert {name for name, _ in seen.attributes} <= {"lang", "class"}
    assert not seen.unbalanced
    assert seen.comments == 0
    assert seen.lively == []
    return seen


@pytest.mark.parametrize("make", [every_kind, nightly, accepted, in_sync])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    rendered = markdown.render(make())
    matches_golden(f"{make.__name__}.md", rendered)
    for reader in READERS.values():
        well_formed(rendered, reader)


def test_nothing() -> None:
    assert markdown.render(Report()) == (
        "### ✅ VPC flow logs are in sync\n\nnothing to compare; 0 flow logs declared, 0 live.\n"
    )


def test_nothing_changed() -> None:
    rendered = markdown.render(replace(in_sync(), changes=Changes()))
    assert "**nothing open; the first run, with none before it**" in rendered


@READER
def test_hostile_text_is_only_text(reader: Callable[[str], str]) -> None:
    seen = well_formed(markdown.render(hostile()), reader)
    assert "@octocat @acme/team #1" in seen.code
    assert "more characters" in seen.plain


def test_the_reader_of_these_tests_sees_what_hostile_text_can_do() -> None:
    seen = read(github("@a #1 <b>c</b> https://evil.example <!-- d -->\n"))
    assert seen.lively == ["@", "#", "/", "/", "l.e"]
    assert seen.elements == ["p", "b", "a"]
    assert seen.comments == 1


@READER
@given(text=TEXT)
def test_no_text_changes_what_the_report_is_made_of(
    reader: Callable[[str], str], text: str
) -> None:
    rendered = markdown.render(hostile(text))
    well_formed(rendered, reader)
    assert len(rendered.encode()) <= markdown.LIMIT


def test_the_tables_are_read_as_tables() -> None:
    # The table of findings, then the coverage.
    assert read(github(markdown.render(every_kind()))).rows == [4] * 10 + [3] * 3
    assert read(github(markdown.render(nightly()))).rows == [5] * 10 + [3] * 5


@settings(max_examples=30)
@given(limit=st.integers(4_096, 200_000), count=st.integers(0, 400))
def test_a_limit_is_kept(limit: int, count: int) -> None:
    report = nightly()
    report = replace(
        report,
        findings=many(count).findings,
        coverage=report.coverage * 40,
        in_sync=report.in_sync * 40,
    )
    rendered = markdown.render(report, limit=limit)
    assert len(rendered.encode()) <= limit
    well_formed(rendered, github)
    assert _told(rendered) == count


def _told(rendered: str) -> int:
    """Count the findings that the report shows or says that it leaves out."""
    kinds = re.findall(r"^\| (?:🔴|🟡)&nbsp;", rendered, re.MULTILINE)
    details = re.findall(r"^<summary>(?:🔴|🟡)", rendered, re.MULTILINE)
    unlisted = _number(r"\*\*([\d,]+) more findings?\*\* not listed", rendered)
    untold = _number(r"The details of \*\*([\d,]+) listed findings?\*\* are left out", rendered)
    assert len(details) + untold == len(kinds)
    return len(kinds) + unlisted


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1].replace(",", "")) if found else 0


def test_every_note_is_told() -> None:
    [finding, *_] = every_kind().findings
    everything = replace(finding, notes=tuple(Note))
    report = Report(findings=(everything,), notes=tuple(Note))
    rendered = markdown.render(report)
    well_formed(rendered, github)
    for note in Note:
        assert rendered.count(f"{note.sentence} (`{note}`)") == (
            2 if note in wording.worth_saying(Note) else 1
        )


def test_what_is_left_out_is_counted_and_found_elsewhere() -> None:
    rendered = markdown.render(many(10_000))
    assert markdown.LIMIT - 9_000 < len(rendered.encode()) <= markdown.LIMIT
    assert _told(rendered) == 10_000
    assert rendered.count("`drift render -o text`") == 2


@pytest.mark.parametrize("filling", ["x", "|", "`", "\U000e0041", "🔴", "a ", "@a "])
def test_one_finding_that_is_too_big_by_itself_is_told_in_part(filling: str) -> None:
    tags = {f"{filling * 100}{number}": filling * 10_000 for number in range(50)}
    drifted = live(9, replace(A.flow_log, tags=tags))
    report = check(declarations(A), inventory(drifted))
    rendered = markdown.render(report)
    assert len(rendered.encode()) <= 16_000
    well_formed(rendered, github)
    assert "<b>Replaced</b>: <code>a</code>" in rendered
    assert "more characters" in rendered
    assert "more difference" in rendered


def test_a_command_that_is_too_long_is_left_out_and_not_cut() -> None:
    [finding, *_] = every_kind().findings
    remedy = replace(finding.remedies[0], commands=("pulumi " + "a" * 20_000, "pulumi up"))
    report = replace(every_kind(), findings=(replace(finding, remedies=(remedy,)),))
    rendered = markdown.render(report)
    assert "(a command of 20,007 characters is left out here)" in rendered
    assert "```sh\npulumi up\n```" in rendered


def test_commands_can_be_pasted() -> None:
    rendered = markdown.render(every_kind())
    blocks = re.findall(r"^```sh\n(.*)\n```$", rendered, re.MULTILINE)
    commands = [
        command
        for finding in every_kind().findings
        for remedy in finding.remedies
        for command in remedy.commands
    ]
    assert [shlex.split(block) for block in blocks] == [shlex.split(one) for one in commands]


def test_a_log_format_is_told_by_its_columns() -> None:
    long = " ".join(f"${{column-{number}}}" for number in range(100))
    drifted: LiveFlowLog = live(9, replace(A.flow_log, log_format=f"{long} ${{version}}"))
    rendered = markdown.render(check(declarations(A), inventory(drifted)))
    assert "\n  LogFormat\n-   ${srcaddr}\n-   ${dstaddr}\n-   ${pkt-srcaddr}\n" in rendered
    assert "\n+   ${column-0}\n+   ${column-1}\n" in rendered
    assert "\n+   … 36 more columns\n" in rendered


def test_a_position_is_that_in_the_repository() -> None:
    report = replace(every_kind(), project_folders={"net": "infra/net"})
    assert "`a`<br>`infra/net/network.py:12`" in markdown.render(report)
    outside = replace(every_kind(), project_folders={"net": "../net"})
    assert "network.py" not in markdown.render(outside)


def test_the_same_outcome_is_the_same_text_at_any_time() -> None:
    report = every_kind()
    later = replace(report, generated_at=report.generated_at + timedelta(days=1))
    assert markdown.render(later) == markdown.render(report)
