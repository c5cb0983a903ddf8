"""Foreign text: what AWS, states and configuration files say is not ours."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from drift.identifiers import ACCOUNT, REGION

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


def misnamed(account: str | None, region: str) -> tuple[Literal["account", "region"], str] | None:
    """Return which name could be no place of AWS, and why, in a clause; None if both could be."""
    if not REGION.fullmatch(region):
        return "region", f"{clean(region, 40)!r} is not the name of an AWS region"
    if account is not None and not ACCOUNT.fullmatch(account):
        return "account", f"{clean(account, 40)!r} is not an AWS account: it needs twelve digits"
    return None
