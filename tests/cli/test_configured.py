"""`drift check` with a drift.toml."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drift.cli import run
from drift.cli.app import COMMANDS
from drift.cli.configured import tables
from drift.errors import ExitCode
from drift.findings import Report
from drift.render import json_v1
from tests.states import state

ACCOUNT = "123456789012"
LIVE = {
    "FlowLogs": [
        {
            "FlowLogId": "fl-00000000000000001",
            "ResourceId": "vpc-1",
            "TrafficType": "ALL",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::acme",
            "FlowLogStatus": "ACTIVE",
        }
    ]
}
UNMANAGED = "flow-log-unmanaged"


@dataclass
class Project:
    """A repository with a state that declares nothing, and one live flow log."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def settings(self, text: str, name: str = "drift.toml") -> None:
        (self.root / name).write_text(text)

    def check(self, *arguments: str) -> tuple[dict[str, Any], int]:
        """Run `drift check` on the recorded live flow log; return the report and the exit code."""
        live = ("--live", str(self.root / "live.json"), "--region", "eu-west-1")
        code = run(["check", *arguments, *live, "--account", ACCOUNT, "-o", "json"])
        out = self.capsys.readouterr().out
        return (json.loads(out) if out else {}), code

    def error(self, *arguments: str) -> str:
        assert run(list(arguments)) == ExitCode.COULD_NOT_RUN
        return self.capsys.readouterr().err


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    (tmp_path / ".git").mkdir()
    (tmp_path / "state.json").write_text(state([]))
    (tmp_path / "live.json").write_text(json.dumps(LIVE))
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, capsys)


def test_options_out_of_the_file(project: Project) -> None:
    project.settings(f'[check]\nsource = "state.json"\nfail-on = ["{UNMANAGED}"]\n')
    report, code = project.check()
    assert (code, report["fail_on"]) == (ExitCode.DRIFT, [UNMANAGED])
    assert [one["source"] for one in report["declared"]] == ["state.json"]


def test_the_command_line_outranks_the_file(project: Project) -> None:
    project.settings(f'[check]\nsource = "nothing.json"\nfail-on = "{UNMANAGED}"\n')
    report, code = project.check("state.json", "--fail-on", "none")
    assert (code, report["fail_on"]) == (ExitCode.IN_SYNC, [])


def test_paths_are_relative_to_the_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.settings('[check]\nsource = ["st*.json"]\noutput = ["text", "json=out.json"]\n')
    monkeypatch.chdir(project.root / "deep")
    report, _ = project.check()
    assert [one["source"] for one in report["declared"]] == ["../state.json"]
    live = ("--live", "../live.json", "--region", "eu-west-1", "--account", ACCOUNT)
    assert run(["check", *live]) == ExitCode.IN_SYNC
    assert json.loads((project.root / "out.json").read_text())["verdict"] == "in-sync"


def test_a_folder_whose_name_looks_like_a_glob(project: Project) -> None:
    folder = project.root / "a[1]"
    folder.mkdir()
    (project.root / "state.json").rename(folder / "state.json")
    (folder / "other.toml").write_text('[check]\nsource = "st*.json"\n')
    report, _ = project.check("--config", "a[1]/other.toml")
    assert [one["source"] for one in report["declared"]] == ["a[1]/state.json"]


def test_outputs_stay_in_the_folder_of_the_file(project: Project, tmp_path: Path) -> None:
    for path in ("/etc/motd", "../motd", "a/../../motd"):
        project.settings(f'[check]\nsource = "state.json"\noutput = "text={path}"\n')
        assert "drift.toml:3: check.output: text=" in project.error("check")
    (project.root / "link").symlink_to(tmp_path.parent)
    project.settings('[check]\nsource = "state.json"\noutput = "text=link/motd"\n')
    assert "leads out of the folder of this file" in project.error("check")


def test_what_is_typed_drops_what_excludes_it(project: Project) -> None:
    project.settings(
        '[check]\nstack = "prod"\nprofile = "x"\nassume-role = "arn:aws:iam::1:role/x"\n'
    )
    assert project.check("state.json")[1] == ExitCode.IN_SYNC
    assert "--profile is about asking AWS" in project.error(
        "check", "state.json", "--live", "live.json", "--profile", "y"
    )
    project.settings('[check]\nsource = "state.json"\n')
    # It turns to the pulumi CLI, or to its absence, and not to the file's source.
    assert "--stack goes with no SOURCE" not in project.error("check", "--stack", "prod")
    project.settings('[check]\nsource = "state.json"\nstack = "prod"\n')
    assert "--stack goes with no SOURCE" in project.error("check")


def test_a_report_is_a_check_with_outputs_of_its_own(project: Project) -> None:
    (project.root / "before.json").write_text(json_v1.render(Report()))
    project.settings(
        '[check]\nsource = "state.json"\noutput = "text=of-check.txt"\n'
        f'fail-on = "{UNMANAGED}"\nprofile = "x"\n'
        '[report]\nfail-on = "none"\noutput = "json=of-report.json"\n'
        f'[[accept]]\nresource = "vpc-*"\nreason = "x"\n'
    )
    live = ("--live", "live.json", "--region", "eu-west-1", "--account", ACCOUNT)
    assert run(["report", "--previous", "before.json", *live]) == ExitCode.IN_SYNC
    report = json.loads((project.root / "of-report.json").read_text())
    assert (report["fail_on"], report["summary"]["accepted"]) == ([], 1)
    assert not (project.root / "of-check.txt").exists()


