"""The findings as CSV (RFC 4180), for a spreadsheet: a row for each, what differs in one cell.

A row is a finding, not a difference: people sort, filter and assign findings.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Final, TypeAlias

from drift.escape import visible
from drift.findings import Finding, Report, TrackedFinding
from drift.render import wording

_Cell: TypeAlias = str | int | None

COLUMNS: Final = (
    "kind",
    "severity",
    "status",
    "project",
    "stack",
    "name",
    "account",
    "region",
    "resource_id",
    "declared_id",
    "live_id",
    "live_created_at",
    "fields",
    "differences",
    "message",
    "impact",
    "notes",
    "delivery_error",
    "file",
    "line",
    "urn",
    "source",
    "accepted_reason",
    "accepted_owner",
    "accepted_until",
    "standing",
    "first_seen",
    "nights",
    "fingerprint",
)
"""The names in the first row; more may follow, none is removed or moved."""

_FORMULA: Final = re.compile(r"(^|;)(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001 -- full width
"""Where a formula would begin; where decimals have a comma, Excel ends a cell at a `;`."""


def render(report: Report) -> str:
    """Return a row for each finding, accepted ones too, below the names of the columns.

    UTF-8 without a byte order mark: programs would read it as part of the first name.
    """
    tracked = {one.fingerprint: one for one in (report.changes.tracked if report.changes else ())}
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        cells = _cells(report, finding, tracked.get(finding.fingerprint))
        writer.writerow([_safe(cells[name]) for name in COLUMNS])
    return table.getvalue()


def _cells(report: Report, finding: Finding, tracked: TrackedFinding | None) -> dict[str, _Cell]:
    subject, accepted = finding.subject, finding.accepted
    names = [
        *(one.field for one in finding.differences),
        *(one.field for one in finding.unverified_fields),
    ]
    return {
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "status": "open" if accepted is None else "accepted",
        "project": subject.project,
        "stack": subject.stack,
        "name": subject.name,
        "account": subject.account,
        "region": subject.region,
        "resource_id": subject.resource_id,
        "declared_id": subject.declared_id,
        "live_id": subject.live_id,
        "live_created_at": subject.live_created_at,
        "fields": ", ".join(names),
        "differences": "; ".join(wording.differing(finding)),
        "message": finding.message,
        "impact": " ".join(finding.impact),
        "notes": ", ".join(finding.notes),
        "delivery_error": finding.delivery_error,
        "file": report.path_in_repository(subject),
        "line": None if subject.declared_at is None else subject.declared_at.line,
        "urn": subject.urn,
        "source": subject.source,
        "accepted_reason": None if accepted is None else accepted.reason,
        "accepted_owner": None if accepted is None else accepted.owner,
        "accepted_until": None if accepted is None else accepted.until,
        "standing": None if tracked is None else tracked.standing.value,
        "first_seen": None if tracked is None else wording.moment(tracked.first_seen),
        "nights": None if tracked is None else tracked.nights,
        "fingerprint": finding.fingerprint,
    }


def _safe(cell: _Cell) -> str | int:
    """Return a cell that is no formula and holds none, whatever is in its text.

    An apostrophe in front makes it text: https://owasp.org/www-community/attacks/CSV_Injection
    """
    match cell:
        case None:
            return ""
        case int():
            return cell
        case str():
            return "".join(wording.cut(_FORMULA.sub(r"\1'", visible(cell)), _CELL))


_CELL: Final = 32_000
"""Characters; Excel refuses a cell of more than 32,767."""
