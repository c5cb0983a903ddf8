"""`drift policy-pack` writes a pack that runs in drift's own environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from drift import __version__
from drift.cli import run
from drift.errors import ExitCode
from drift.findings import Kind
from drift.model import Provider
from drift.policy import serving
from drift.policy.catalog import CARDS, Name
from tests.policy.engine import PACK, running

if TYPE_CHECKING:
    import pytest

FILES = {"PulumiPolicy.yaml", "__main__.py", "requirements.txt"}


def test_a_copy_in_a_folder_runs_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / 'my "pack"'
    assert run(["policy-pack", str(folder)]) == ExitCode.IN_SYNC
    assert capsys.readouterr().out == f"{folder}\n"
    assert {path.name for path in folder.iterdir()} == FILES
    described = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())
    assert described == {
        "name": serving.PACK,
        "description": "Live AWS VPC flow logs are as the stack declares them, field by field.",
        "version": __version__,
        "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
    }
    with running({}, folder=folder) as pack:
        assert len(pack.pack.info().policies) == len(CARDS)


def test_by_default_it_is_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert run(["policy-pack"]) == ExitCode.IN_SYNC
    first = Path(capsys.readouterr().out.rstrip("\n"))
    assert first.parent == tmp_path / "flow-log-drift"
    assert first.name.startswith(f"policy-pack-{__version__}-")
    assert run(["policy-pack"]) == ExitCode.IN_SYNC
    assert Path(capsys.readouterr().out.rstrip("\n")) == first
    monkeypatch.setattr(sys, "prefix", "/elsewhere")
    assert run(["policy-pack"]) == ExitCode.IN_SYNC
    second = Path(capsys.readouterr().out.rstrip("\n"))
    assert second != first
    # There is no Python in that place: the one on PATH has to do.
    assert yaml.safe_load((second / "PulumiPolicy.yaml").read_text())["runtime"] == "python"


def test_a_program_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "__main__.py").write_text("import pulumi")
    assert run(["policy-pack", str(tmp_path)]) == ExitCode.COULD_NOT_RUN
    assert capsys.readouterr().err == (
        f"drift: {tmp_path} has a __main__.py that is not this pack's\n"
        "  -> name a folder of its own: drift policy-pack DIR\n"
    )
    (tmp_path / "PulumiPolicy.yaml").write_text("name: acme\nruntime: python\n")
    assert run(["policy-pack", str(tmp_path)]) == ExitCode.COULD_NOT_RUN
    assert (tmp_path / "__main__.py").read_text() == "import pulumi"
    assert {path.name for path in tmp_path.iterdir()} == {"__main__.py", "PulumiPolicy.yaml"}


def test_a_pack_is_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(["policy-pack", str(tmp_path)]) == ExitCode.IN_SYNC
    assert capsys.readouterr().out == f"{tmp_path}\n" * 2


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(["policy-pack", str(tmp_path / "file" / "pack")]) == ExitCode.COULD_NOT_RUN
    assert capsys.readouterr().err == (
        f"drift: cannot make the folder {tmp_path}/file/pack: Not a directory\n"
        "  -> name another one: drift policy-pack DIR\n"
    )


def test_without_pulumi(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("drift.policy.folder.find_spec", lambda _name: None)
    assert run(["policy-pack"]) == ExitCode.COULD_NOT_RUN
    assert capsys.readouterr().err == (
        "drift: the policy pack needs the Python package pulumi, which is not installed\n"
        "  -> install 'flow-log-drift[policy]' in place of flow-log-drift, as you installed it: "
        "pip, pipx and uv tool all take the extra\n"
    )


def test_the_pack_of_the_checkout() -> None:
    assert {path.name for path in PACK.iterdir() if path.is_file()} == FILES
    described = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert (described["name"], described["version"]) == (serving.PACK, __version__)


def test_names_that_are_written_twice_agree() -> None:
    assert {provider.value for provider in Provider} == serving._FLOW_LOG_TYPES
    assert {kind.value for kind in Kind} <= {name.value for name in Name}
    assert [card.name for card in CARDS] == list(Name)
