"""The coverage matrix: accounts by regions, each with what was read and what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from drift.findings import CoverageEntry, Report
from drift.model import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One account and region; without an entry nobody asked for it."""

    region: str
    entries: tuple[CoverageEntry, ...]
    findings: int
    """Those that are not accepted."""

    @property
    def worst(self) -> Coverage | None:
        """The status that matters most: one failure is not hidden by a success beside it."""
        failed = [entry.status for entry in self.entries if entry.status is not Coverage.READ]
        return failed[0] if failed else (Coverage.READ if self.entries else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account, in every region."""

    account: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Accounts by regions, both sorted; an account that nobody could tell comes last."""

    regions: tuple[str, ...]
    rows: tuple[Row, ...]
    unread: tuple[CoverageEntry, ...]


def matrix(report: Report) -> Matrix:
    """Lay the coverage of a report out."""
    entries: dict[tuple[str | None, str], list[CoverageEntry]] = defaultdict(list)
    for entry in report.coverage:
        entries[entry.account, entry.region].append(entry)
    found = Counter(
        (finding.subject.account, finding.subject.region)
        for finding in report.findings
        if finding.accepted is None
    )
    regions = tuple(sorted({entry.region for entry in report.coverage}))
    accounts = sorted(
        {entry.account for entry in report.coverage}, key=lambda one: (one is None, one or "")
    )
    rows = tuple(
        Row(
            account=account,
            cells=tuple(
                Cell(
                    region=region,
                    entries=tuple(entries.get((account, region), ())),
                    findings=found[account, region],
                )
                for region in regions
            ),
        )
        for account in accounts
    )
    unread = tuple(entry for entry in report.coverage if entry.status is not Coverage.READ)
    return Matrix(regions=regions, rows=rows, unread=unread)
