"""The command as a user runs it: options in, report and exit code out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drift import __version__
from drift.cli import run
from drift.demo.aws import DENIED, Aws, Console, TrafficType, extended_aws
from drift.errors import ExitCode
from drift.findings import Kind
from tests.states import row, state

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Play an AWS inside this process, and nothing of the machine's own configuration."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with extended_aws(seed=1) as aws:
        keys = aws.credentials()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
        yield aws


@pytest.fixture
def console(aws: Aws) -> Console:
    return aws.console(region=REGION)


@pytest.fixture
def estate(console: Console, tmp_path: Path) -> Estate:
    return Estate(console, tmp_path)


class Estate:
    """Flow logs to one bucket, and the state that declares them."""

    def __init__(self, console: Console, folder: Path) -> None:
        self.console = console
        self.state = folder / "state.json"
        self._folder = folder
        self._bucket = console.create_bucket("acme-flow-logs")
        self._rows: list[dict[str, Any]] = []
        self.ids: dict[str, str] = {}
        self._write()

    def declare(self, name: str, edited: dict[str, Any] | None = None) -> str:
        """Create a flow log and declare it; `edited` inputs were changed and not deployed."""
        flow_log_id = self.create()
        declared = row(self.console, name, flow_log_id)
        declared["inputs"] = {**declared["inputs"], **(edited or {})}
        self._rows.append(declared)
        self._write()
        self.ids[name] = flow_log_id
        return flow_log_id

    def create(self) -> str:
        return self.console.create_flow_log(
            self.console.create_vpc(), log_destination=self._bucket, tags={"Owner": "net"}
        )

    def _write(self) -> None:
        self.state.write_text(state(self._rows))

    def check(self, *options: str) -> tuple[dict[str, Any], int]:
        path = self._folder / "report.json"
        code = run(["check", str(self.state), "-o", f"json={path}", *options])
        return json.loads(path.read_text()), code


def kinds(report: dict[str, Any]) -> list[str]:
    return [finding["kind"] for finding in report["findings"]]


def test_in_sync(estate: Estate, aws: Aws) -> None:
    estate.declare("a")
    report, code = estate.check()
    assert code == ExitCode.IN_SYNC
    assert report["verdict"] == "in-sync"
    assert report["coverage"] == [
        {
            "account": "123456789012",
            "region": REGION,
            "status": "read",
            "flow_logs": 1,
            "reason": None,
        }
    ]
    assert sorted(call.action for call in aws.calls) == ["DescribeFlowLogs", "GetCallerIdentity"]


def test_every_kind_of_finding(estate: Estate, aws: Aws) -> None:
    console = estate.console
    console.recreate(estate.declare("replaced"), traffic_type=TrafficType.REJECT)
    console.delete(estate.declare("missing"))
    estate.declare("modified", edited={"maxAggregationInterval": 60})
    console.retag(estate.declare("tagged"), {"Owner": "else"})
    console.break_delivery(estate.declare("undelivered"))
    estate.create()
    aws.fail(DENIED, region="eu-west-1")
    report, code = estate.check("--region", "eu-west-1")
    assert kinds(report) == [
        "flow-log-replaced",
        "flow-log-missing",
        "flow-log-modified",
        "flow-log-tags-modified",
        "flow-log-unmanaged",
        "flow-log-undelivered",
        "flow-log-unverified",
    ]
    assert code == ExitCode.DRIFT
    assert report["findings"][0]["declared_at"] == {"file": "__main__.py", "line": 7}


def test_fail_on(estate: Estate) -> None:
    estate.declare("a")
    estate.create()
    assert estate.check()[1] == ExitCode.IN_SYNC
    report, code = estate.check("--fail-on", "flow-log-unmanaged")
    assert (report["verdict"], code) == ("drifted", ExitCode.DRIFT)
    estate.console.delete(estate.ids["a"])
    report, code = estate.check("--fail-on", "none")
    assert (report["verdict"], code) == ("in-sync", ExitCode.IN_SYNC)


def test_a_denied_region_is_exit_3_and_nothing_is_missing(estate: Estate, aws: Aws) -> None:
    estate.declare("a")
    aws.fail(DENIED)
    report, code = estate.check()
    assert code == ExitCode.UNVERIFIED
    assert kinds(report) == ["flow-log-unverified"]
    assert report["coverage"][0]["status"] == "denied"
    assert report["findings"][0]["remedies"][0]["action"] == "grant"


def test_credentials_of_another_account(
    estate: Estate, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        estate.declare(name)
    keys = aws.credentials("210987654321")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
    report, code = estate.check()
    assert code == ExitCode.UNVERIFIED
    assert kinds(report) == ["flow-log-unverified"]
    assert report["coverage"][0]["status"] == "wrong-account"


def test_assume_role_reads_the_declared_account(
    estate: Estate, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.declare("a")
    keys = aws.credentials("210987654321")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
    report, code = estate.check("--assume-role", "arn:{partition}:iam::{account}:role/reader")
    assert (report["verdict"], code) == ("in-sync", ExitCode.IN_SYNC)


def test_one_page_per_thousand_flow_logs(estate: Estate, aws: Aws) -> None:
    estate.declare("a")
    for _ in range(2000):
        estate.create()
    report, _ = estate.check()
    assert report["summary"]["live"] == 2001
    assert [call.action for call in aws.calls].count("DescribeFlowLogs") == 3


def test_narrowed(estate: Estate) -> None:
    estate.declare("a")
    estate.declare("b")
    estate.create()
    report, code = estate.check("--flow-log-id", estate.ids["a"])
    assert (kinds(report), code) == ([], ExitCode.IN_SYNC)
    assert report["notes"] == ["narrowed"]
    report, code = estate.check("--filter", "Name=tag:Owner,Values=else")
    assert (kinds(report), report["summary"]["declared"]) == (["flow-log-unverified"], 0)
    estate.console.delete(estate.ids["b"])
    report, _ = estate.check("--filter", f"Name=flow-log-id,Values={estate.ids['b']}")
    assert kinds(report) == ["flow-log-missing"]


def test_offline_with_a_snapshot(estate: Estate, tmp_path: Path, aws: Aws) -> None:
    estate.declare("a")
    snapshot = tmp_path / "live.json"
    assert run(["live", "--region", REGION, "-o", str(snapshot)]) == ExitCode.IN_SYNC
    aws.fail(DENIED)
    report, code = estate.check("--live", str(snapshot))
    assert (report["verdict"], code) == ("in-sync", ExitCode.IN_SYNC)


def test_a_snapshot_records_what_was_denied(estate: Estate, tmp_path: Path, aws: Aws) -> None:
    estate.declare("a")
    aws.fail(DENIED)
    snapshot = tmp_path / "live.json"
    assert run(["live", "--region", REGION, "-o", str(snapshot)]) == ExitCode.UNVERIFIED
    report, code = estate.check("--live", str(snapshot))
    assert (kinds(report), code) == (["flow-log-unverified"], ExitCode.UNVERIFIED)
    assert report["coverage"][0]["status"] == "denied"


def aws_cli_output(console: Console) -> str:
    return json.dumps({"FlowLogs": console.flow_logs()}, default=str)


def test_offline_with_the_output_of_the_aws_cli(estate: Estate, tmp_path: Path) -> None:
    estate.declare("a")
    live = tmp_path / "live.json"
    live.write_text(aws_cli_output(estate.console))
    report, code = estate.check("--live", str(live))
    assert (report["verdict"], code) == ("in-sync", ExitCode.IN_SYNC)


def test_the_output_of_the_aws_cli_needs_a_place(
    tmp_path: Path, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    live, empty = tmp_path / "live.json", tmp_path / "state.json"
    live.write_text(aws_cli_output(console))
    empty.write_text(state([]))
    assert run(["check", str(empty), "--live", str(live)]) == ExitCode.COULD_NOT_RUN
    assert "--account" in capsys.readouterr().err
    place = ["--account", "123456789012", "--region", REGION]
    assert run(["check", str(empty), "--live", str(live), *place]) == ExitCode.UNVERIFIED


def test_nothing_at_all(estate: Estate) -> None:
    assert estate.check("--region", REGION)[1] == ExitCode.UNVERIFIED
    assert estate.check("--region", REGION, "--allow-empty")[1] == ExitCode.IN_SYNC


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["check", "no-such-file.json"], "no-such-file.json"),
        (["check", "-", "--stack", "prod"], "--stack goes with no SOURCE"),
        (["check", "-o", "yaml"], "'yaml' is no output format"),
        (["check", "--fail-on", "missing"], "'missing' is no kind of finding"),
        (["check", "--fail-on", "flow-log-unverified"], "flow-log-unverified is never drift"),
        (["check", "--filter", "traffic-type=ALL"], "--filter 'traffic-type=ALL' can't be read"),
        (["check", "--filter", "Name=colour,Values=red"], "'colour' is no filter of flow logs"),
        (["check", "--flow-log-id", "vpc-1"], "'vpc-1' is no flow log id"),
        (["check", "--account", "12"], "'12' is no AWS account id"),
        (["check", "--region", "mars-1; rm"], "'mars-1; rm' is no AWS region"),
        (["check", "s.json", "-o", "json=s.json"], "-o json=s.json would overwrite s.json"),
        (["permissions", "--region", "eu-west-1"], "--region belongs to --check"),
        (["check", "--external-id", "x"], "--external-id belongs to --assume-role"),
        (["check", "--assume-role", "reader"], "--assume-role 'reader'"),
        (["check", "--live", "x", "--profile", "p"], "--profile is about asking AWS"),
        (["check", "--live", "x", "--filter", "Name=tag-key,Values=a"], "--filter is about asking"),
        (["check", "--nonsense"], "No such option '--nonsense'"),
        (["chekc"], "No such command 'chekc'"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
)
def test_usage_errors_name_the_cause_and_the_next_step(
    arguments: list[str],
    cause: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == ExitCode.COULD_NOT_RUN
    captured = capsys.readouterr()
    assert captured.out == ""
    assert cause in captured.err
    assert captured.err.startswith("drift: ")
    assert "\n  -> " in captured.err
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- names only


def test_an_error_shows_hostile_names_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "a\x1b[31m\u202eb.json"]) == ExitCode.COULD_NOT_RUN
    assert "a\\x1b[31m\\u202eb.json" in capsys.readouterr().err


def test_no_credentials_at_all(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estate.declare("a")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert run(["check", str(estate.state)]) == ExitCode.COULD_NOT_RUN
    assert "credentials" in capsys.readouterr().err


def test_quiet(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    estate.declare("a")
    assert run(["check", str(estate.state), "--quiet"]) == ExitCode.IN_SYNC
    assert capsys.readouterr() == ("", "")


def test_stdout_is_only_the_document(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    estate.declare("a")
    run(["check", str(estate.state), "-o", "json"])
    captured = capsys.readouterr()
    assert json.loads(captured.out)["format_version"] == "1.0"
    assert captured.err == ""


def test_without_arguments_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == ExitCode.COULD_NOT_RUN
    assert capsys.readouterr().err.startswith("Usage: drift [OPTIONS] COMMAND [ARGS]...\n\n  Find")


def test_files_that_contradict_each_other(estate: Estate, tmp_path: Path) -> None:
    flow_log_id = estate.declare("a")
    files = []
    for owner in ("net", "else"):
        estate.console.retag(flow_log_id, {"Owner": owner})
        path = tmp_path / f"{owner}.json"
        assert run(["live", "--region", REGION, "-o", str(path)]) == ExitCode.IN_SYNC
        files += ["--live", str(path)]
    assert run(["check", str(estate.state), *files]) == ExitCode.COULD_NOT_RUN
    assert estate.check(*files[:2], *files[:2])[1] == ExitCode.IN_SYNC


def test_permissions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions"]) == ExitCode.IN_SYNC
    assert json.loads(capsys.readouterr().out) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadFlowLogs",
                "Effect": "Allow",
                "Action": "ec2:DescribeFlowLogs",
                "Resource": "*",
            }
        ],
    }


def test_permissions_with_a_role(capsys: pytest.CaptureFixture[str]) -> None:
    run(["permissions", "--assume-role", "arn:{partition}:iam::{account}:role/reader"])
    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert statements[1]["Action"] == "sts:AssumeRole"
    assert statements[1]["Resource"] == "arn:*:iam::*:role/reader"


def test_permissions_check(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.fail(DENIED, region="eu-west-1")
    arguments = ["permissions", "--check", "--region", "eu-west-1", "--region", REGION]
    assert run(arguments) == ExitCode.UNVERIFIED
    lines = capsys.readouterr().out.splitlines()
    assert any(REGION in line and line.endswith("granted") for line in lines)
    assert any("eu-west-1" in line and "denied" in line for line in lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == ExitCode.IN_SYNC
    assert "_DRIFT_COMPLETE" in capsys.readouterr().out


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == ExitCode.IN_SYNC
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


# -- as a process ---------------------------------------------------------------------------------

DRIFT = [sys.executable, "-c", "from drift.cli import main; main()"]


def test_version() -> None:
    done = subprocess.run([*DRIFT, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"drift {__version__}\n"


def test_help_and_version_import_next_to_nothing() -> None:
    code = (
        "import sys; from drift.cli import run; run(['--help'])\n"
        "heavy = {'botocore', 'msgspec', 'deepdiff', 'moto', 'pulumi', 'asyncio'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_over_http(aws: Aws, estate: Estate) -> None:
    estate.declare("a")
    estate.console.recreate(estate.ids["a"], traffic_type=TrafficType.REJECT)
    with aws.serve() as endpoint:
        done = subprocess.run(
            [*DRIFT, "check", estate.state],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **aws.environment(endpoint, region=REGION)},
        )
    assert done.returncode == ExitCode.DRIFT
    assert done.stdout.startswith("flow-log-replaced  a  ")
    assert done.stderr == ""


def test_standard_input(aws: Aws, estate: Estate) -> None:
    estate.declare("a")
    with aws.serve() as endpoint:
        done = subprocess.run(
            [*DRIFT, "check", "-"],
            input=estate.state.read_text(),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **aws.environment(endpoint, region=REGION)},
        )
    assert (done.returncode, done.stderr) == (ExitCode.IN_SYNC, "")


def test_a_reader_that_leaves_early_changes_nothing(estate: Estate, aws: Aws) -> None:
    for number in range(200):
        estate.console.delete(estate.declare(f"missing-{number}"))
    with aws.serve() as endpoint:
        process = subprocess.Popen(
            [*DRIFT, "check", str(estate.state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **aws.environment(endpoint, region=REGION)},
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(timeout=30) == ExitCode.DRIFT


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(state([]))
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        # Nobody answers there: packets to this network are dropped, or refused at once.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": REGION,
    }
    process = subprocess.Popen(
        [*DRIFT, "check", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    time.sleep(0.7)  # It now waits for standard input.
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (output, errors.strip()) == (b"", b"drift: interrupted; no file was written")


def test_every_kind_can_be_named(estate: Estate) -> None:
    estate.declare("a")
    names = ",".join(kind for kind in Kind if kind is not Kind.UNVERIFIED)
    assert estate.check("--fail-on", names)[1] == ExitCode.IN_SYNC


# -- demo ------------------------------------------------------------------------------------------


def test_the_demo_writes_the_report_of_its_morning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo.json"
    assert run(["demo", "-o", f"json={path}"]) == 0
    assert capsys.readouterr().out.endswith(f"\nThe report of that morning as json: {path}\n")
    assert json.loads(path.read_text())["verdict"] == "drifted"


def test_the_demo_has_standard_output_for_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "-o", "json"]) == 2
    assert capsys.readouterr() == (
        "",
        "drift: the story has standard output for itself\n  -> give -o a file: FORMAT=PATH\n",
    )
