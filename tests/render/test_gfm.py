"""Foreign text in Markdown, read by GitHub's own parser and by another one."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drift.escape import visible
from drift.render import gfm
from tests.render.foreign import TEXT
from tests.render.reading import READERS, read

READER = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def squeezed(text: str) -> str:
    return "".join(text.split())


def shown(text: str) -> str:
    return visible(text).replace("<!--", r"\x3c!--")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("fl-01 is gone, and so is it.", "`fl-01` is gone, and so is it."),
        ("with LogFormat and Tags.Owner changed", "with `LogFormat` and `Tags.Owner` changed"),
        ("created 2026-03-02 10:11 UTC, 10,000 of", "created 2026-03-02 10:11 UTC, 10,000 of"),
        ("account 123456789012 (in us-east-1).", "account `123456789012` (in `us-east-1`)."),
        ("`Rate limited` is (`a b`), too", "`Rate limited` is (`a b`), too"),
        ("can't be read: stand-in", "can't be read: stand-in"),
        ("1. @octocat #1 /close", "`1`. `@octocat` `#1` `/close`"),
        ("commit defaced, Decade of", "commit `defaced`, Decade of"),
        ("f(x) is", "`f(x)` is"),
        ("a  b\nc", r"a `b\x0ac`"),
        ("größer 日本 и", "größer 日本 и"),
        ("", ""),
    ],
)
def test_prose_is_plain_words_and_code(text: str, markdown: str) -> None:
    assert gfm.prose(text, most=100) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``a", "` ``a `"),
        (" a", "`  a `"),
        (" ", "` `"),
        ("a|b", "`a`<code>&#124;</code>`b`"),
        ("|", "<code>&#124;</code>"),
        ("<!-- a -->", r"`\x3c!-- a -->`"),
        ("a\nb", r"`a\x0ab`"),
        ("", ""),
    ],
)
def test_code(text: str, markdown: str) -> None:
    assert gfm.code(text, most=100) == markdown


def test_what_is_cut_says_how_much() -> None:
    assert gfm.code("a" * 1_005, most=5) == "`aaaaa`… (1,000 more characters)"
    assert gfm.prose("one two three", most=7) == "one two… (6 more characters)"
    assert gfm.html_code("<" * 5, most=2) == "<code>&lt;&lt;</code>… (3 more characters)"
    assert gfm.line("a" * 5, most=2) == "aa… (3 more characters)"


def test_a_fence_is_longer_than_what_is_in_it() -> None:
    assert gfm.block("a", "sh") == "```sh\na\n```"
    assert gfm.block("a ```` b", "diff") == "`````diff\na ```` b\n`````"


@READER
@given(text=TEXT)
@example(text="\\|`")
@example(text="a\\")
def test_in_a_table_code_is_one_cell_of_that_very_text(
    reader: Callable[[str], str], text: str
) -> None:
    table = f"| a | b | c |\n|---|---|---|\n| x | {gfm.code(text, most=1_000)} | z |\n"
    seen = read(reader(table))
    assert set(seen.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert seen.rows == [3, 3]
    assert seen.code == shown(text)
    assert squeezed(seen.plain) == "abcxz"
    assert not seen.unbalanced


@READER
@pytest.mark.parametrize("begin", ["", "- ", "| a |\n|---|\n| "], ids=["line", "list", "table"])
@given(text=TEXT)
def test_prose_makes_nothing_but_code_and_plain_words(
    reader: Callable[[str], str], begin: str, text: str
) -> None:
    end = " |" if begin.startswith("|") else ""
    seen = read(reader(f"{begin}{gfm.prose(text, most=1_000)}{end}\n"))
    assert set(seen.elements) <= {
        *("p", "code"),
        *(("ul", "li") if begin == "- " else ()),
        *(("table", "thead", "tbody", "tr", "th", "td") if end else ()),
    }
    assert seen.lively == []
    assert not seen.unbalanced
    assert all(count == 1 for count in seen.rows)


@READER
@given(text=TEXT)
def test_a_summary_holds_its_text(reader: Callable[[str], str], text: str) -> None:
    folded = f"<details>\n<summary>{gfm.html_code(text, most=1_000)}</summary>\n\nb\n\n</details>"
    seen = read(reader(folded))
    assert seen.elements == ["details", "summary", "code", "p"]
    assert seen.code == shown(text)
    assert squeezed(seen.plain) == "b"
    assert not seen.unbalanced


@READER
@given(texts=st.lists(TEXT, min_size=1, max_size=3))
def test_a_block_holds_its_lines(reader: Callable[[str], str], texts: list[str]) -> None:
    block = gfm.block("\n".join(gfm.line(text, most=1_000) for text in texts), "diff")
    seen = read(reader(f"{block}\n\nb\n"))
    assert seen.elements == ["pre", "code", "p"]
    assert seen.code == "".join(f"{shown(text)}\n" for text in texts)
    assert squeezed(seen.plain) == "b"


@given(text=TEXT)
def test_no_text_holds_a_hidden_marker(text: str) -> None:
    for made in (
        gfm.prose(text, most=1_000),
        gfm.code(text, most=1_000),
        gfm.html_code(text, most=1_000),
        gfm.line(text, most=1_000),
        gfm.command(shlex.quote(text)),
    ):
        assert "<!--" not in made
        assert "\n" not in made


@given(words=st.lists(TEXT.filter(str.isprintable), min_size=1, max_size=4))
@example(words=["<!-- drift -->"])
def test_a_command_is_still_the_same_to_a_shell(words: list[str]) -> None:
    assert shlex.split(gfm.command(shlex.join(words))) == [visible(word) for word in words]
