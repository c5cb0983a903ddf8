"""A real browser for all tests of this folder, and pages that tell all they do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from drift.findings import Report
from drift.render import html

REQUIRE = "FLOW_LOG_DRIFT_REQUIRE_BROWSER"
"""Where this is set, a missing browser fails the tests that need one."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",  # containers have no user namespaces to make one of
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the browser: it is started once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a Chromium; skip where there is none."""
    found = find()
    if found is None:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, and there is none of {', '.join(NAMES)}")
        pytest.skip("needs a Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@dataclass(slots=True)
class Opened:
    """A page, and what it did so far."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, and whatever it wrote to the console."""


Open: TypeAlias = Callable[..., Opened]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh profile that may use the clipboard."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Opened:
    """Open an address and listen to what happens there."""
    page = context.new_page()
    result = Opened(page, address)

    def asked(request: Request) -> None:
        result.requests.append(request.url)

    page.on("request", asked)
    page.on("console", lambda message: result.complaints.append(message.text))
    page.on("pageerror", lambda error: result.complaints.append(str(error)))
    page.goto(address)
    return result


@pytest.fixture
def open_report(context: BrowserContext, tmp_path: Path) -> Iterator[Open]:
    """Render a report into a file, open it, and see in the end that it kept to itself."""
    every: list[Opened] = []

    def open_it(report: Report, fragment: str = "") -> Opened:
        path = tmp_path / "report.html"
        path.write_text(html.render(report), encoding="utf-8")
        every.append(opened(context, f"{path.as_uri()}{fragment}"))
        return every[-1]

    yield open_it
    for each in every:
        assert each.complaints == []
        assert {url.partition("#")[0] for url in each.requests} <= {
            each.address.partition("#")[0],
            "data:,",
        }
