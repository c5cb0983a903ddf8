"""A real Pulumi engine for tests: projects whose programs are deployed to an AWS of the tests.

    project = engine.project(tmp_path / "net", aws.environment(endpoint), PROGRAM)
    project.up()
    assert project.check().exit_code == 0
    aws.console().delete(project.flow_log_ids()["lake"])
    project.paste(commands(project.check().findings["lake"], "revert"))

Every command runs in a shell, in the program's folder, with `pulumi`, `drift` and `aws` on PATH.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.engine import build_engine
from tests.engine.build_engine import BuildError

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

Json: TypeAlias = dict[str, Any]

_PROVIDER: Final = Path(__file__).with_name("bin")
_SECONDS: Final = 110.0
"""Less than a test may take: what hangs says what it was."""
_FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
_MANIFEST: Final = "name: net\nruntime: python\n"


class MissingError(Exception):
    """There is no engine; the message says what is missing, and what helps."""


class CommandError(AssertionError):
    """A command ended otherwise than the test says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that has ended."""

    command: str
    exit_code: int
    stdout: str
    stderr: str

    @override
    def __str__(self) -> str:
        return f"$ {self.command}\n{self.stdout}{self.stderr}exit code {self.exit_code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What `drift check -o json` answered."""

    exit_code: int
    report: Json

    @property
    def findings(self) -> dict[str, Json]:
        """The findings about declared flow logs, by the names that their program gives them."""
        return _by_name(self.report["findings"])

    def of_kind(self, kind: str) -> list[Json]:
        """Return the findings of a kind."""
        return [finding for finding in self.report["findings"] if finding["kind"] == kind]

    @property
    def in_sync(self) -> dict[str, Json]:
        """What is in sync, likewise."""
        return _by_name(self.report["in_sync"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A Pulumi for Python programs, with the provider of the tests for `aws`."""

    path: tuple[Path, ...]
    """The folders of its commands; none where they are on PATH anyhow."""
    home: Path
    """Pulumi's own folder."""

    def project(
        self, directory: Path, aws: Mapping[str, str], program: str, *, stack: str = "prod"
    ) -> Project:
        """Begin a project with one stack, in a folder of its own, whose AWS is the one given."""
        directory.mkdir(parents=True, exist_ok=True)
        backend = directory.with_name(f"{directory.name}-backend")
        backend.mkdir()
        project = Project(
            directory=directory,
            backend=backend,
            environment={**self._environment(backend), **aws},
            stack=stack,
        )
        project.write(program)
        (directory / "Pulumi.yaml").write_text(_MANIFEST)
        project.run(f"pulumi stack init {shlex.quote(stack)}")
        return project

    def _environment(self, backend: Path) -> dict[str, str]:
        # What the tests are run with, first of all its python3, then whatever else there is.
        folders = [*self.path, _PROVIDER, Path(sys.executable).parent]
        return {
            "PATH": os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "passphrase",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.home),
            # What people answer with yes.
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Pulumi program with a stack, in a folder where commands are run as a user pastes them."""

    directory: Path
    backend: Path
    """The folder of its self-managed backend."""
    stack: str
    environment: dict[str, str] = field(repr=False)

    def write(self, program: str) -> None:
        """Replace the program."""
        (self.directory / "__main__.py").write_text(program)

    def copy(self, directory: Path) -> Project:
        """Return the same again, program and state, in another folder; AWS is not copied."""
        backend = directory.with_name(f"{directory.name}-backend")
        shutil.copytree(self.directory, directory)
        shutil.copytree(self.backend, backend)
        copy = replace(
            self,
            directory=directory,
            backend=backend,
            environment={**self.environment, "PULUMI_BACKEND_URL": backend.as_uri()},
        )
        copy.run(f"pulumi stack select {shlex.quote(self.stack)}")
        return copy

    def paste(self, commands: Sequence[str]) -> None:
        """Run command lines one by one; there has to be one at least."""
        assert commands
        for command in commands:
            self.run(command)

    def run(self, command: str, *, exit_code: int | None = 0) -> Done:
        """Run a command line in a shell; ending otherwise than so is an error, None is any code."""
        try:
            ended = subprocess.run(  # noqa: S602 -- as it is pasted
                command,
                shell=True,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandError(f"$ {command}\nno end after {error.timeout:g} s") from error
        done = Done(
            command=command,
            exit_code=ended.returncode,
            stdout=ended.stdout,
            stderr=ended.stderr,
        )
        if exit_code is not None and done.exit_code != exit_code:
            raise CommandError(f"{done}, not {exit_code}")
        return done

    # -- Pulumi ------------------------------------------------------------------------------------

    def up(self, *options: str, exit_code: int | None = 0) -> Done:
        """Deploy, without the preview that a person would look at first."""
        return self._pulumi("up", "--skip-preview", *options, exit_code=exit_code)

    def preview(self, *options: str, exit_code: int | None = 0) -> Done:
        """Say what a deployment would do."""
        return self._pulumi("preview", *options, exit_code=exit_code)

    def preview_json(self, *options: str, show_sames: bool = False) -> str:
        """Return what `pulumi preview --json` writes."""
        sames = ["--show-sames"] if show_sames else []
        return self._pulumi("preview", "--json", *sames, *options).stdout

    def refresh(self, *options: str) -> Done:
        """Read AWS into the state."""
        return self._pulumi("refresh", "--skip-preview", *options)

    def export(self) -> str:
        """Return the state."""
        return self._pulumi("stack", "export").stdout

    def flow_log_ids(self) -> dict[str, str]:
        """Return the ids that the state has, by the names that the program gives."""
        rows = json.loads(self.export())["deployment"]["resources"]
        flow_logs = [row for row in rows if row["type"] == _FLOW_LOG]
        return {name: row["id"] for name, row in _by_name(flow_logs).items()}

    def import_state(self, state: str) -> None:
        """Replace the state."""
        path = self.directory.with_name("state.json")
        path.write_text(state)
        self._pulumi("stack", "import", "--file", str(path))

    def _pulumi(self, *words: str, exit_code: int | None = 0) -> Done:
        line = shlex.join(["pulumi", *words, "--stack", self.stack, "--non-interactive"])
        return self.run(line, exit_code=exit_code)

    # -- drift -------------------------------------------------------------------------------------

    def check(self, *words: str) -> Check:
        """Run `drift check` with its machine output."""
        done = self.run(shlex.join(["drift", "check", "-o", "json", *words]), exit_code=None)
        try:
            report = json.loads(done.stdout)
        except ValueError as error:
            raise CommandError(str(done)) from error
        return Check(exit_code=done.exit_code, report=report)


def commands(finding: Json, action: str) -> list[str]:
    """Return the commands of a remedy, exactly as they are to be pasted."""
    [remedy] = [remedy for remedy in finding["remedies"] if remedy["action"] == action]
    ran: list[str] = remedy["commands"]
    return ran


def _by_name(items: Sequence[Json]) -> dict[str, Json]:
    return {item["urn"].rpartition("::")[2]: item for item in items if item["urn"]}


def find(home: Path) -> Engine:
    """Return the engine on PATH if it is whole, else one that is built here, the first time slowly.

    Where neither can be had, or what programs and remedies need is missing: MissingError.
    """
    for package in ("pulumi_aws", "awscli"):
        if find_spec(package) is None:
            raise MissingError(f"{package} is not installed: install the extra `engine`.")
    if all(map(shutil.which, build_engine.COMMANDS)):
        return Engine(path=(), home=home)
    try:
        return Engine(path=(build_engine.build(),), home=home)
    except BuildError as error:
        raise MissingError(str(error)) from error
