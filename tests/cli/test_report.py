"""`drift report` and `drift history`, as a nightly job runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drift.cli import run
from drift.cli.history import DEFAULT, HISTORY
from drift.cli.report import NOTIFY
from drift.errors import ExitCode

ACCOUNT, REGION = "123456789012", "us-east-1"
URN = "urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::a"
INPUTS = {
    "vpcId": "vpc-0aa11bb22cc33dd44",
    "trafficType": "ALL",
    "logDestinationType": "s3",
    "logDestination": "arn:aws:s3:::acme-flow-logs",
    "__defaults": [],
}
LIVE = {
    "FlowLogId": "fl-00000000000000001",
    "ResourceId": "vpc-0aa11bb22cc33dd44",
    "TrafficType": "ALL",
    "LogDestinationType": "s3",
    "LogDestination": "arn:aws:s3:::acme-flow-logs",
    "LogFormat": "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} "
    "${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
    "MaxAggregationInterval": 600,
    "FlowLogStatus": "ACTIVE",
    "DeliverLogsStatus": "SUCCESS",
}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    for name in (HISTORY, NOTIFY):
        monkeypatch.delenv(name, raising=False)
    return Job(tmp_path)


class Job:
    """A folder with a state, and what AWS has tonight."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/fl-00000000000000001"
        stack = {"urn": "urn:pulumi:prod::net::pulumi:pulumi:Stack::net-prod"}
        row = {
            "urn": URN,
            "type": "aws:ec2/flowLog:FlowLog",
            "custom": True,
            "id": "fl-00000000000000001",
            "inputs": INPUTS,
            "outputs": {**INPUTS, "arn": arn, "region": REGION},
        }
        resources = [{**stack, "type": "pulumi:pulumi:Stack"}, row]
        state = {"version": 3, "deployment": {"resources": resources}}
        (folder / "state.json").write_text(json.dumps(state))

    def night(self, *options: str, flow_logs: list[dict[str, Any]] | None = None) -> int:
        found = [LIVE] if flow_logs is None else flow_logs
        (self._folder / "live.json").write_text(json.dumps({"FlowLogs": found}))
        place = ("--live", "live.json", "--account", ACCOUNT, "--region", REGION)
        return run(["report", "state.json", *place, *options])

    def drifted(self, *options: str) -> int:
        return self.night(*options, flow_logs=[{**LIVE, "TrafficType": "REJECT"}])

    def document(self, name: str = "report.json") -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self._folder / name).read_text())
        return document


def standings(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["standing"], one["kind"]) for one in document["changes"]["tracked"]]


JSON = ("-o", "json=report.json")


