"""Builds the Pulumi engine that the tests drive: `python -m tests.engine.build_engine`.

The Pulumi CLI is in no package registry as a binary, but it is a Go program. The versions are those
that go together: `build/*/go.mod` says which, and the newest CLI that runs a policy pack with the
last language host that can be built from the outside is not the newest one.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_MODULES: Final = Path(__file__).with_name("build")
_SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
_VERSION: Final = f"{_SDK}/go/common/version.Version"

COMMANDS: Final = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-analyzer-policy-python",
)
"""All that an engine for Python programs and policy packs consists of."""

_LAUNCHER_VERSION: Final = "v3.250.0"
"""Of the script that runs a program: it has to know the pulumi package of today."""
_LAUNCHER_SUM: Final = "h1:J9KDqsFS5rknqym7uVNjtcBF3M+9laOvpDAtY4xmaEg="


class BuildError(Exception):
    """The engine cannot be built here; the message says why, and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """A command that is compiled, in a Go module of its own for the sake of its requirements."""

    module: str
    required: str
    package: str

    @property
    def folder(self) -> Path:
        return _MODULES / self.module

    @property
    def version(self) -> str:
        """The version that its go.mod requires."""
        text = (self.folder / "go.mod").read_text()
        found = re.search(rf"^require {re.escape(self.required)} (v\S+)$", text, re.MULTILINE)
        if found is None:
            raise BuildError(f"{self.folder / 'go.mod'} does not require {self.required}")
        return found[1]


_CLI: Final = _Program(
    module="cli",
    required="github.com/pulumi/pulumi/pkg/v3",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
)
_LANGUAGE: Final = _Program(
    module="language", required=_SDK, package=f"{_SDK}/python/cmd/pulumi-language-python"
)


def build() -> Path:
    """Return the folder of the engine, which takes minutes the first time and none after that."""
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Of those that come at the same time, such as the workers of pytest-xdist, one builds.
    with _alone(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        go = shutil.which("go")
        if go is None:
            raise BuildError("There is no go command on PATH to build Pulumi with: install Go.")
        with TemporaryDirectory(dir=folder.parent, prefix="half-made-") as half_made:
            made = Path(half_made) / "bin"
            _make(go, made)
            made.rename(folder)
    return folder


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    versions = "-".join(
        version.removeprefix("v")
        for version in (_CLI.version, _LANGUAGE.version, _LAUNCHER_VERSION)
    )
    return cache / "flow-log-drift" / f"engine-{versions}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(go: str, folder: Path) -> None:
    for program in (_CLI, _LANGUAGE):
        version = program.version.removeprefix("v")
        options = ["-p=2", "-trimpath", f"-ldflags=-s -w -X {_VERSION}={version}"]
        target = f"{folder}{os.sep}"
        _run(go, "build", *options, "-o", target, program.package, cwd=program.folder)
    sdk = _run(go, "list", "-m", "-f={{.Dir}}", _SDK, cwd=_LANGUAGE.folder).strip()
    _install(Path(sdk) / "python/dist/pulumi-analyzer-policy-python", folder)
    _install(_launcher(go) / "python/cmd/pulumi-language-python-exec", folder)


def _launcher(go: str) -> Path:
    """Return the SDK that the launcher is taken from; it is not compiled, so no go.sum holds it."""
    # Nowhere near a go.mod, which would want to agree.
    with TemporaryDirectory() as nowhere:
        module = f"{_SDK}@{_LAUNCHER_VERSION}"
        told = json.loads(_run(go, "mod", "download", "-json", module, cwd=Path(nowhere)))
    if told["Sum"] != _LAUNCHER_SUM:
        raise BuildError(f"{module} is not what it was: {told['Sum']}")
    return Path(told["Dir"])


def _install(script: Path, folder: Path) -> None:
    target = folder / script.name
    shutil.copyfile(script, target)
    target.chmod(0o755)


def _run(*command: str, cwd: Path) -> str:
    # Others may want to work here in those minutes.
    done = subprocess.run(
        ["nice", "-n", "15", *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"`{' '.join(command[1:3])}` failed in {cwd.name}:\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Build the engine and print where it is."""
    try:
        sys.stdout.write(f"{build()}\n")
    except BuildError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
