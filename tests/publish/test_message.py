"""What a comment says: within the limit, and nothing foreign does anything in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.findings import Report
from drift.publish import marker, message
from drift.publish.marker import START, Run, State
from drift.publish.place import GITHUB_LIMIT
from tests.publish.messages import AT
from tests.render.reports import every_kind, hostile, in_sync, many


def of(report: Report, *, key: str | None = None, limit: int = GITHUB_LIMIT) -> message.Message:
    return message.of_report(report, key=key, run=Run(number=1), limit=limit)


def test_what_is_known_of_a_report() -> None:
    said = of(every_kind())
    assert (said.key, said.state, said.at, said.run) == (
        marker.key_of(every_kind()),
        State.DRIFTED,
        every_kind().generated_at,
        Run(number=1),
    )
    assert of(in_sync()).state is State.IN_SYNC
    unread = replace(every_kind(), fail_on=frozenset())
    assert of(unread).state is State.UNVERIFIED
    assert of(in_sync(), key="nightly").key == marker.key_named("nightly")


def test_the_same_result_is_the_same_text_whenever_it_was_made() -> None:
    assert of(every_kind()).text == of(replace(every_kind(), generated_at=AT)).text


def test_it_tells_whose_result_it_is() -> None:
    assert of(every_kind()).text.endswith("\nThis is about `net/prod`.\n")
    assert of(every_kind(), key="a`b").text.endswith("\nThis is about ``a`b``.\n")


@pytest.mark.parametrize("limit", [GITHUB_LIMIT, 1_000_000])
@pytest.mark.parametrize("report", [every_kind(), hostile(), many(2_000)], ids=["all", "bad", "2k"])
def test_it_stays_within_the_limit(report: Report, limit: int) -> None:
    said = of(replace(report, sources=report.sources * 99), key="\u202e" * 999, limit=limit)
    for state in State:
        assert len(said.body(said.key, state).encode()) <= limit


def test_nothing_hostile_is_a_marker_or_a_command_of_gitlab() -> None:
    said = of(hostile())
    assert said.body(said.key, said.state).count(START) == 1
    outside = re.sub(r"^(`{3,}).*?^\1$", "", said.text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"^\s*/", outside, re.MULTILINE)


def failed(reason: str, **options: str | None) -> message.Message:
    return message.could_not_run(
        reason,
        key=options.get("key"),
        run=None,
        run_url=options.get("run_url"),
        now=AT,
    )


def test_what_could_not_run() -> None:
    said = failed("drift: no credentials\n  -> log in\n", run_url="https://ci.example/1")
    assert (said.key, said.state, said.at) == (marker.UNKNOWN, State.COULD_NOT_RUN, AT)
    assert said.text == (
        "### ⚠️ VPC flow logs could not be verified\n"
        "\n"
        "The check could not run:\n"
        "\n"
        "```text\n"
        "drift: no credentials\n"
        "  -> log in\n"
        "```\n"
        "\n"
        "Whether declared and live flow logs agree is not known. The log is in [this run]"
        "(https://ci.example/1).\n"
    )
    assert failed("x", key="prod").text.endswith("is not known.\n\nThis is about `prod`.\n")


def test_of_a_long_log_the_end_is_shown() -> None:
    said = failed("\n".join(f"line {number}" for number in range(1000)))
    assert "line 949\n" not in said.text
    assert "line 950\n" in said.text
    assert "line 999\n" in said.text


@given(st.text() | st.text(alphabet="`@/<!-\n"))
def test_the_reason_stays_in_its_block(reason: str) -> None:
    text = failed(reason).text
    begin, fence = re.search(r"run:\n\n(?=(`{3,})text\n)", text), None
    assert begin is not None
    fence = begin[1]
    inside = text[begin.end() :].partition(f"\n{fence}\n")
    assert inside[2].startswith("\nWhether declared")
    assert START not in text
