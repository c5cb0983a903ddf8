"""What users get: built, installed and run as they would, without a network."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from drift import __version__

ROOT = Path(__file__).parents[2]
STEM = f"flow_log_drift-{__version__}"
WHEEL = f"{STEM}-py3-none-any.whl"
SDIST = f"{STEM}.tar.gz"

pytestmark = pytest.mark.xdist_group("distribution")  # one worker builds, once, for all of these


def run(*argv: str | Path, cwd: Path | None = None) -> str:
    result = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{argv}\n{result.stdout}{result.stderr}"
    return result.stdout


def build(source: Path, output: Path, *kinds: str) -> None:
    # The build backend is in this environment: without isolation no registry is asked for it.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", output, *kinds, source)


def files_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that has the wheel and the sdist of this checkout, each built from it."""
    output = tmp_path_factory.mktemp("dist")
    build(ROOT, output, "--sdist", "--wheel")
    return output


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clean virtual environment that has the wheel, and borrows its dependencies."""
    home = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", dist / WHEEL)
    # After pip, which would see the checkout there, installed in place. Python does not: it reads
    # no .pth file in a folder that is only named by one.
    site_packages = Path(run(python, "-c", "import site; print(*site.getsitepackages())").strip())
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return home


def test_the_wheel_is_the_package_and_nothing_else(dist: Path) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "drift").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    pack = {
        f"drift/policy/pack/{name}"
        for name in ("PulumiPolicy.yaml", "__main__.py", "requirements.txt")
    }
    assert set(files_of(dist / WHEEL)) == package | pack | {
        f"{STEM}.dist-info/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


def test_the_sdist_has_the_documents_and_builds_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    with tarfile.open(dist / SDIST) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / STEM
    assert {"CHANGELOG.md", "LICENSE", "README.md"} <= {path.name for path in unpacked.iterdir()}
    build(unpacked, tmp_path, "--wheel")
    assert files_of(tmp_path / WHEEL) == files_of(dist / WHEEL)


def test_types_are_shipped(installed: Path) -> None:
    code = "import importlib.resources as r; print(r.files('drift') / 'py.typed')"
    marker = Path(run(installed / "bin" / "python", "-c", code, cwd=installed).strip())
    assert marker.is_file()
    assert marker.is_relative_to(installed)


def test_the_command_says_its_version(installed: Path) -> None:
    assert __version__ in run(installed / "bin" / "drift", "--version", cwd=installed).split()


def test_the_command_helps(installed: Path) -> None:
    assert run(installed / "bin" / "drift", "--help", cwd=installed).startswith("Usage: drift ")


def test_the_command_prints_the_schema_of_its_report(installed: Path) -> None:
    schema = json.loads(run(installed / "bin" / "drift", "schema", cwd=installed))
    Draft202012Validator.check_schema(schema)


def test_the_installed_history_makes_its_tables(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"version": 3, "deployment": {"resources": []}}')
    (tmp_path / "live.json").write_text('{"FlowLogs": []}')
    place = ("--live", "live.json", "--account", "123456789012", "--region", "us-east-1")
    drift = installed / "bin" / "drift"
    run(drift, "report", "state.json", *place, "--allow-empty", "-q", cwd=tmp_path)
    assert "in-sync" in run(drift, "history", cwd=tmp_path)
