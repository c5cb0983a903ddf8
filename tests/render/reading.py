"""What a reader of Markdown makes of a text: elements, and text in and out of code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt
from typing_extensions import override

_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})


def github(text: str) -> str:
    """Return the HTML that GitHub's own parser makes, before anything is sanitised."""
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    return html


def markdown_it(text: str) -> str:
    """Return the HTML of another parser, which splits the cells of a table differently."""
    html: str = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return html


READERS: Final[dict[str, Callable[[str], str]]] = {"github": github, "markdown_it": markdown_it}

_LIVELY: Final = re.compile(
    r"""
    [@\#!~%&$^\[\]*_<>/\\=|`"]          # mentions, references, labels, emphasis, quick actions
    | : [^\W\d] | \w :\w* [^\W\d] : | \w \. \w | [^\W\d] - \d | \b [0-9a-f]{7,} \b
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(slots=True)
class Seen:
    """What is there once the Markdown was read."""

    elements: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str | None]] = field(default_factory=list)
    comments: int = 0
    code: str = ""
    plain: str = ""
    rows: list[int] = field(default_factory=list)
    """How many cells each row of a table has."""
    unbalanced: bool = False

    @property
    def lively(self) -> list[str]:
        """What a site could make into more than text: what stands out of code."""
        return _LIVELY.findall(self.plain)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._open: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.elements.append(tag)
        self.seen.attributes += attrs
        if tag == "tr":
            self.seen.rows.append(0)
        if tag in {"td", "th"}:
            self.seen.rows[-1] += 1
        if tag not in _VOID:
            self._open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.seen.unbalanced = True

    @override
    def handle_comment(self, data: str) -> None:
        self.seen.comments += 1

    @override
    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.seen.code += data
        else:
            self.seen.plain += data

    @override
    def close(self) -> None:
        super().close()
        self.seen.unbalanced |= bool(self._open)


def read(html: str) -> Seen:
    """Return what is in an HTML text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.seen
