from __future__ import annotations

from dataclasses import replace

from drift.findings import Acceptance, CoverageEntry, Report
from drift.model import Coverage
from drift.render.html.coverage import Cell, Matrix, Row, matrix
from tests.build import ACCOUNT, OTHER_ACCOUNT, REGION
from tests.render.reports import every_kind

READ = CoverageEntry(account=ACCOUNT, region=REGION, status=Coverage.READ, flow_logs=7)
DENIED = CoverageEntry(
    account=OTHER_ACCOUNT, region="ap-south-1", status=Coverage.DENIED, flow_logs=0, reason="no"
)


def cell(region: str, *entries: CoverageEntry, findings: int = 0) -> Cell:
    return Cell(region=region, entries=entries, findings=findings)


def test_accounts_by_regions() -> None:
    report = replace(every_kind(), coverage=(READ, DENIED))
    assert matrix(report) == Matrix(
        regions=("ap-south-1", REGION),
        rows=(
            Row(account=ACCOUNT, cells=(cell("ap-south-1"), cell(REGION, READ, findings=8))),
            Row(
                account=OTHER_ACCOUNT,
                cells=(cell("ap-south-1", DENIED, findings=1), cell(REGION)),
            ),
        ),
        unread=(DENIED,),
    )


def test_accepted_findings_do_not_count() -> None:
    report = every_kind()
    accepted = tuple(
        replace(finding, accepted=Acceptance(reason="known")) for finding in report.findings
    )
    cells = [cell for row in matrix(replace(report, findings=accepted)).rows for cell in row.cells]
    assert [cell.findings for cell in cells] == [0, 0, 0, 0]


def test_an_account_that_nobody_could_tell_comes_last() -> None:
    unknown = replace(DENIED, account=None)
    rows = matrix(Report(coverage=(unknown, READ))).rows
    assert [row.account for row in rows] == [ACCOUNT, None]


def test_a_failure_is_not_hidden_by_a_success() -> None:
    failed = replace(READ, status=Coverage.FAILED)
    [row] = matrix(Report(coverage=(READ, failed))).rows
    assert row.cells == (cell(REGION, READ, failed),)
    assert row.cells[0].worst is Coverage.FAILED


def test_what_nobody_asked_for_has_no_status() -> None:
    assert cell(REGION).worst is None
    assert cell(REGION, READ).worst is Coverage.READ


def test_nothing() -> None:
    assert matrix(Report()) == Matrix(regions=(), rows=(), unread=())
