"""`drift comment`: a report as the one comment of its result on a pull request."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import click

from drift.cli.configured import configured, help_option
from drift.cli.streams import reader_may_leave
from drift.errors import PublishError, ReportFileError, UsageError
from drift.escape import visible

if TYPE_CHECKING:
    # Only for annotations: a run imports what it uses, where it uses it.
    from drift.findings import Report
    from drift.publish.message import Message
    from drift.publish.place import Place
    from drift.publish.thread import CommentThread

_EPILOG: Final = (
    "Exit codes: 0 posted, updated, or nothing to do; 2 it could not be done. What the report says "
    "changes neither: that is the exit code of `drift check`."
)


@click.command(epilog=_EPILOG)
@click.argument("document", metavar="[REPORT]", required=False)
@click.option(
    "--could-not-run",
    "reason",
    metavar="TEXT",
    help="Say that the check could not run, and this, if REPORT is missing or empty.",
)
@click.option(
    "--key",
    metavar="NAME",
    help="Whose comment it is; otherwise that of the projects and stacks in REPORT. Give one to "
    "each job, if several comment on a pull request.",
)
@click.option(
    "--always", is_flag=True, help="Also post where all is in sync and never was anything else."
)
@click.option("--github", metavar="OWNER/REPO", help="Repository on GitHub, outside of its CI.")
@click.option("--gitlab", metavar="PROJECT", help="Project on GitLab, outside of its CI.")
@click.option(
    "--pull-request",
    "--merge-request",
    "number",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of the pull request; in CI that of the run.",
)
@click.option(
    "--api-url",
    metavar="URL",
    help="Where the API is, such as https://github.example.com/api/v3; in CI that of the run.",
)
@click.option(
    "--token-env",
    metavar="NAME",
    help="Environment variable that holds the token; otherwise GH_TOKEN or GITHUB_TOKEN, or "
    "GITLAB_TOKEN.",
)
@click.option("--dry-run", is_flag=True, help="Print the comment; ask nobody, write nothing.")
@configured
@help_option
def comment(
    document: str | None,
    reason: str | None,
    key: str | None,
    always: bool,
    github: str | None,
    gitlab: str | None,
    number: int | None,
    api_url: str | None,
    token_env: str | None,
    dry_run: bool,
) -> None:
    """Post a report on a pull request, or update the comment that did.

    REPORT is what `drift check -o json` wrote, or - for standard input. In GitHub Actions and
    GitLab CI the pull request is that of the run. There is one comment for the same projects and
    stacks; it is edited when the result changes, says so when all is in sync again, and never goes
    back to an older result. Nothing is posted where all is in sync and never was anything else.
    """
    from drift.publish import surroundings
    from drift.publish.place import Asked

    if key is not None and not key.strip():
        raise UsageError("--key is empty", next_step="name the comment, or leave --key out")
    asked = Asked(github=github, gitlab=gitlab, number=number, api_url=api_url, token_env=token_env)
    report = _report(document, reason)
    message = _message(report, reason or "", key, surroundings.limit(asked, os.environ))
    if dry_run:
        with reader_may_leave():
            click.echo(message.body(message.key, message.state), nl=False)
        return
    try:
        place = surroundings.find(asked, os.environ, lambda path: Path(path).read_bytes())
        with closing(_thread(place)) as thread:
            _publish(thread, message, always=always)
    finally:
        # Also where the comment can't be posted: a fork's pull request has no other place to look.
        _summarise(report, message)


def _report(document: str | None, reason: str | None) -> Report | None:
    """Return the report; None where there is none and `--could-not-run` says why."""
    from drift import report_file

    if document is None:
        if reason is None:
            raise UsageError(
                "there is nothing to say: no REPORT, and no --could-not-run",
                next_step="name the file that `drift check -o json=drift.json` wrote",
            )
        return None
    if reason is None:
        return report_file.read(document, stdin=sys.stdin.buffer)
    data = _bytes(document)
    # A check that could not run writes no file; but the shell's `> drift.json` makes an empty one.
    return report_file.parse(data, document) if data.strip() else None


def _bytes(document: str) -> bytes:
    if document == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(document).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ReportFileError(
            f"{document} can't be read: {error.strerror or error}",
            next_step="name a file that can be read",
        ) from error


def _message(report: Report | None, reason: str, key: str | None, limit: int) -> Message:
    from drift.publish import message, surroundings

    run = surroundings.run(os.environ)
    if report is not None:
        return message.of_report(report, key=key, run=run, limit=limit)
    return message.could_not_run(
        reason,
        key=key,
        run=run,
        run_url=surroundings.run_url(os.environ),
        now=datetime.now(UTC),
    )


def _thread(place: Place) -> CommentThread:
    from drift.publish.place import OnGitHub, OnGitLab

    try:
        match place:
            case OnGitHub():
                from drift.publish.github import GitHubThread

                return GitHubThread(place)
            case OnGitLab():
                from drift.publish.gitlab import GitLabThread

                return GitLabThread(place)
            case _:
                assert_never(place)
    except ModuleNotFoundError as error:
        extra = "github" if isinstance(place, OnGitHub) else "gitlab"
        raise PublishError(
            f"commenting needs the Python package {error.name}, which is not installed",
            next_step=f"pip install 'flow-log-drift[{extra}]'",
        ) from error


def _publish(thread: CommentThread, message: Message, *, always: bool) -> None:
    from drift.publish.patience import Patience
    from drift.publish.publishing import publish

    patience = Patience(tell=lambda line: click.echo(f"drift: {visible(line)}", err=True))
    outcome = publish(thread, message, always=always, patience=patience)
    with reader_may_leave():
        click.echo(visible(outcome.line()))


def _summarise(report: Report | None, message: Message) -> None:
    """Add the same to the summary of the job, where GitHub Actions keeps one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from drift.publish import summary
    from drift.render import markdown

    def text(limit: int) -> str:
        return message.text if report is None else markdown.render(report, limit=limit)

    if not summary.add(Path(path), text):
        click.echo("drift: the job's summary is full already; nothing was added to it", err=True)
