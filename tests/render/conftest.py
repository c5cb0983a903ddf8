"""Golden files: what a renderer gives for a known report."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def matches_golden() -> Callable[[str, str], None]:
    """Compare text with a golden file; `UPDATE_GOLDEN=1` writes it instead, for a diff."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        # A golden file that is missing fails, here and now.
        assert text == path.read_text(encoding="utf-8")

    return compare
