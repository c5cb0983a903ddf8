"""The JSON Schema of the file."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from drift.cli.configured import tables
from drift.errors import SettingsFileError
from drift.settings.file import SettingsFile, read
from drift.settings.schema import schema

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"^```toml\n(.*?)^```$",
    (ROOT / "README.md").read_text() + (ROOT / "docs/accepting.md").read_text(),
    re.DOTALL | re.MULTILINE,
)


def fits(text: str) -> bool:
    """Whether an editor that knows the schema would take it; dates are texts to it."""
    data = json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))
    return Draft202012Validator(json.loads(schema(tables()))).is_valid(data)


def follows(text: str) -> bool:
    try:
        read(SettingsFile(path=Path("drift.toml"), shown="drift.toml", text=text), tables())
    except SettingsFileError:
        return False
    return True


def test_the_schema_in_the_docs_is_the_printed_one() -> None:
    assert (ROOT / "docs/drift.schema.json").read_text() == schema(tables())
    Draft202012Validator.check_schema(json.loads(schema(tables())))


def test_the_examples_of_the_docs() -> None:
    assert len(EXAMPLES) > 2
    for text in EXAMPLES:
        assert fits(text), text
        assert follows(text), text


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ('"$schema" = "drift.schema.json"', True),
        ("[check]\nstack = 'a'\nregion = ['eu-west-1']\nallow-empty = false", True),
        ("[[accept]]\ntag = 'a'\nreason = 'x'\nuntil = 2026-12-31", True),
        ("[[accept]]\ntag = ['a', 'b']\nreason = 'x'\nuntil = '2026-12-31'", True),
        ("[check]\nprovider-endpoints = true", False),
        ("[check]\nregion = []", False),
        ("[check]\nregion = [1]", False),
        ("[check]\naccount = 123456789012", False),
        ("[check]\naccount = '12'", False),
        ("[other]", False),
        ("[accept]\ntag = 'a'\nreason = 'x'", False),
        ("[[accept]]\ntag = 'a'", False),
        ("[[accept]]\ntag = ''\nreason = 'x'", False),
        ("[[accept]]\ntag = 'a'\nreason = ' '", False),
        ("[[accept]]\nreason = 'x'\nowner = 'y'", False),
        ("[[accept]]\nreason = 'x'\nfingerprint = '01'", False),
        ("[[accept]]\nreason = 'x'\ntag = 'a'\nuntil = true", False),
    ],
)
def test_schema_and_reader_agree(text: str, good: bool) -> None:
    assert (fits(text), follows(text)) == (good, good)
