"""The report in a real browser: what a person does with it, and what it must never do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from typing_extensions import override

from drift.findings import Kind, Report
from drift.render import html
from tests.browser.conftest import Open, opened
from tests.build import OTHER_ACCOUNT, REGION
from tests.render.reports import accepted, every_kind, hostile, in_sync, many, nightly

STRICT = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-scripts"
)
SCRIPTLESS = "default-src 'none'; style-src 'unsafe-inline'; script-src 'none'; sandbox"


def shown(page: Page) -> list[str]:
    """Return the kinds of the findings that can be seen."""
    return [
        finding.get_attribute("data-kind") or ""
        for finding in page.locator(".finding").all()
        if finding.is_visible()
    ]


def kinds(report: Report) -> list[str]:
    return [finding.kind.value for finding in report.findings]


@contextmanager
def served(text: str, policy: str) -> Iterator[str]:
    """Serve a text as a page under a content security policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/report.html"
        server.shutdown()
        thread.join()


# -- it opens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report", [every_kind(), nightly(), accepted(), in_sync(), hostile(), Report()]
)
def test_it_opens_without_complaint_and_without_network(open_report: Open, report: Report) -> None:
    page = open_report(report).page
    expect(page.locator("h1")).to_be_visible()
    assert page.locator(".finding").count() == len(report.findings)


def test_a_server_with_a_strict_policy_changes_nothing(context: BrowserContext) -> None:
    with served(html.render(every_kind()), STRICT) as address:
        result = opened(context, address)
        result.page.get_by_label("Kind").select_option("flow-log-missing")
        assert shown(result.page) == ["flow-log-missing"]
        assert {url.partition("#")[0] for url in result.requests} == {address}
        assert result.complaints == []
        assert result.page.locator("h1").evaluate("e => getComputedStyle(e).display") == "flex"


def test_a_server_without_scripts_still_shows_all(context: BrowserContext) -> None:
    with served(html.render(nightly()), SCRIPTLESS) as address:
        page = opened(context, address).page
        readable_without_script(page, nightly())


