"""The docs say what the code does; `UPDATE_DOCS=1` brings the generated parts up to date."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from drift import permissions
from drift.cli import cli, run
from drift.cli.options import EPILOG
from drift.demo import story
from drift.errors import ExitCode
from drift.findings import DRIFT_BY_DEFAULT, Kind, Note, Severity, severity
from drift.outputs import Format, Terminal, render

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def generated(path: Path, name: str, text: str) -> None:
    """Compare the block between `<!-- name -->` and `<!-- … end -->` with what it should hold."""
    kind = name.partition(":")[0]
    document = path.read_text(encoding="utf-8")
    block = re.compile(
        rf"(<!-- {re.escape(name)} -->\n```\w+\n)(.*?)(```\n<!-- {kind}: end -->)", re.DOTALL
    )
    found = block.search(document)
    assert found is not None, f"{path.name} has no block {name}"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(
            document[: found.start(2)] + text + document[found.end(2) :], encoding="utf-8"
        )
        return
    assert found[2] == text


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run([*words, "--help"]) == ExitCode.IN_SYNC
    return capsys.readouterr().out


def every_command(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *before, name)


@pytest.mark.parametrize("command", [(), ("check",)], ids=["drift", "check"])
def test_help(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    generated(README, " ".join(["help: drift", *command]), help_of(*command, capsys=capsys))


def test_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    parts = ["# Commands", "What `--help` of each says."]
    for words in every_command(cli):
        title = " ".join(["drift", *words])
        parts.append(f"## {title}\n\n```text\n{help_of(*words, capsys=capsys)}```")
    text = "\n\n".join(parts) + "\n"
    path = ROOT / "docs/commands.md"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_policy() -> None:
    generated(README, "permissions: policy", permissions.policy())


def test_every_format_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    readme = README.read_text(encoding="utf-8")
    told = help_of("render", capsys=capsys)
    assert [name for name in Format if f"`-o {name}" not in readme] == []
    assert [name for name in Format if not re.search(rf"[ ,]{name}\b", told)] == []


def test_demo() -> None:
    report = render(story.report_of_the_morning(), Format.TEXT, Terminal())
    [replaced] = re.findall(
        r"^flow-log-replaced.*?(?=\n\nflow-log)", report, re.DOTALL | re.MULTILINE
    )
    generated(README, "demo: excerpt", f"{replaced}\n")


def test_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo"]) == ExitCode.IN_SYNC
    told = capsys.readouterr().out
    said = [kind for kind in Kind if f"\n{kind}  " in told]
    assert said == [kind for kind in Kind if kind not in {Kind.MODIFIED, Kind.COLLISION}]
    again = io.StringIO()
    story.play(again, Terminal())
    assert again.getvalue() == told


def test_the_table_of_kinds() -> None:
    rows = re.findall(
        r"^\| `(flow-log-[a-z-]+)` \| .* \| (\w+) \| (.*) \|$", README.read_text(), re.MULTILINE
    )
    assert rows == [
        (
            kind,
            severity(kind).value,
            "exit code 3"
            if kind is Kind.UNVERIFIED
            else ("yes" if kind in DRIFT_BY_DEFAULT else "no"),
        )
        for kind in Kind
    ]
    assert {severity for _, severity, _ in rows} == set(Severity)


def test_the_table_of_exit_codes() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", README.read_text(), re.MULTILINE)
    documented = {int(code): meaning for code, meaning in rows}
    assert documented.keys() == {code.value for code in ExitCode}
    text = (ROOT / "drift" / "errors.py").read_text()
    for code, meaning in documented.items():
        assert f'"""{meaning}"""' in text, code


def test_the_table_of_notes() -> None:
    text = (ROOT / "docs" / "semantics.md").read_text()
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(note.value, note.sentence) for note in Note]


def test_links_lead_somewhere() -> None:
    for path in (
        README,
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "docs/comments.md",
        ROOT / "docs/accepting.md",
        ROOT / "docs/semantics.md",
    ):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_the_version_is_in_the_changelog() -> None:
    from drift import __version__

    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_epilog_names_the_exit_codes() -> None:
    for code in (0, 1, 2, 3):
        assert f"{code} " in EPILOG