def test_a_comment_takes_its_key_from_the_file(project: Project) -> None:
    (project.root / "drift.json").write_text(json_v1.render(Report()))
    words = ["comment", "drift.json", "--dry-run", "--github", "acme/net", "--pull-request", "1"]
    assert run([*words, "--always", "--key", "nightly"]) == ExitCode.IN_SYNC
    typed = project.capsys.readouterr().out
    project.settings('[comment]\nkey = "nightly"\nalways = true\n')
    assert run(words) == ExitCode.IN_SYNC
    assert project.capsys.readouterr().out == typed
    project.settings('[comment]\napi-url = "https://example.com"\n')
    assert "have the token sent to a stranger" in project.error(*words)


def test_accepted(project: Project) -> None:
    project.settings(
        f'[check]\nsource = "state.json"\nfail-on = "{UNMANAGED}"\n\n'
        f'[[accept]]\nresource = "vpc-*"\nreason = "Made by the landing zone."\n\n'
        f'[[accept]]\nkind = "{UNMANAGED}"\nresource = "vpc-2"\nreason = "Old."\n'
    )
    report, code = project.check()
    assert code == ExitCode.IN_SYNC
    assert [one["accepted"] for one in report["findings"]] == [
        {"reason": "Made by the landing zone.", "owner": None, "until": None}
    ]
    assert report["summary"]["accepted"] == 1
    assert [(one["rule"], one["problem"]) for one in report["stale_acceptances"]] == [
        ("drift.toml:9", "unmatched")
    ]


def test_an_expired_rule_accepts_nothing(project: Project) -> None:
    project.settings(
        f'[check]\nsource = "state.json"\nfail-on = "{UNMANAGED}"\n\n'
        f'[[accept]]\nresource = "vpc-*"\nreason = "x"\nuntil = 2020-01-01\n'
    )
    report, code = project.check()
    assert code == ExitCode.DRIFT
    assert [one["problem"] for one in report["stale_acceptances"]] == ["expired"]


def test_no_config(project: Project) -> None:
    project.settings('[[accept]]\nresource = "vpc-*"\nreason = "x"\n')
    report, _ = project.check("state.json", "--no-config")
    assert report["summary"]["accepted"] == 0
    project.settings("broken")
    assert project.check("state.json", "--no-config")[1] == ExitCode.IN_SYNC
    for both in (("--config", "live.json", "--no-config"), ("--no-config", "--config", "x")):
        assert run(["check", *both]) == ExitCode.COULD_NOT_RUN


def test_config(project: Project) -> None:
    project.settings("broken")
    project.settings(f'[check]\nfail-on = "{UNMANAGED}"\n', "other.toml")
    assert project.check("state.json", "--config", "other.toml")[1] == ExitCode.DRIFT
    assert "none.toml can't be read" in project.error("check", "--config", "none.toml")


def test_config_in_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.settings("broken")
    project.settings(f'[check]\nfail-on = "{UNMANAGED}"\n', "other.toml")
    monkeypatch.setenv("FLOW_LOG_DRIFT_CONFIG", "other.toml")
    assert project.check("state.json")[1] == ExitCode.DRIFT
    assert project.check("state.json", "--no-config")[1] == ExitCode.IN_SYNC
    assert "drift.toml:1: is no TOML" in project.error("check", "--config", "drift.toml")


def test_no_output_overwrites_the_file(project: Project) -> None:
    project.settings('[check]\nsource = "state.json"\n')
    assert "would overwrite drift.toml" in project.error("check", "-o", "text=drift.toml")


def test_a_file_that_can_not_be_followed(project: Project) -> None:
    project.settings('[check]\nregion = ["eu-west-1", "narnia"]\n')
    assert project.error("check", "state.json") == (
        "drift: drift.toml:2: check.region: 'narnia' is no AWS region: write it as eu-west-1\n"
        "  -> `drift schema --config` prints what the file may hold\n"
    )
    project.settings("[check]\nprovider-endpoints = true\n")
    assert "whoever changes it in a pull request" in project.error("check", "state.json")


def test_the_help_shows_what_the_file_says(project: Project) -> None:
    project.settings('[check]\nprofile = "acme"\n')
    assert run(["check", "--help"]) == ExitCode.IN_SYNC
    assert "[default: acme]" in " ".join(project.capsys.readouterr().out.split())
    project.settings("broken")
    assert run(["check", "--help"]) == ExitCode.IN_SYNC


def test_every_option_is_in_the_file_or_has_a_reason_not_to_be() -> None:
    """A new option of a command that reads the file takes a decision."""
    by_name = {table.name: table for table in tables()}
    for command in COMMANDS:
        if command.name not in by_name:
            continue
        table = by_name[command.name]
        options = {
            name.removeprefix("--")
            for one in command.params
            for name in one.opts
            if name.startswith("--")
        } - {"config", "no-config", "help"}
        assert {key.name for key in table.keys} - {"source"} | set(table.refused) == options


def test_the_schema(project: Project) -> None:
    assert run(["schema", "--config"]) == ExitCode.IN_SYNC
    assert json.loads(project.capsys.readouterr().out)["properties"].keys() == {
        "$schema",
        "check",
        "report",
        "comment",
        "accept",
    }
