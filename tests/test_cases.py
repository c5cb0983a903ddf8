"""The cases of the semantics, each through the command as a user runs it.

`cases/pairs.json` has a declared and a live flow log each; `cases/sets.json` has several of both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from drift.cli import run
from drift.errors import ExitCode

CASES: Final = Path(__file__).parent / "cases"
PAIRS: Final = json.loads((CASES / "pairs.json").read_text())
SETS: Final = json.loads((CASES / "sets.json").read_text())

STACK: Final = "urn:pulumi:prod::net"
PROVIDER_URNS: Final = {
    "aws:ec2/flowLog:FlowLog": f"{STACK}::pulumi:providers:aws::default",
    "aws-native:ec2:FlowLog": f"{STACK}::pulumi:providers:aws-native::default",
}
CONTEXT: Final = {"account": "123456789012", "region": "us-east-1", "partition": "aws"}


def checked(
    folder: Path, declared: list[dict[str, Any]], live: list[Any], context: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Check a state, or a preview if a case is of one, with a snapshot: the report and the code."""
    rows = [*_providers(context), *(_row(one) for one in declared)]
    document = (
        _preview(rows)
        if any(one.get("source") == "preview" or "id" not in one for one in declared)
        else {"version": 3, "deployment": {"resources": rows}}
    )
    (folder / "state.json").write_text(json.dumps(document))
    listing = {
        "account": context["account"],
        "region": context["region"] or "us-east-1",
        "status": "read",
        "FlowLogs": live,
    }
    (folder / "live.json").write_text(
        json.dumps(
            {
                "format": "drift-live",
                "version": "1.0",
                "read_at": "2026-03-02T10:11:12Z",
                "listings": [listing],
            }
        )
    )
    report = folder / "report.json"
    exit_code = run(
        ["check", f"{folder}/state.json", "--live", f"{folder}/live.json", "-o", f"json={report}"]
    )
    return json.loads(report.read_text()), exit_code


def _providers(context: dict[str, Any]) -> list[dict[str, Any]]:
    inputs: dict[str, Any] = {}
    if context["region"] is not None:
        inputs["region"] = context["region"]
    if context["account"] is not None:
        inputs["allowedAccountIds"] = json.dumps([context["account"]])
    if "default_tags" in context:
        inputs["defaultTags"] = json.dumps({"tags": context["default_tags"]})
    if "ignore_tags" in context:
        inputs["ignoreTags"] = json.dumps(context["ignore_tags"])
    return [
        {"urn": urn, "type": urn.split("::")[2], "custom": True, "id": "p", "inputs": inputs}
        for urn in PROVIDER_URNS.values()
    ]


def _row(declared: dict[str, Any]) -> dict[str, Any]:
    kind = declared["type"]
    return {
        "urn": f"{STACK}::{kind}::flow-log",
        "provider": f"{PROVIDER_URNS[kind]}::p",
        **declared,
    }


def _preview(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a preview without --show-sames: it leaves out what does not change."""
    steps = []
    for row in rows:
        op = row.get("op") or ("same" if "id" in row else "create")
        state = {key: value for key, value in row.items() if key not in {"op", "source"}}
        if op == "create":
            steps.append({"op": op, "urn": row["urn"], "newState": state})
        elif op != "same":
            steps.append({"op": op, "urn": row["urn"], "oldState": state, "newState": state})
    return {
        "config": {"aws:region": CONTEXT["region"]},
        "steps": steps,
        "changeSummary": {"update": 1},
    }


STATUSES: Final = {
    "in-sync": "in_sync",
    "flow-log-modified": "modified",
    "flow-log-tags-modified": "modified",
    "flow-log-missing": "missing",
    "flow-log-unverified": "unknown",
}
EXIT_CODES: Final = {
    "in_sync": ExitCode.IN_SYNC,
    "modified": ExitCode.DRIFT,
    "missing": ExitCode.DRIFT,
    "unknown": ExitCode.UNVERIFIED,
}


@pytest.mark.parametrize("case", PAIRS, ids=[case["name"] for case in PAIRS])
def test_pair(case: dict[str, Any], tmp_path: Path) -> None:
    live = [] if case["live"] is None else [case["live"]]
    report, exit_code = checked(tmp_path, [case["declared"]], live, case["context"])
    expected = case["expect"]
    if expected["status"] == "skipped":
        assert (report["findings"], report["in_sync"]) == ([], [])
        return
    [entry] = report["in_sync"] or [
        finding for finding in report["findings"] if finding["kind"] != "flow-log-undelivered"
    ]
    status = STATUSES[entry.get("kind", "in-sync")]
    differences = entry.get("differences", [])
    notes = [note for note in entry["notes"] if note != "nothing-found-check-region"]
    assert {
        "status": status,
        "fields": sorted({_field(difference) for difference in differences}),
        "unknown_fields": [unread["field"] for unread in entry.get("unverified_fields", [])],
        "notes": sorted(notes),
    } == {
        "status": expected["status"],
        "fields": sorted(expected["fields"]),
        "unknown_fields": expected["unknown_fields"],
        "notes": sorted(expected["notes"]),
    }
    if "tag_changes" in expected:
        assert _tag_changes(differences) == expected["tag_changes"]
    assert exit_code == EXIT_CODES[status]


def _field(difference: dict[str, Any]) -> str:
    return "Tags" if difference["field"].startswith("Tags.") else str(difference["field"])


def _tag_changes(differences: list[dict[str, Any]]) -> dict[str, list[str]]:
    def keys(kind: str) -> list[str]:
        return [
            difference["field"].removeprefix("Tags.")
            for difference in differences
            if difference["field"].startswith("Tags.") and difference["type"] == kind
        ]

    return {
        "only_declared": keys("REMOVE"),
        "only_live": keys("ADD"),
        "changed": keys("NOT_EQUAL"),
    }


@pytest.mark.parametrize("case", SETS, ids=[case["name"] for case in SETS])
def test_set(case: dict[str, Any], tmp_path: Path) -> None:
    report, _ = checked(tmp_path, case["declared"], case["live"], CONTEXT)
    expected = case["expect"]
    findings = report["findings"]
    paired = [
        *report["in_sync"],
        *(finding for finding in findings if finding["urn"] and finding["live_id"]),
    ]
    notes = {
        *report["notes"],
        *(note for finding in findings for note in finding["notes"]),
        *(note for entry in report["in_sync"] for note in entry["notes"]),
    }
    assert {
        "pairs": sorted((_name(entry), entry["live_id"]) for entry in paired),
        "missing": sorted(_name(one) for one in findings if one["kind"] == "flow-log-missing"),
        "unmanaged": sorted(
            one["live_id"] for one in findings if one["kind"] == "flow-log-unmanaged"
        ),
        "notes": sorted(notes),
    } == {
        "pairs": sorted((pair["declared"], pair["live"]) for pair in expected["pairs"]),
        "missing": sorted(expected["missing"]),
        "unmanaged": sorted(expected["unmanaged"]),
        "notes": sorted(expected["notes"]),
    }


def _name(entry: dict[str, Any]) -> str:
    return str(entry["urn"].rpartition("::")[2])
