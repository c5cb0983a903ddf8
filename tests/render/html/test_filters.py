from __future__ import annotations

from drift.findings import Report
from drift.render.html.filters import Choice, Option, choices
from tests.render.reports import in_sync, nightly


def test_what_occurs_can_be_chosen() -> None:
    every = {choice.name: choice for choice in choices(nightly())}
    assert list(every) == ["kind", "standing", "account", "region", "stack"]
    assert [option.value for option in every["standing"].options] == [
        "new",
        "still-open",
        "resolved",
        "unverified",
    ]
    assert every["account"] == Choice(
        name="account",
        label="Account",
        every="All accounts",
        none=None,
        options=(
            Option(value="123456789012", label="123456789012"),
            Option(value="210987654321", label="210987654321"),
        ),
    )
    assert every["stack"].none == "Without stack"
    assert every["region"].options[0].label == "ap-south-1"


def test_a_report_without_findings_has_no_kinds() -> None:
    assert [choice.name for choice in choices(in_sync())] == ["account", "region", "stack"]


def test_nothing() -> None:
    assert choices(Report()) == ()