def test_without_javascript_all_is_there(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(nightly()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    readable_without_script(page, nightly())
    context.close()


def readable_without_script(page: Page, report: Report) -> None:
    """See every finding, unfold one, switch the chart; no control that does nothing."""
    assert shown(page) == kinds(report)
    for control in (page.locator("#filters"), page.locator("#unfold")):
        expect(control).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    folded = page.locator("#flow-log-missing .finding")
    expect(folded.locator(".message")).to_be_hidden()
    folded.locator("summary").first.click()
    expect(folded.locator(".message")).to_be_visible()
    expect(page.locator(".range-90")).to_be_hidden()
    page.get_by_role("radio", name="90 nights").check()
    expect(page.locator(".range-90")).to_be_visible()
    expect(page.locator(".range-30")).to_be_hidden()


# -- filters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "value", "of"),
    [
        ("Kind", "flow-log-unmanaged", lambda one: one.kind is Kind.UNMANAGED),
        ("Account", OTHER_ACCOUNT, lambda one: one.subject.account == OTHER_ACCOUNT),
        ("Region", REGION, lambda one: one.subject.region == REGION),
        ("Stack", "net/prod", lambda one: one.subject.stack == "prod"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_menu_filters(open_report: Open, label: str, value: str, of: object) -> None:
    assert callable(of)
    report = nightly()
    wanted = [finding.kind.value for finding in report.findings if of(finding)]
    assert 0 < len(wanted) < len(report.findings)
    page = open_report(report).page
    page.get_by_role("search").get_by_label(label).select_option(value)
    assert shown(page) == wanted
    noun = f"{len(wanted)} of {len(report.findings)} findings"
    expect(page.get_by_role("status")).to_have_text(noun)


def test_what_is_new_can_be_had_alone(open_report: Open) -> None:
    page = open_report(nightly()).page
    page.get_by_label("Since the run before").select_option("new")
    assert shown(page) == ["flow-log-replaced", "flow-log-tags-modified", "flow-log-undelivered"]
    expect(page.locator("#still-open")).to_be_hidden()


def test_entries_without_a_stack_can_be_had_alone(open_report: Open) -> None:
    page = open_report(nightly()).page
    page.get_by_role("search").get_by_label("Stack").select_option("Without stack")
    assert shown(page) == ["flow-log-unmanaged", "flow-log-unverified"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("vpc-gone", ["flow-log-missing"]),
        ("TAGS.COST", ["flow-log-tags-modified"]),
        ("${pkt-srcaddr} parquet", ["flow-log-replaced"]),
        ("no such thing", []),
    ],
)
def test_text_filters(open_report: Open, text: str, wanted: list[str]) -> None:
    page = open_report(every_kind()).page
    page.get_by_role("searchbox").fill(text)
    expect(page.get_by_role("status")).to_have_text(f"{len(wanted)} of 9 findings")
    assert shown(page) == wanted
    expect(page.get_by_text("Nothing matches the filter.")).to_be_visible(visible=not wanted)


def test_a_view_is_in_its_address(open_report: Open) -> None:
    result = open_report(nightly())
    page = result.page
    page.get_by_role("search").get_by_label("Region").select_option(REGION)
    page.get_by_role("searchbox").fill("vpc & gone")
    expect(page.get_by_role("status")).to_have_text("0 of 9 findings")
    page.get_by_role("radio", name="90 nights").check()
    expect(page).to_have_url(f"{result.address}#region={REGION}&text=vpc+%26+gone&range=90")
    again = open_report(nightly(), page.url.removeprefix(result.address)).page
    expect(again.get_by_role("search").get_by_label("Region")).to_have_value(REGION)
    expect(again.get_by_role("searchbox")).to_have_value("vpc & gone")
    expect(again.get_by_role("radio", name="90 nights")).to_be_checked()
    expect(again.get_by_role("status")).to_have_text("0 of 9 findings")


def test_a_view_of_what_is_not_there_shows_nothing(open_report: Open) -> None:
    page = open_report(every_kind(), "#account=999999999999").page
    assert shown(page) == []
    expect(page.get_by_role("status")).to_have_text("0 of 9 findings")
    expect(page.get_by_role("search").get_by_label("Account")).to_have_value("999999999999")


def test_clear_shows_all_again(open_report: Open) -> None:
    result = open_report(every_kind(), "#kind=flow-log-missing&text=gone")
    page = result.page
    assert shown(page) == ["flow-log-missing"]
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status")).to_have_text("9 findings")
    assert shown(page) == kinds(every_kind())
    expect(page).to_have_url(result.address.partition("#")[0])
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


def test_a_finding_has_an_address(open_report: Open) -> None:
    finding = every_kind().findings[1]
    page = open_report(every_kind(), f"#f-{finding.fingerprint}").page
    expect(page.get_by_text(finding.message)).to_be_visible()
    expect(page.get_by_text(finding.message)).to_be_in_viewport()


def test_a_link_to_a_finding_that_is_filtered_away_shows_it(open_report: Open) -> None:
    page = open_report(nightly(), "#text=vpc-gone").page
    new = nightly().findings[0]
    assert shown(page) == ["flow-log-missing"]
    page.evaluate("hash => { location.hash = hash }", f"#f-{new.fingerprint}")
    expect(page.locator(f"#f-{new.fingerprint}").get_by_text(new.message)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("9 findings")


def test_a_cell_of_the_matrix_leads_to_its_findings(open_report: Open) -> None:
    page = open_report(nightly()).page
    page.locator(".matrix").get_by_role("link", name="6 findings").click()
    expect(page.get_by_role("status")).to_have_text("6 of 9 findings")
    expect(page.get_by_role("search").get_by_label("Region")).to_have_value(REGION)


# -- copying, unfolding, keyboard, paper -----------------------------------------------------------


def test_a_copy_button_copies_exactly_the_command(open_report: Open) -> None:
    page = open_report(every_kind()).page
    commands = every_kind().findings[0].remedies[0].commands
    finding = page.locator(".finding").first
    finding.locator("summary").first.click()
    buttons = finding.locator("pre button")
    for number, command in enumerate(commands):
        buttons.nth(number).click()
        expect(buttons.nth(number)).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == command


def test_copying_works_where_there_is_no_clipboard_interface(
    context: BrowserContext, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(every_kind()), encoding="utf-8")
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page = opened(context, path.as_uri()).page
    page.locator(".finding summary").first.click()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("pre button").first).to_have_text("Copied")
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_role("searchbox")).to_have_value(
        every_kind().findings[0].remedies[0].commands[0]
    )


def test_all_can_be_unfolded_and_folded(open_report: Open) -> None:
    page = open_report(every_kind()).page
    page.get_by_role("button", name="Open all").click()
    for finding in every_kind().findings:
        expect(page.locator(f"#f-{finding.fingerprint} .message")).to_be_visible()
    page.get_by_role("button", name="Close all").click()
    expect(page.locator(".finding .message").first).to_be_hidden()


def test_everything_works_by_keyboard_alone(open_report: Open) -> None:
    page = open_report(every_kind()).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the findings")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Open all")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    first = page.locator(".finding").first
    expect(first.locator(".message")).to_be_visible()
    page.keyboard.press("Tab")  # the whole formats
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    command = every_kind().findings[0].remedies[0].commands[0]
    expect(first.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == command
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Kind")).to_be_focused()
    page.keyboard.type("Miss")
    expect(page.get_by_role("status")).to_have_text("1 of 9 findings")


@pytest.mark.parametrize("scripted", [True, False])
def test_paper_has_all_and_nothing_to_press(
    browser: Browser, tmp_path: Path, *, scripted: bool
) -> None:
    report = nightly()
    path = tmp_path / "report.html"
    path.write_text(html.render(report), encoding="utf-8")
    context = browser.new_context(java_script_enabled=scripted)
    page = context.new_page()
    page.goto(path.as_uri())
    page.emulate_media(media="print")
    if scripted:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for finding in report.findings:
        article = page.locator(f"#f-{finding.fingerprint}")
        for text in (".message", ".facts", "pre", ".differences"):
            for part in article.locator(text).all():
                assert part.bounding_box(), text
                expect(part).to_be_visible()
    expect(page.locator("#in-sync li")).to_be_visible()
    for length in ("30", "90", "all"):
        expect(page.locator(f".range-{length} .bars")).to_be_visible()
        expect(page.locator(f".range-{length} .nights")).to_be_visible()
    for control in page.locator("button, input, select, .skip").all():
        expect(control).to_be_hidden()
    context.close()


# -- everybody can read it -------------------------------------------------------------------------


@cache
def axe() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [nightly, accepted, hostile, in_sync])
def test_axe_finds_nothing(
    browser: Browser, tmp_path: Path, make: object, scheme: Literal["light", "dark"], width: int
) -> None:
    assert callable(make)
    path = tmp_path / "report.html"
    path.write_text(html.render(make()), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(axe())
    violations = page.evaluate("axe.run().then(result => result.violations)")
    assert [
        (one["id"], one["impact"], [node["html"] for node in one["nodes"]][:3])
        for one in violations
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("make", [nightly, hostile])
def test_headings_go_down_one_by_one(open_report: Open, make: object) -> None:
    assert callable(make)
    page = open_report(make()).page
    levels = [
        int(heading.evaluate("heading => heading.tagName.slice(1)"))
        for heading in page.locator("h1, h2, h3:not(.print), h4, h5").all()
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


# -- strangers' text, and very many findings -------------------------------------------------------


def test_strangers_text_stays_text(open_report: Open) -> None:
    page = open_report(hostile("<img src=x onerror=alert(1)><script>alert(2)</script>")).page
    assert page.locator("img, iframe, object, embed, base").count() == 0
    assert page.locator("script").count() == 1
    handlers = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
    names = page.evaluate(f"{handlers}.map(a => a.name)")
    assert not [name for name in names if name.startswith("on") or name == "style"]


def rest(page: Page) -> None:
    """Wait until a large page has done what it was asked: how long is the machine's affair.

    Its timers are served in turn, and this one is later than those that it sets itself.
    """
    page.evaluate("() => new Promise(done => setTimeout(done, 300))")


def test_ten_thousand_findings_can_be_used(open_report: Open) -> None:
    report = many(10_000)
    page = open_report(report).page
    rest(page)
    expect(page.get_by_role("status")).to_have_text("10,000 findings")
    last = report.findings[-1]
    page.get_by_role("searchbox").fill(last.subject.resource_id or "")
    rest(page)
    expect(page.get_by_role("status")).to_have_text("1 of 10,000 findings")
    article = page.locator(f"#f-{last.fingerprint}")
    article.locator("summary").first.click()
    rest(page)
    expect(article.locator(".message")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    rest(page)
    expect(page.get_by_role("status")).to_have_text("10,000 findings")
    page.get_by_role("search").get_by_label("Kind").select_option("flow-log-missing")
    number = kinds(report).count("flow-log-missing")
    rest(page)
    expect(page.get_by_role("status")).to_have_text(f"{number:,} of 10,000 findings")