def test_three_nights(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.drifted(*JSON) == ExitCode.DRIFT
    assert capsys.readouterr().err == f"drift: began a history in {DEFAULT}\n"
    assert standings(job.document()) == [("new", "flow-log-modified")]
    assert job.drifted(*JSON) == ExitCode.DRIFT
    assert standings(job.document()) == [("still-open", "flow-log-modified")]
    assert job.night(*JSON) == ExitCode.IN_SYNC
    assert standings(job.document()) == [("resolved", "flow-log-modified")]
    assert len(job.document()["changes"]["trend"]) == 3
    assert capsys.readouterr().err == ""


def test_the_default_output_is_text_with_what_changed(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.drifted("--history", "nightly.db")
    assert "Changes: 1 new; the first run" in capsys.readouterr().out
    job.night("--history", "nightly.db", "--quiet")
    assert capsys.readouterr().out == ""


def test_only_news_fails(job: Job) -> None:
    assert job.drifted("--fail-on-new", "-q") == ExitCode.DRIFT
    assert job.drifted("--fail-on-new", "-q") == ExitCode.IN_SYNC
    assert job.night("--fail-on-new", "-q", flow_logs=[]) == ExitCode.DRIFT
    stranger = {**LIVE, "FlowLogId": "fl-00000000000000009", "ResourceId": "vpc-0bb"}
    assert job.night("--fail-on-new", "-q", flow_logs=[LIVE, stranger]) == ExitCode.IN_SYNC
    job.night("-q")
    fail_on = ("--fail-on-new", "--fail-on", "flow-log-unmanaged", "-q")
    assert job.night(*fail_on, flow_logs=[LIVE, stranger]) == ExitCode.DRIFT


def test_only_news_fails_and_what_is_unverified_is_never_in_sync(job: Job, tmp_path: Path) -> None:
    job.drifted("-q")
    denied = {
        "format": "drift-live",
        "version": "1.0",
        "read_at": "2026-03-03T06:00:00Z",
        "narrowing": {"Filters": [], "FlowLogIds": []},
        "listings": [
            {
                "account": ACCOUNT,
                "region": REGION,
                "status": "denied",
                "reason": "AWS denied ec2:DescribeFlowLogs",
                "next_step": "Grant it.",
                "account_confirmed": True,
                "FlowLogs": [],
            }
        ],
    }
    (tmp_path / "denied.json").write_text(json.dumps(denied))
    arguments = ["report", "state.json", "--live", "denied.json", "--fail-on-new", *JSON]
    assert run(arguments) == ExitCode.UNVERIFIED
    assert standings(job.document()) == [("unverified", "flow-log-modified")]


def test_a_report_of_before_instead_of_a_history(job: Job, tmp_path: Path) -> None:
    assert job.drifted("--previous", "no.json") == ExitCode.COULD_NOT_RUN
    job.drifted(*JSON)
    (tmp_path / "report.json").rename(tmp_path / "last.json")
    assert job.drifted("--previous", "last.json", *JSON) == ExitCode.DRIFT
    assert standings(job.document()) == [("still-open", "flow-log-modified")]
    assert job.night("--previous", "report.json", "-o", "json=next.json") == ExitCode.IN_SYNC
    assert standings(job.document("next.json")) == [("resolved", "flow-log-modified")]
    assert len(job.document("next.json")["changes"]["trend"]) == 3


def test_outputs_that_can_not_be_written_leave_the_history_alone(job: Job) -> None:
    job.drifted("-q")
    assert job.night("-o", "json=no/such/folder.json", *JSON) == ExitCode.COULD_NOT_RUN
    assert not Path("report.json").exists()
    assert job.night(*JSON) == ExitCode.IN_SYNC
    assert standings(job.document()) == [("resolved", "flow-log-modified")]


def test_a_history_that_can_not_be_written_leaves_the_outputs_alone(job: Job) -> None:
    Path("notes.txt").write_text("to do " * 200)
    Path("report.json").write_text("that of last night")
    assert job.night("--history", "notes.txt", *JSON) == ExitCode.COULD_NOT_RUN
    assert Path("report.json").read_text() == "that of last night"


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (("--previous", "x.json", "--history", "y.db"), "--previous is instead of a history"),
        (("--previous", "x.json", "--name", "net"), "--previous is instead of a history"),
        (("--history", "n.db", "-o", "json=n.db"), "would overwrite n.db"),
        (("--history", "mysql://net:s3cr3t@db/x"), "kept in SQLite or PostgreSQL"),
        (("--notify", "slack://s3cr3t"), "the address of notification 1 (slack) can't be used"),
    ],
)
def test_usage(
    job: Job, options: tuple[str, ...], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("n.db").touch()
    before = sorted(Path().iterdir())
    assert job.night(*options) == ExitCode.COULD_NOT_RUN
    error = capsys.readouterr().err
    assert cause in error
    assert "s3cr3t" not in error
    assert [path for path in sorted(Path().iterdir()) if path.name != "live.json"] == before


def test_the_address_may_come_from_the_environment(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HISTORY, "team.db")
    job.night("-q")
    assert Path("team.db").exists()
    assert run(["history"]) == ExitCode.IN_SYNC
    # One that was typed comes first, and a report of before is instead of any.
    job.night(*JSON, "--history", "mine.db")
    assert Path("mine.db").exists()
    assert job.night("-q", "--previous", "report.json") == ExitCode.IN_SYNC


def test_a_notification_that_fails_changes_no_exit_code(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(NOTIFY, "json://net:s3cr3t@127.0.0.1:1/s3cr3t")
    assert job.drifted(*JSON) == ExitCode.DRIFT
    error = capsys.readouterr().err
    assert "notification 1 (json) could not be sent: the service could not be reached" in error
    assert "s3cr3t" not in error
    assert standings(job.document()) == [("new", "flow-log-modified")]


# -- drift history --------------------------------------------------------------------------------


def test_listing(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        job.drifted("-q")
    capsys.readouterr()
    assert run(["history", "--limit", "2"]) == ExitCode.IN_SYNC
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "when",
        "(UTC)",
        "verdict",
        "drift",
        "other",
        "unverified",
        "accepted",
        "new",
        "still",
        "open",
        "resolved",
        "unseen",
        "name",
    ]
    assert lines[1].split()[2:] == ["drifted", "1", "0", "0", "0", "0", "1", "0", "0", "net/prod"]
    assert lines[3] == "1 older runs are not shown: --limit 0 shows all."
    assert run(["history", "--json"]) == ExitCode.IN_SYNC
    documents = json.loads(capsys.readouterr().out)
    assert [one["new"] for one in documents] == [0, 0, 1]


def test_a_name_that_no_run_has(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.night("-q", "--name", "prod")
    assert run(["history", "--name", "prod"]) == ExitCode.IN_SYNC
    assert run(["history", "--name", "dev"]) == ExitCode.COULD_NOT_RUN
    assert "no run was recorded under the name dev" in capsys.readouterr().err


def test_forgetting_a_stack_that_is_gone(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job.drifted("--name", "net", *JSON)
    fingerprint = job.document()["findings"][0]["fingerprint"]
    assert run(["history", "forget", fingerprint]) == ExitCode.COULD_NOT_RUN
    assert "is no finding that could not be verified" in capsys.readouterr().err
    state = tmp_path / "state.json"
    state.write_text(state.read_text().replace("urn:pulumi:prod::", "urn:pulumi:next::"))
    assert job.night("--name", "net", "-q") == ExitCode.UNVERIFIED
    assert run(["history", "forget", fingerprint]) == ExitCode.IN_SYNC
    assert capsys.readouterr().out == f"Forgot flow-log-modified a ({fingerprint}).\n"
    assert job.night("--name", "net", "-q") == ExitCode.IN_SYNC


def test_showing_a_life(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.drifted(*JSON)
    fingerprint = job.document()["findings"][0]["fingerprint"]
    job.night("-q")
    capsys.readouterr()
    assert run(["history", "show", fingerprint[:8]]) == ExitCode.IN_SYNC
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"flow-log-modified  a  ({fingerprint})"
    assert "  TrafficType: declared ALL, live REJECT" in lines
    assert [line.split()[0] for line in lines[-2:]] == ["new", "resolved"]
    # Said before the subcommand, it holds for that.
    assert run(["history", "--history", DEFAULT, "show", fingerprint, "--json"]) == 0
    [life] = json.loads(capsys.readouterr().out)
    assert [one["seen"] for one in life["stretches"]] == ["new", "resolved"]


def test_pruning(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        job.drifted("-q")
    capsys.readouterr()
    assert run(["history", "prune", "--keep-runs", "1", "--dry-run"]) == ExitCode.IN_SYNC
    assert run(["history", "prune", "--keep-runs", "1"]) == ExitCode.IN_SYNC
    assert run(["history", "prune", "--keep", "90d"]) == ExitCode.IN_SYNC
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" runs")[0] for line in told] == ["Would forget 2", "Forgot 2", "Forgot 0"]
    job.drifted(*JSON)
    assert standings(job.document()) == [("still-open", "flow-log-modified")]


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["history"], "there is no history in drift-history.db"),
        (["history", "show", "../x"], "'../x' is no fingerprint"),
        (["history", "prune"], "nothing says what to keep"),
        (["history", "prune", "--keep", "90"], "--keep '90' is no age"),
        (["history", "prune", "--keep-runs", "3"], "there is no history in drift-history.db"),
        (["history", "forget", "abcd"], "there is no history in drift-history.db"),
    ],
)
def test_usage_of_history(
    job: Job, arguments: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del job
    assert run(arguments) == ExitCode.COULD_NOT_RUN
    assert cause in capsys.readouterr().err
    assert not Path(DEFAULT).exists()


@pytest.mark.parametrize(
    ("module", "options", "extra"),
    [
        ("sqlalchemy", (), "history"),
        ("alembic", ("--history", "new.db"), "history"),
        ("psycopg", ("--history", "postgresql://net@127.0.0.1:1/drift"), "postgresql"),
        ("apprise", ("--notify", "json://127.0.0.1:1/"), "notify"),
    ],
)
def test_without_an_extra(
    job: Job, tmp_path: Path, module: str, options: tuple[str, ...], extra: str
) -> None:
    job.night("-q")
    Path("new.db").touch()
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from drift.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "report", "state.json", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == ExitCode.COULD_NOT_RUN
    assert f"pipx install 'flow-log-drift[{extra}]'" in done.stderr
