"""Foreign text made harmless."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from drift.escape import json_safe, visible


def test_visible() -> None:
    assert visible("a\x1b[31mb\n\u202ec\u200b\U000e0041") == (
        r"a\x1b[31mb\x0a\u202ec\u200b\U000e0041"
    )
    assert visible("naïve 日本語 🚀 `|<@") == "naïve 日本語 🚀 `|<@"


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    left = [char for char in visible(text) if unicodedata.category(char) in {"Cc", "Zl", "Zp"}]
    assert left == []
    assert not any(unicodedata.bidirectional(char) in BIDI_CONTROLS for char in visible(text))


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.dictionaries(st.text(), st.text()))
def test_json_safe_keeps_the_values(value: dict[str, str]) -> None:
    document = json.dumps(value, ensure_ascii=False, indent=2)
    assert json.loads(json_safe(document)) == value
    assert not any(unicodedata.bidirectional(char) in BIDI_CONTROLS for char in json_safe(document))
