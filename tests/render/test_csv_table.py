"""CSV, read back by a program and, as far as that can be told, by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from drift.findings import Report
from drift.render import csv_table
from tests.render.foreign import TEXT
from tests.render.reports import accepted, every_kind, hostile, nightly


def rows(report: Report) -> list[dict[str, str]]:
    """Return each row by the names of the columns; a row of another length fails."""
    first, *others = csv.reader(io.StringIO(csv_table.render(report), newline=""), strict=True)
    return [dict(zip(first, row, strict=True)) for row in others]


@pytest.mark.parametrize("make", [every_kind, accepted, nightly])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    matches_golden(f"{make.__name__}.csv", csv_table.render(make()).replace("\r\n", "\n"))


def test_a_row_is_a_finding() -> None:
    report = nightly()
    told = rows(report)
    assert [row["fingerprint"] for row in told] == [one.fingerprint for one in report.findings]
    assert [(row["kind"], row["standing"], row["nights"]) for row in told[:3]] == [
        ("flow-log-replaced", "new", "1"),
        ("flow-log-missing", "still-open", "2"),
        ("flow-log-modified", "still-open", "42"),
    ]


def test_what_is_accepted_is_there_with_its_reason() -> None:
    assert [(row["status"], row["accepted_reason"]) for row in rows(accepted())] == [
        ("open", ""),
        ("accepted", "Moves to the log archive in April, see the plan."),
    ]


def test_nothing_to_say_is_the_names_alone() -> None:
    assert csv_table.render(Report()) == ",".join(csv_table.COLUMNS) + "\r\n"


@settings(max_examples=50)
@given(TEXT)
def test_no_cell_is_a_formula_or_holds_a_line_break(text: str) -> None:
    report = hostile(text)
    told = rows(report)
    assert len(told) == len(report.findings)
    for row in told:
        for cell in row.values():
            for part in cell.split(";"):
                assert not part.lstrip().startswith(("=", "+", "-", "@"))
            assert cell.isprintable() or not set(cell) & set("\r\n\t\x1b")
            assert len(cell) <= 32_767


def test_what_a_spreadsheet_that_splits_at_semicolons_would_calculate_is_text() -> None:
    assert {row["account"] for row in rows(hostile("a; =cmd()"))} >= {"a;' =cmd()"}


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@sum", "\t=1", " =1", "\uff1d1"])
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    [cell] = {row["account"] for row in rows(hostile(text)) if row["account"].endswith(text[-1])}
    assert cell[0] in "'\\"
