"""Text that people write to break a renderer, for hypothesis."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from tests.render.reports import HOSTILE

_PIECES: Final = (
    *HOSTILE.split(" "),
    " ",
    "  ",
    "\n",
    "\n\n",
    "`",
    "``",
    "|",
    "\\",
    "\\|",
    "<!--",
    "-->",
    "</code>",
    "</summary>",
    "</details>",
    "<script>",
    "&#64;",
    "@octocat",
    "/close",
    "1.",
    "2)",
    "-",
    "+",
    "#",
    ">",
    "===",
    "---",
    "```",
    "~~~",
    "    ",
    "\t",
    "[ ]",
    "[^1]",
    "deadbeef",
    "::error::",
    "%0A",
    "a",
    "It is gone.",
    "\ud800",
)

TEXT: Final = st.lists(
    st.sampled_from(_PIECES) | st.text(max_size=3) | st.sampled_from("*_~$:()<>!&'\"."),
    max_size=12,
).map("".join)
"""Mostly pieces of markup, in any order."""
