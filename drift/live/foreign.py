"""Foreign text, made fit for a sentence: what AWS and configuration files say is not ours."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 240

_NOISE: Final = re.compile(
    r"\s*Encoded authorization failure message:.*"  # hundreds of characters, for AWS only
    r"|\s*[(;,]?\s*(?:AWS )?Request ?ID:\s*[\w-]+\)?",  # differs in every run
    re.IGNORECASE,
)
_KEY_ID: Final = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")


def clean(text: object, longest: int = _LONGEST) -> str:
    """Return text on one line, without control characters, request ids and key ids, shortened."""
    line = " ".join(str(text).split())
    # Every category C…: control, format (bidirectional overrides), surrogate, private, unassigned.
    line = "".join(char for char in line if unicodedata.category(char)[0] != "C")
    line = _KEY_ID.sub("…", _NOISE.sub("", line)).rstrip(" .")
    return line if len(line) <= longest else line[: longest - 1] + "…"
