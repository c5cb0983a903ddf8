from __future__ import annotations

from pathlib import Path

import pytest

from drift.declared import stack
from drift.errors import SourceError
from drift.model import DeclarationSource
from tests.declared.shapes import VPC, row, state

EXPORT = state(row(id="fl-00000000000000001", inputs={"vpcId": VPC})).decode()


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an executable that is the only `pulumi`, for the test to write."""
    executable = tmp_path / "bin" / "pulumi"
    executable.parent.mkdir()
    executable.write_text("#!/bin/sh\nexit 0\n")
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", f"{executable.parent}:/usr/bin:/bin")
    return executable


def says(pulumi: Path, stdout: str = "", stderr: str = "", *, code: int = 0) -> None:
    folder = pulumi.parent
    (folder / "stdout").write_text(stdout)
    (folder / "stderr").write_text(stderr)
    pulumi.write_text(
        "#!/bin/sh\n"
        f'printf "%s " "$@" > {folder}/arguments\n'
        f"pwd > {folder}/directory\n"
        f"echo $PULUMI_SKIP_UPDATE_CHECK > {folder}/skip\n"
        f"cat {folder}/stdout\ncat {folder}/stderr >&2\nexit {code}\n"
    )


def refused(name: str | None = None, *, seconds: float = 60) -> tuple[str, str]:
    with pytest.raises(SourceError) as raised:
        stack.export(name, seconds=seconds)
    return raised.value.cause, raised.value.next_step


def test_the_selected_stack(pulumi: Path, tmp_path: Path) -> None:
    says(pulumi, EXPORT)
    declared = stack.export(None, directory=tmp_path)
    assert [(one.source, one.flow_log_id) for one in declared.flow_logs] == [
        ("the selected stack", "fl-00000000000000001")
    ]
    assert declared.sources == (
        DeclarationSource(source="the selected stack", project="net", stack="prod", flow_logs=1),
    )
    folder = pulumi.parent
    assert (folder / "arguments").read_text() == "stack export --non-interactive "
    assert (folder / "directory").read_text() == f"{tmp_path}\n"
    assert (folder / "skip").read_text() == "true\n"


@pytest.mark.parametrize("name", ["dev", "organization/net/dev", "--show-secrets"])
def test_a_stack_by_name(name: str, pulumi: Path) -> None:
    says(pulumi, EXPORT)
    assert [one.source for one in stack.export(name).flow_logs] == [f"stack {name}"]
    arguments = (pulumi.parent / "arguments").read_text()
    assert arguments == f"stack export --non-interactive --stack={name} "


def test_a_stack_that_was_never_deployed(pulumi: Path) -> None:
    says(pulumi, "{}")
    assert stack.export("dev").sources == (DeclarationSource(source="stack dev"),)


ANY = "See whether `pulumi stack export` works in this folder, or give a SOURCE."
LOG_IN = "Log in with `pulumi login`, or set PULUMI_ACCESS_TOKEN."


@pytest.mark.parametrize(
    ("stderr", "said", "next_step"),
    [
        (
            "error: no Pulumi.yaml project file found (searching upwards from /tmp)\n",
            "no Pulumi.yaml project file found (searching upwards from /tmp)",
            "Run `drift check` in the folder of the Pulumi program, or give a SOURCE.",
        ),
        (
            "error: no stack selected; please use `pulumi stack select` to choose one\n",
            "no stack selected; please use `pulumi stack select` to choose one",
            "Choose one with `pulumi stack select`, or name it: `drift check --stack NAME`.",
        ),
        (
            "error: no stack named 'dev' found\n",
            "no stack named 'dev' found",
            "See `pulumi stack ls` for the stacks that there are.",
        ),
        (
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive sessions\n",
            "PULUMI_ACCESS_TOKEN must be set for login during non-interactive sessions",
            LOG_IN,
        ),
        ("error: run `pulumi login` first\n", "run `pulumi login` first", LOG_IN),
        (
            "warning: \x1b[33mold\x1b[0m\nerror: \x1b]0;x\x07open postgres://me:hunter2@db/state\n",
            "open postgres://***@db/state",
            ANY,
        ),
        ("error: " + "x" * 400, "x" * 299 + "…", ANY),
        ("", "exit code 255.", ANY),
    ],
    ids=["project", "selected", "named", "token", "login", "control", "long", "silent"],
)
def test_pulumi_fails(stderr: str, said: str, next_step: str, pulumi: Path) -> None:
    says(pulumi, stderr=stderr, code=255)
    assert refused() == (f"`pulumi stack export` failed: {said}", next_step)


def test_there_is_no_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused() == (
        "There is no pulumi command on PATH to export the stack with.",
        "Install Pulumi, or give a SOURCE: a state, a preview or a backend's folder.",
    )


def test_pulumi_cannot_be_run(pulumi: Path) -> None:
    pulumi.write_text("#!/no/such/interpreter\n")
    assert refused() == (
        f"`pulumi stack export` cannot be run: [Errno 2] No such file or directory: '{pulumi}'.",
        ANY,
    )


def test_pulumi_takes_too_long(pulumi: Path) -> None:
    pulumi.write_text("#!/bin/sh\nexec sleep 60\n")
    assert refused(seconds=0.1) == (
        "`pulumi stack export` did not answer within 0.1 seconds.",
        "See whether the backend can be reached: `pulumi whoami --verbose`.",
    )


def test_what_pulumi_prints_is_read_like_a_file(pulumi: Path) -> None:
    says(pulumi, EXPORT[:-3])
    assert refused()[0] == "the selected stack is cut off: it ends in the middle of a value."
