"""Make foreign text harmless: names, tags and messages come from people and from strangers."""

from __future__ import annotations

import re
from typing import Final

# DEL and C1 controls, soft hyphen, Arabic letter mark, zero-width and bidirectional marks, line and
# paragraph separators, invisible operators, byte order mark, interlinear annotations, lone
# surrogates, tag characters.
_HIDDEN: Final = (
    "\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
_IN_TEXT: Final = re.compile(f"[\x00-\x1f{_HIDDEN}]")
_IN_JSON: Final = re.compile(f"[{_HIDDEN}]")
"""JSON itself escapes the C0 controls inside strings; those outside are its own white space."""


def visible(text: str) -> str:
    r"""Write every character that hides, reorders or moves the cursor as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():  # nearly all there is, and fast
        return text
    return _IN_TEXT.sub(lambda match: _escape(match[0]), text)


def json_safe(document: str) -> str:
    r"""Write the invisible characters inside a JSON document's strings as `\u202e`."""
    return _IN_JSON.sub(lambda match: _json_escape(match[0]), document)


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 -- what \x can write
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 -- likewise \u


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
