"""`drift comment` as a user runs it: in a workflow, in a pipeline, elsewhere."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drift.cli import run
from drift.errors import ExitCode
from drift.findings import Report
from drift.publish.marker import read
from drift.render import json_v1, markdown
from tests.publish import github_api, gitlab_api
from tests.publish.api import Answer
from tests.publish.github_api import GitHubApi, html_url
from tests.publish.gitlab_api import WEB_URL, GitLabApi
from tests.publish.messages import HOUR
from tests.render.reports import every_kind, in_sync


class Job:
    """A job of a CI server, with a folder to work in."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        folder: Path,
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.folder = folder
        self.report = folder / "drift.json"
        self.summary = folder / "summary.md"
        for name in list(os.environ):
            if name.startswith(("CI_", "GH_", "GITHUB_", "GITLAB_")):
                monkeypatch.delenv(name)

    def setenv(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def in_actions(self, api: GitHubApi) -> None:
        event = self.folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
        self.setenv(
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=api.url,
            GITHUB_EVENT_PATH=str(event),
            GITHUB_REPOSITORY="acme/net",
            GITHUB_RUN_ID="1",
            GITHUB_SERVER_URL="https://github.example",
            GITHUB_STEP_SUMMARY=str(self.summary),
            GITHUB_TOKEN=github_api.TOKEN,
        )

    def in_gitlab_ci(self, api: GitLabApi) -> None:
        self.setenv(
            CI_API_V4_URL=api.url,
            CI_MERGE_REQUEST_IID="7",
            CI_PIPELINE_ID="1",
            CI_PROJECT_ID="17",
            GITLAB_CI="true",
            GITLAB_TOKEN=gitlab_api.TOKEN,
        )

    def checked(self, report: Report) -> None:
        self.report.write_text(json_v1.render(report), encoding="utf-8")

    def comment(self, *options: str) -> tuple[int, str, str]:
        code = run(["comment", *options])
        said = self._capsys.readouterr()
        for token in (github_api.TOKEN, gitlab_api.TOKEN):
            assert token not in said.out + said.err
        return code, said.out, said.err


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Job:
    return Job(monkeypatch, capsys, tmp_path)


def later(report: Report, hours: int) -> Report:
    return replace(report, generated_at=report.generated_at + hours * HOUR)


def test_the_life_of_a_pull_request_on_github(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    url = html_url(1001)
    path = str(job.report)

    job.checked(in_sync())
    nothing = "no comment: in sync, and there was never anything else to say\n"
    assert job.comment(path) == (ExitCode.IN_SYNC, nothing, "")

    job.checked(later(every_kind(), 1))
    assert job.comment(path) == (ExitCode.IN_SYNC, f"posted {url}\n", "")
    [posted] = github.bodies
    assert posted.partition("\n\n")[2] == (
        f"{markdown.render(every_kind())}\nThis is about `net/prod`.\n"
    )

    job.checked(later(every_kind(), 2))
    assert job.comment(path)[1] == f"kept {url}: it says so already\n"
    job.checked(every_kind())
    assert job.comment(path)[1] == f"kept {url}: it holds the result of a newer run\n"

    job.setenv(GITHUB_RUN_ID="2")
    missing = str(job.folder / "missing.json")
    assert job.comment(missing, "--could-not-run", "no credentials")[1] == f"updated {url}\n"
    assert "```text\nno credentials\n```" in github.bodies[0]


def test_in_sync_again(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(every_kind())
    job.comment(str(job.report), "--key", "prod")
    job.checked(later(in_sync(), 1))
    assert job.comment(str(job.report), "--key", "prod")[1] == f"updated {html_url(1001)}\n"
    [body] = github.bodies
    assert body.partition("\n\n")[2].startswith("**In sync again.**")


def test_the_life_of_a_merge_request_on_gitlab(job: Job, gitlab: GitLabApi) -> None:
    job.in_gitlab_ci(gitlab)
    job.checked(every_kind())
    url = f"{WEB_URL}#note_1001"
    assert job.comment(str(job.report)) == (ExitCode.IN_SYNC, f"posted {url}\n", "")
    job.checked(later(every_kind(), 1))
    assert job.comment(str(job.report))[1] == f"kept {url}: it says so already\n"
    assert not job.summary.exists()


def test_elsewhere(job: Job, gitlab: GitLabApi) -> None:
    job.checked(every_kind())
    job.setenv(MINE=github_api.TOKEN, GITLAB_TOKEN=gitlab_api.TOKEN)
    on_github = ["--github", "acme/net", "--pull-request", "7", "--token-env", "MINE"]
    with GitHubApi(prefix="/api/v3") as github:
        assert job.comment(str(job.report), *on_github, "--api-url", f"{github.origin}/") == (
            ExitCode.IN_SYNC,
            f"posted {html_url(1001)}\n",
            "",
        )
    on_gitlab = ["--gitlab", "acme/net", "--merge-request", "7", "--api-url", gitlab.url]
    assert job.comment(str(job.report), *on_gitlab)[0] == ExitCode.IN_SYNC
    assert len(gitlab.bodies) == 1


def test_always(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(in_sync())
    assert job.comment(str(job.report), "--always")[1] == f"posted {html_url(1001)}\n"


def test_what_could_not_be_verified_is_posted(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(replace(every_kind(), fail_on=frozenset()))
    assert job.comment(str(job.report))[1] == f"posted {html_url(1001)}\n"
    assert "could not be verified" in github.bodies[0]


@pytest.mark.parametrize("left", ["nothing", "an empty file", "standard input"])
def test_a_check_that_could_not_run(
    job: Job, github: GitHubApi, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.in_actions(github)
    document = str(job.report)
    if left == "an empty file":
        job.report.write_text("")
    if left == "standard input":
        document = "-"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert job.comment(document, "--could-not-run", "see the log")[:2] == (
        ExitCode.IN_SYNC,
        f"posted {html_url(1001)}\n",
    )
    [body] = github.bodies
    assert "[this run](https://github.example/acme/net/actions/runs/1)" in body
    assert "see the log" in job.summary.read_text()
    assert read(body) is not None


def test_a_report_is_shown_although_it_could_have_been_missing(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(every_kind())
    job.comment(str(job.report), "--could-not-run", "see the log")
    assert "have drifted" in github.bodies[0]


def test_a_dry_run_asks_nobody(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(every_kind())
    code, out, err = job.comment(str(job.report), "--dry-run")
    assert (code, err) == (ExitCode.IN_SYNC, "")
    assert read(out) is not None
    assert (github.requests, job.summary.exists()) == ([], False)


def test_a_dry_run_needs_no_place(job: Job) -> None:
    job.checked(in_sync())
    code, out, _ = job.comment(str(job.report), "--dry-run")
    assert (code, read(out) is not None) == (ExitCode.IN_SYNC, True)


def test_the_summary_of_the_job(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    job.checked(every_kind())
    job.comment(str(job.report))
    assert job.summary.read_text(encoding="utf-8") == markdown.render(every_kind())


def test_the_summary_is_written_where_no_comment_can_be(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    github.can_write = False
    github.pulls[7].head = "fork/net"
    job.checked(every_kind())
    code, out, err = job.comment(str(job.report))
    assert (code, out) == (ExitCode.COULD_NOT_RUN, "")
    assert err.startswith(
        "drift: the token may not comment on acme/net#7 (403: Resource not accessible by "
        "integration)\n  -> workflows of a fork's pull request get a token that only reads"
    )
    assert job.summary.read_text(encoding="utf-8") == markdown.render(every_kind())


def test_waiting_is_told(job: Job, github: GitHubApi) -> None:
    job.in_actions(github)
    github.fail(Answer(status=503, body={}, headers={"Retry-After": "0"}))
    job.checked(every_kind())
    assert job.comment(str(job.report)) == (
        ExitCode.IN_SYNC,
        f"posted {html_url(1001)}\n",
        "drift: GitHub can't answer now (503); asking again in 0 s\n",
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "drift: there is nothing to say: no REPORT, and no --could-not-run\n"),
        (["no.json"], "drift: no.json can't be read: No such file or directory\n"),
        ([".", "--could-not-run", "x"], "drift: . can't be read: Is a directory\n"),
        (["--could-not-run", "x", "--key", " "], "drift: --key is empty\n"),
        (
            ["--could-not-run", "x"],
            (
                "drift: this is neither GitHub Actions nor GitLab CI, and no option names a pull "
                "request\n"
            ),
        ),
        (
            ["--could-not-run", "x", "--github", "a/b", "--pull-request", "1"],
            "drift: there is no token for GitHub: neither GH_TOKEN nor GITHUB_TOKEN is set\n",
        ),
    ],
)
def test_what_cannot_be_done(job: Job, options: list[str], complaint: str) -> None:
    code, out, err = job.comment(*options)
    assert (code, out) == (ExitCode.COULD_NOT_RUN, "")
    assert err.startswith(complaint)


@pytest.mark.parametrize(("extra", "module"), [("github", "github"), ("gitlab", "gitlab")])
def test_an_extra_that_is_missing(job: Job, extra: str, module: str) -> None:
    # A process of its own, in which the library can't be found.
    job.checked(every_kind())
    number = "--pull-request"
    script = (
        f"import sys; sys.modules[{module!r}] = None; from drift.cli import run; "
        f"sys.exit(run(['comment', {str(job.report)!r}, '--{extra}', 'a/b', {number!r}, '1']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "GITHUB_TOKEN": "x", "GITLAB_TOKEN": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        ExitCode.COULD_NOT_RUN,
        (
            f"drift: commenting needs the Python package {module}, which is not installed\n"
            f"  -> pip install 'flow-log-drift[{extra}]'\n"
        ),
    )
