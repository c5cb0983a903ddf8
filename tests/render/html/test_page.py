"""The page as text; what a browser makes of it is in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given, settings

from drift.escape import visible
from drift.findings import Acceptance, Changes, Kind, Report
from drift.render.html import render
from tests.render.foreign import TEXT
from tests.render.reading import Seen, read
from tests.render.reports import accepted, every_kind, hostile, in_sync, many, nightly

ELEMENTS: Final = {
    *("html", "head", "meta", "title", "link", "style", "body", "a", "header", "div"),
    *("p", "span", "time", "h1", "h2", "h3", "h4", "h5", "bdi", "b", "ul", "li"),
    *("form", "label", "input", "select", "option", "output", "button", "main"),
    *("section", "article", "details", "summary", "dl", "dt", "dd", "code", "table"),
    *("caption", "thead", "tbody", "tr", "th", "td", "pre", "svg", "defs", "pattern"),
    *("rect", "path", "figure", "figcaption", "fieldset", "legend", "footer"),
    *("script",),
}
ATTRIBUTES: Final = {
    *("lang", "dir", "charset", "http-equiv", "content", "name", "rel", "href", "id"),
    *("class", "role", "aria-label", "aria-labelledby", "aria-hidden", "aria-live"),
    *("hidden", "type", "placeholder", "autocomplete", "spellcheck", "value"),
    *("disabled", "tabindex", "open", "scope", "colspan", "datetime", "checked"),
    *("focusable", "viewbox", "preserveaspectratio", "d", "x", "y", "width"),
    *("height", "patternunits"),
}


def without_assets(page: str) -> str:
    """Leave out style and script, which are read as files, and their hashes."""
    page = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1…\3", page, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-…", page)


def well_formed(page: str) -> Seen:
    """Read a page: nothing but what the templates write."""
    seen = read(without_assets(page))
    assert set(seen.elements) <= ELEMENTS | {"!doctype"}
    names = {name for name, _ in seen.attributes}
    assert {name for name in names if not name.startswith("data-")} <= ATTRIBUTES
    assert not seen.unbalanced
    assert seen.comments == 0
    for name, value in seen.attributes:
        if name == "href":
            assert value is not None
            assert value == "data:," or re.fullmatch(r"#[\w-]+", value)
    line = page.replace("\n", "")
    assert visible(line) == line
    return seen


@pytest.mark.parametrize("make", [every_kind, nightly, accepted, in_sync])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    page = render(make())
    well_formed(page)
    matches_golden(f"{make.__name__}.html", without_assets(page))


def test_nothing() -> None:
    page = render(Report())
    well_formed(page)
    assert "There was nothing to compare." in page
    assert "No account and region of AWS was read." in page


def test_only_this_very_style_and_script_are_allowed() -> None:
    page = render(every_kind())
    hashes = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    }
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; "
        f"script-src 'sha256-{hashes['script']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_a_hostile_report_adds_no_markup() -> None:
    well_formed(render(hostile()))


@given(TEXT)
@settings(max_examples=30, deadline=None)
def test_no_text_adds_markup(text: str) -> None:
    well_formed(render(hostile(text)))


@given(TEXT)
@settings(max_examples=30, deadline=None)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    [first, *_] = every_kind().findings
    finding = replace(first, message=text, fingerprint=text)
    page = render(Report(findings=(finding,)))
    said = visible(text).translate(
        {
            ord("&"): "&amp;",
            ord("<"): "&lt;",
            ord(">"): "&gt;",
            ord('"'): "&#34;",
            ord("'"): "&#39;",
        }
    )
    assert f'<p class="message">{said}</p>' in page
    assert re.search(r'<article class="[a-z ]+" id="f-[\w-]+"', page)


def test_every_finding_is_there() -> None:
    report = many(500)
    assert set(re.findall(r'<article class="[a-z ]+" id="f-(\w+)"', render(report))) == {
        finding.fingerprint for finding in report.findings
    }


def test_what_is_new_comes_first_and_is_unfolded() -> None:
    report = nightly()
    assert report.changes is not None
    [missing] = [finding for finding in report.findings if finding.kind is Kind.MISSING]
    old = replace(missing, fingerprint="0ld")
    new = next(one for one in report.changes.tracked if one.standing == "new")
    changes = replace(
        report.changes, tracked=(replace(new, fingerprint=missing.fingerprint, kind=missing.kind),)
    )
    page = render(Report(findings=(old, missing), changes=changes))
    assert re.findall(r'id="f-(\w+)"[^>]*>\n<details( open)?>', page) == [
        (missing.fingerprint, " open"),
        ("0ld", ""),
    ]


def test_the_first_run_has_no_news() -> None:
    report = nightly()
    assert report.changes is not None
    page = render(replace(report, changes=replace(report.changes, previous_at=None)))
    assert "This is the first run" in page
    assert 'class="standing ' not in page


def test_nothing_changed() -> None:
    report = in_sync()
    changes = Changes(previous_at=report.generated_at - timedelta(days=1))
    assert "Nothing changed." in render(replace(report, changes=changes))


def test_a_long_list_of_news_is_folded_after_a_dozen() -> None:
    report = nightly()
    assert report.changes is not None
    [first, *_] = report.changes.tracked
    tracked = tuple(replace(first, fingerprint=f"{number:032x}") for number in range(20))
    page = render(replace(report, changes=replace(report.changes, tracked=tracked)))
    assert "<summary>8 more</summary>" in page


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (in_sync(), "2 flow logs are live as declared."),
        (
            replace(every_kind(), fail_on=frozenset()),
            "No drift was found, but not everything could be seen.",
        ),
        (
            Report(findings=every_kind().findings[:1], fail_on=frozenset()),
            "Nothing that counts as drift was found.",
        ),
        (
            Report(
                findings=(replace(every_kind().findings[0], accepted=Acceptance(reason="a trial")),)
            ),
            "Nothing but what was accepted is other than declared.",
        ),
    ],
    ids=["in sync", "unverified", "nothing that counts", "accepted"],
)
def test_the_headline_claims_no_more_than_what_was_seen(report: Report, said: str) -> None:
    [lede] = re.findall(r'<p class="lede">(.*?)</p>', render(report))
    assert lede.startswith(said)


def test_who_does_not_want_the_page_does_not_pay_for_it() -> None:
    code = (
        "import sys\n"
        "from drift.findings import Report\n"
        "from drift.outputs import Format, Terminal, render\n"
        "for format in set(Format) - {Format.HTML}: render(Report(), format, Terminal())\n"
        "print('jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
