"""The worked example: this state and these live flow logs, exactly this report.

`UPDATE_DOCS=1` writes the reports anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest  # noqa: TC002 -- pytest itself looks at annotations

from drift.cli import run
from drift.errors import ExitCode

EXAMPLE = Path(__file__).parents[1] / "examples" / "report"


def test_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    folder = EXAMPLE if os.environ.get("UPDATE_DOCS") else tmp_path
    arguments = ["check", "state.json", "--live", "live.json"]
    outputs = ["-o", f"text={folder}/drift.txt", "-o", f"json={folder}/drift.json"]
    assert run([*arguments, *outputs]) == ExitCode.DRIFT
    assert (folder / "drift.txt").read_text() == (EXAMPLE / "drift.txt").read_text()
    written, expected = (
        json.loads((where / "drift.json").read_text()) for where in (folder, EXAMPLE)
    )
    assert {**written, "generated_at": None, "tool": None} == {
        **expected,
        "generated_at": None,
        "tool": None,
    }
