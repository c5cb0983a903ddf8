"""Where a report goes."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from drift import outputs
from drift.errors import OutputError, UsageError
from drift.findings import Report
from drift.outputs import Format, Output, Terminal

TEXT_OF_NOTHING = "In sync: nothing to compare; 0 flow logs declared, 0 live.\n"


def test_parse() -> None:
    assert outputs.parse(["text", "json=a=b.json"]) == (
        Output(format=Format.TEXT),
        Output(format=Format.JSON, path=Path("a=b.json")),
    )


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["yaml"], "'yaml' is no output format"),
        (["TEXT"], "'TEXT' is no output format"),
        (["json="], "-o json= names no file"),
        (["text", "json"], "text and json both want standard output"),
    ],
)
def test_parse_refuses(words: list[str], cause: str) -> None:
    with pytest.raises(UsageError) as error:
        outputs.parse(words)
    assert error.value.cause == cause
    assert error.value.next_step


def test_no_input_and_no_other_output_is_overwritten(tmp_path: Path) -> None:
    state, link, other = tmp_path / "state.json", tmp_path / "link", tmp_path / "other"
    state.write_text("{}")
    link.symlink_to(state)
    for words in ([f"json={link}"], [f"json={other}", f"text={tmp_path}/./other"]):
        with pytest.raises(UsageError) as error:
            outputs.refuse_overwriting(outputs.parse(words), [str(state)])
        assert "would overwrite" in error.value.cause
    outputs.refuse_overwriting(
        outputs.parse([f"json={other}", f"text={os.devnull}", f"text={os.devnull}"]), [str(state)]
    )


def test_a_pipe_is_written_to() -> None:
    reader, writer = os.pipe()
    outputs.write_files({Path(f"/dev/fd/{writer}"): "x"})
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "x"


def test_standard_output_that_is_closed_or_full() -> None:
    with pytest.raises(OutputError) as error:
        outputs.write_stdout("x", None)
    assert error.value.cause == "standard output is closed"
    with Path("/dev/full").open("w") as full, pytest.raises(OutputError) as error:
        outputs.write_stdout("x" * 100_000, full)
    assert error.value.cause == "cannot write to standard output: No space left on device"


def test_one_run_to_many_outputs(tmp_path: Path) -> None:
    stdout = io.StringIO()
    wanted = outputs.parse(["text", f"json={tmp_path}/a.json", f"text={tmp_path}/a.txt"])
    outputs.write(Report(), wanted, stdout=stdout, terminal=Terminal())
    assert stdout.getvalue() == TEXT_OF_NOTHING
    assert (tmp_path / "a.txt").read_text() == TEXT_OF_NOTHING
    assert (tmp_path / "a.json").read_text().startswith('{\n  "format_version": "1.0",\n')
    assert sorted(os.listdir(tmp_path)) == ["a.json", "a.txt"]  # noqa: PTH208 -- names only


def test_nothing_is_written_if_one_file_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    stdout = io.StringIO()
    wanted = outputs.parse(
        ["text", f"json={tmp_path}/old.json", f"text={tmp_path}/no/such/folder/a.txt"]
    )
    with pytest.raises(OutputError) as error:
        outputs.write(Report(), wanted, stdout=stdout, terminal=Terminal())
    assert error.value.cause == (
        f"cannot write {tmp_path}/no/such/folder/a.txt: No such file or directory"
    )
    assert stdout.getvalue() == ""
    assert (tmp_path / "old.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["old.json"]  # noqa: PTH208 -- names only


def test_a_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        outputs.write_files({tmp_path: "x"})


def test_an_existing_file_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    outputs.write_files({link: "new"})
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        outputs.write_files({tmp_path / "a": "x"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced() -> None:
    outputs.write_files({Path(os.devnull): "x"})
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
