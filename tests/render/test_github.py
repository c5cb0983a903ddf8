"""Workflow annotations, read as the runner of GitHub Actions reads them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given

from drift.escape import visible
from drift.findings import Acceptance, Kind, Report, StaleAcceptance
from drift.render import github
from drift.render.wording import cut
from tests.render.foreign import TEXT
from tests.render.reports import accepted, every_kind, hostile, in_sync, many


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command, unescaped."""

    level: str
    properties: dict[str, str]
    message: str


def commands(rendered: str) -> list[Command]:
    """Read as ActionCommand.TryParseV2 does; a line that is no command fails."""
    assert rendered.endswith("\n")
    return [_command(line) for line in rendered[:-1].split("\n")]


def _command(line: str) -> Command:
    assert line.startswith("::")
    info, separator, data = line[2:].partition("::")
    assert separator
    level, _, properties = info.partition(" ")
    return Command(
        level,
        {
            name: _unescaped(value, ":", ",")
            for name, _, value in (part.partition("=") for part in properties.split(","))
        },
        _unescaped(data),
    )


def _unescaped(text: str, *more: str) -> str:
    for character in ("\r", "\n", *more, "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text


@pytest.mark.parametrize("make", [every_kind, accepted, in_sync])
def test_reports(make: Callable[[], Report], matches_golden: Callable[[str, str], None]) -> None:
    matches_golden(f"{make.__name__}.github", github.render(make()))


def test_an_annotation_tells_where_and_what_differs() -> None:
    first, second, *_ = commands(github.render(every_kind()))
    assert first == Command(
        "error",
        {
            "file": "network.py",
            "line": "12",
            "title": "Replaced: a on vpc-0aa11bb22cc33dd44",
        },
        "fl-00000000000000001 is gone. fl-00000000000000009, created 2026-03-02 10:11 UTC, stands "
        "in its place, with LogFormat, MaxAggregationInterval, DestinationOptions.FileFormat, "
        "DestinationOptions.HiveCompatiblePartitions and 1 more changed.\n"
        "LogFormat: removed ${pkt-srcaddr}, added ${action}, reordered\n"
        "MaxAggregationInterval: declared 60, live 600\n"
        "DestinationOptions.FileFormat: declared parquet, live plain-text\n"
        "DestinationOptions.HiveCompatiblePartitions: declared true, live false\n"
        "DestinationOptions.PerHourPartition: declared true, live false\n"
        "net/prod, 123456789012 us-east-1",
    )
    assert second.properties == {"title": "Missing: gone on vpc-gone"}


def test_a_file_is_named_from_the_root_of_the_repository() -> None:
    report = replace(every_kind(), project_folders={"net": "infra/net"})
    assert commands(github.render(report))[0].properties["file"] == "infra/net/network.py"


def test_nothing() -> None:
    assert github.render(Report()) == (
        "::notice title=VPC flow logs::In sync: nothing to compare; 0 flow logs declared, 0 live.\n"
    )


def test_no_more_is_written_than_is_shown_and_the_rest_is_counted() -> None:
    annotations = commands(github.render(many(1_000)))
    assert [one.level for one in annotations] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert {one.properties["title"].partition(":")[0] for one in annotations[:10]} == {"Replaced"}
    assert "\n980 more annotations would not be shown.\n" in annotations[-1].message


def test_accepted_findings_and_stale_acceptances_keep_to_the_limit_too() -> None:
    decision = Acceptance(reason="a test")
    report = replace(
        many(500),
        findings=tuple(
            replace(finding, accepted=decision if number % 2 else None)
            for number, finding in enumerate(many(500).findings)
            if finding.kind in {Kind.MISSING, Kind.UNMANAGED}
        ),
        stale_acceptances=tuple(
            replace(entry, rule=f"drift.toml:{number}")
            for number in range(50)
            for entry in accepted().stale_acceptances[:1]
        ),
    )
    annotations = commands(github.render(report))
    assert Counter(one.level for one in annotations) == {"error": 10, "warning": 10, "notice": 10}
    assert annotations[-1].properties == {"title": "VPC flow logs"}


def test_a_stale_acceptance_is_a_warning() -> None:
    stale: tuple[StaleAcceptance, ...] = accepted().stale_acceptances
    annotations = commands(github.render(replace(in_sync(), stale_acceptances=stale)))
    assert [(one.level, one.message) for one in annotations] == [
        ("warning", "drift.toml:12 expired on 2026-02-28: what it accepted counts again"),
        ("warning", "drift.toml:20 matches no finding any more: remove it"),
        ("notice", "In sync: 2 in sync; 2 flow logs declared, 2 live."),
    ]


@given(text=TEXT)
def test_no_text_starts_a_command_or_ends_one(text: str) -> None:
    report = hostile(text)
    rendered = github.render(report)
    annotations = commands(rendered)
    assert len(annotations) == len(report.findings) + len(report.stale_acceptances) + 1
    for annotation in annotations:
        assert annotation.level in {"error", "warning", "notice"}
        assert annotation.properties.keys() <= {"file", "line", "title"}
        assert len(annotation.message) <= 4_096
    worst = report.open_findings[0]
    title = f"Replaced: {worst.subject.name} on {worst.subject.resource_id}"
    assert worst.kind is Kind.REPLACED
    assert annotations[0].properties["title"] == visible("".join(cut(title, 120)))
    hidden = {char for char in rendered if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}}
    assert hidden == {"\n"}
