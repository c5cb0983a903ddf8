"""Make the pictures of the README: python -m tests.pictures.report."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from drift.demo import story
from drift.findings import (
    Changes,
    Finding,
    Kind,
    PlaceCount,
    Report,
    Standing,
    TrackedFinding,
    TrendPoint,
)
from drift.render import html
from tests.browser.conftest import QUIET, find

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
SIZES: Final = {"report.png": (1280, 1330), "report-phone.png": (390, 844)}
_OLD: Final = {Kind.TAGS_MODIFIED: 3, Kind.UNMANAGED: 12}
"""Since how many nights they are open; all else is new."""
_NIGHTS: Final = 120


def the_morning() -> Report:
    """Return what the demo finds, as the nightly report of a team that began in autumn."""
    report = story.report_of_the_morning()
    seen = [finding for finding in report.findings if finding.kind is not Kind.UNVERIFIED]
    tracked = sorted(
        (_tracked(report, finding) for finding in seen),
        key=lambda one: list(Standing).index(one.standing),
    )
    return replace(
        report,
        changes=Changes(
            previous_at=report.generated_at - timedelta(days=1),
            tracked=tuple(tracked),
            trend=tuple(_night(report, seen, ago) for ago in reversed(range(_NIGHTS))),
        ),
    )


def _tracked(report: Report, finding: Finding) -> TrackedFinding:
    nights = _OLD.get(finding.kind, 1)
    return TrackedFinding(
        standing=Standing.STILL_OPEN if finding.kind in _OLD else Standing.NEW,
        kind=finding.kind,
        fingerprint=finding.fingerprint,
        subject=finding.subject,
        message=finding.message,
        first_seen=report.generated_at - timedelta(days=nights - 1),
        nights=nights,
    )


def _night(report: Report, seen: Sequence[Finding], ago: int) -> TrendPoint:
    """Return one night: earlier drift was mended within days, and this one has all of today's."""
    at = report.generated_at - timedelta(days=ago)
    earlier = [
        PlaceCount(
            account=story.ACCOUNT,
            region=region,
            drifted=drifted,
            other=ago % 29 // 24,
            unverified=0,
        )
        for region, drifted in (("eu-west-1", ago % 17 // 14), ("us-east-1", ago % 41 // 36))
        if ago > max(_OLD.values())
    ]
    now = [
        PlaceCount(
            account=finding.subject.account,
            region=finding.subject.region,
            drifted=int(finding.kind in report.fail_on),
            other=int(finding.kind not in report.fail_on),
            unverified=0,
        )
        for finding in seen
        if ago < _OLD.get(finding.kind, 1)
    ]
    unread = [
        PlaceCount(account=entry.account, region=entry.region, drifted=0, other=0, unverified=1)
        for entry in report.coverage
        if entry.status != "read" and ago < 1
    ]
    return TrendPoint(at=at, places=(*earlier, *now, *unread))


def main() -> None:
    """Open the report in a browser, and write down what is seen first."""
    chromium = find()
    if chromium is None:
        sys.exit("needs a Chromium: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(html.render(the_morning()), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        for name, (width, height) in SIZES.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="light"
            )
            page.goto(path.as_uri())
            page.screenshot(path=PICTURES / name)
        browser.close()


if __name__ == "__main__":
    main()
