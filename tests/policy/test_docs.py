"""docs/policies.md says what the pack does."""

from __future__ import annotations

import json
import re
from typing import Final

from drift.policy import options
from drift.policy.catalog import CARDS, DOCUMENTATION
from tests.policy.engine import ROOT

PAGE: Final = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")


def test_every_policy_has_a_row_and_a_heading() -> None:
    assert DOCUMENTATION.endswith("/docs/policies.md")
    rows = re.findall(
        r"^\| \[([a-z-]+)\]\(#\1\) \| (\w+) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE
    )
    assert rows == [
        (card.name, card.scope, card.level, "yes" if card.reads_aws else "no") for card in CARDS
    ]
    headings = re.findall(r"^## ([a-z]+(?:-[a-z]+)+)$", PAGE, re.MULTILINE)
    assert headings == [card.name for card in CARDS]


def test_every_key_is_explained_where_its_policy_is() -> None:
    _, *parts = re.split(r"^## (.*)$", PAGE, flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    for card in CARDS:
        explained = re.findall(r"^\| `(\w+)` \|", sections[card.name], re.MULTILINE)
        own = [option.name for option in card.options if option is not options.EXCLUDE]
        assert explained == own


def test_the_example_is_followed() -> None:
    [text] = re.findall(r"<!-- config: example -->\n```json\n(.*?)```", PAGE, re.DOTALL)
    by_name = {card.name: card for card in CARDS}
    for name, given in json.loads(text).items():
        config = {} if isinstance(given, str) else {**given}
        config.pop("enforcementLevel", None)
        options.read(by_name[name].options, config)
