"""The summary of a job: added to, and never more than GitHub takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.errors import OutputError
from drift.publish import summary


def test_it_is_added_to_what_other_steps_wrote(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    assert summary.add(path, lambda _: "first\n")
    assert summary.add(path, lambda _: "second\n\n")
    assert path.read_bytes() == b"first\n\n\nsecond\n"


def test_it_never_grows_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("x" * (summary.LIMIT - 5000))
    assert summary.add(path, lambda limit: "y" * limit)
    assert path.stat().st_size == summary.LIMIT
    assert not summary.add(path, lambda _: pytest.fail("there is no room"))


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as raised:
        summary.add(tmp_path / "no" / "summary.md", lambda _: "text")
    assert raised.value.cause == (
        f"cannot write the job's summary, {tmp_path}/no/summary.md: No such file or directory"
    )
