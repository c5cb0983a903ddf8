"""The JSON document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from drift.findings import Report
from drift.model import DeclarationSource
from drift.render import json_v1
from tests.render.reports import every_kind, hostile

DOCS = Path(__file__).parents[2] / "docs"

REPORTS = pytest.mark.parametrize(
    "report", [Report(), every_kind(), hostile()], ids=["empty", "every_kind", "hostile"]
)


def test_every_kind(matches_golden: Callable[[str, str], None]) -> None:
    matches_golden("every_kind.json", json_v1.render(every_kind()))


def test_the_schema_in_the_docs_is_the_printed_one() -> None:
    assert (DOCS / "report.schema.json").read_text() == json_v1.schema()


@REPORTS
def test_documents_fit_the_schema(report: Report) -> None:
    schema = json.loads(json_v1.schema())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(json_v1.render(report)))


@REPORTS
def test_every_key_is_always_there(report: Report) -> None:
    schema = json.loads(json_v1.schema())
    for definition in schema["$defs"].values():
        if definition.get("type") == "object":
            assert sorted(definition["required"]) == sorted(definition["properties"])
    document = json.loads(json_v1.render(report))
    assert document.keys() == schema["$defs"]["Document"]["properties"].keys()


def test_hostile_text_comes_through_unchanged_and_is_written_in_ascii_escapes() -> None:
    report = hostile()
    rendered = json_v1.render(report)
    document = json.loads(rendered)
    assert document["findings"][0]["project"] == report.findings[0].subject.project
    for character in "\u202e\u2066\u200b\x1b\x9b\U000e0041":
        assert character not in rendered


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


KEYS_OF_1_0 = """
    format_version tool name version generated_at verdict
    declared source project stack flow_logs error
    coverage account region status reason
    summary live in_sync replaced missing modified tags_modified collision unmanaged undelivered
    unverified accepted
    findings kind severity fingerprint urn declared_at file line resource_id declared_id live_id
    live_created_at differences field type log_format added removed reordered unverified_fields
    notes delivery_error message impact remedies action text commands
"""


def test_the_keys_of_version_1_0() -> None:
    """What programs may depend on: keys may be added here, and none taken away."""
    document: dict[str, Any] = json.loads(json_v1.render(every_kind()))
    assert set(_keys(document)) >= set(KEYS_OF_1_0.split())


def test_half_a_surrogate_pair_is_written_out() -> None:
    """Python reads a file name that is not UTF-8 so."""
    document = json.loads(json_v1.render(Report(sources=(DeclarationSource(source="a\udcff"),))))
    assert [entry["source"] for entry in document["declared"]] == ["a\\udcff"]
