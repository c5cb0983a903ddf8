"""Foreign text in GitHub's and GitLab's Markdown, where it can do nothing but be read.

Both sites turn more than Markdown into markup: `@name`, `#1`, `!1`, `~label`, `:emoji:`, `GH-1`,
commit ids, bare addresses, a `/command` that begins a line. Neither escapes nor entities stop
that, since it is looked for in the finished text; but neither site looks inside of code. So words
of plain prose stay what they are, and whatever else there is becomes code.

`<!--` is never written, not even in code: whoever looks for a hidden marker in the source of a
comment finds none that is not its own.
"""

from __future__ import annotations

import html
import re
from typing import Final

from drift.escape import visible
from drift.render.wording import cut

_PLAIN: Final = re.compile(
    r"""
    (?! [0-9a-fA-F]{7,} \Z )                            # a commit's id is a link
    (?! .* [a-z] [A-Z] )                                # LogFormat is a name, like Tags.Owner
    (?: [^\W\d_]+ (?: ['-] [^\W\d_]+ )* | S3 | EC2     # a word, of any script
      | [0-9]{1,3} (?: , [0-9]{3} )+ | [0-9]{1,6}       # a number
      | [0-9]{4} - [0-9]{2} - [0-9]{2} | [0-9]{2} : [0-9]{2}    # a date, a time
    )
    """,
    re.VERBOSE,
)
_TOKEN: Final = re.compile(r"\(? ` [^`]+ ` [.,;:)]* (?! \S ) | \S+", re.VERBOSE)
_BACKTICKS: Final = re.compile("`+")
_MARKER: Final = "<!--"


def prose(text: str, *, most: int) -> str:
    """Return a sentence on one line: plain words as they are, everything else as code.

    What is longer than `most` characters is cut, and says so.
    """
    kept, more = cut(text, most)
    said: list[str] = []
    for token in _TOKEN.findall(_safe(kept)):
        said.append(_token(token, first=not said))
    return " ".join(said) + more


def code(text: str, *, most: int) -> str:
    """Return text as code within a line, in a table or out of it; cut if longer than `most`."""
    kept, more = cut(text, most)
    return _span(_safe(kept)) + more


def html_code(text: str, *, most: int) -> str:
    """Return the same for where Markdown is not read: on a line that begins with an HTML tag."""
    kept, more = cut(text, most)
    return f"<code>{html.escape(_safe(kept))}</code>{more}"


def block(text: str, language: str) -> str:
    """Return a block of code; its text comes from `line` and `command`."""
    runs = _BACKTICKS.findall(text)
    fence = "`" * max(3, *(len(run) + 1 for run in runs)) if runs else "```"
    return f"{fence}{language}\n{text}\n{fence}"


def line(text: str, *, most: int) -> str:
    """Return text as one line for a block of code; cut if longer than `most`."""
    kept, more = cut(text, most)
    return _safe(kept) + more


def command(text: str) -> str:
    """Return a shell command as one line for a block of code: still the same command."""
    # A `<` stands inside of single quotes, or it would be a redirection: ending the quotes and
    # beginning them anew changes nothing for the shell.
    return visible(text).replace(_MARKER, "<''!--")


def _safe(text: str) -> str:
    return visible(text).replace(_MARKER, r"\x3c!--")


def _token(token: str, *, first: bool) -> str:
    begin = "(" if token.startswith("(") else ""
    inner = token[len(begin) :]
    core = inner.rstrip(".,;:" if "(" in inner else ".,;:)")
    end = inner[len(core) :]
    if not core:
        return _span(token)
    quoted = len(core) > 2 and core[0] == core[-1] == "`"  # noqa: PLR2004 -- more than its quotes
    if quoted and "`" not in core[1:-1]:
        return begin + _span(core[1:-1]) + end
    # A number with a full stop that begins a line begins a list.
    if _PLAIN.fullmatch(core) and not (first and core.isdigit() and end):
        return token
    return begin + _span(core) + end


def _span(text: str) -> str:
    """Return code spans. A bar ends a table's cell even inside of one: it gets an element."""
    if "|" not in text:
        return _fenced(text)
    return "<code>&#124;</code>".join(_fenced(part) for part in text.split("|"))


def _fenced(text: str) -> str:
    if not text:
        return ""
    fence = "`"
    runs = set(_BACKTICKS.findall(text))
    while fence in runs:
        fence += "`"
    # One space is taken away at either end, unless there is nothing else.
    edges = text[0] + text[-1]
    pad = " " if "`" in edges or (" " in edges and text.strip(" ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"
