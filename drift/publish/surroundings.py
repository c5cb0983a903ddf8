"""Where this run is: found in the CI server's environment, or named by options."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from drift.errors import UsageError
from drift.publish import github_actions, gitlab_ci
from drift.publish.marker import Run
from drift.publish.place import (
    GITHUB_LIMIT,
    GITLAB_LIMIT,
    Asked,
    Environment,
    Place,
    ReadFile,
)


def is_github(asked: Asked, environment: Environment) -> bool:
    """Return whether it is GitHub, else GitLab; `UsageError` if neither can be told."""
    if asked.github is not None and asked.gitlab is not None:
        raise UsageError(
            "--github and --gitlab are two different places", next_step="leave out one of the two"
        )
    if asked.github is not None or asked.gitlab is not None:
        return asked.github is not None
    if environment.get("GITHUB_ACTIONS") == "true":
        return True
    if environment.get("GITLAB_CI") == "true":
        return False
    raise UsageError(
        "this is neither GitHub Actions nor GitLab CI, and no option names a pull request",
        next_step="add --github OWNER/REPO or --gitlab PROJECT, and --pull-request N",
    )


def find(asked: Asked, environment: Environment, read_file: ReadFile) -> Place:
    """Return where the comment goes, and the token to write it with."""
    if is_github(asked, environment):
        return github_actions.place(asked, environment, read_file)
    return gitlab_ci.place(asked, environment)


def limit(asked: Asked, environment: Environment) -> int:
    """Return how long the comment may be; that of GitHub, the shorter one, if nobody knows."""
    try:
        return GITHUB_LIMIT if is_github(asked, environment) else GITLAB_LIMIT
    except UsageError:
        return GITHUB_LIMIT


def run(environment: Environment) -> Run | None:
    """Return which run of the CI server this is; None elsewhere."""
    for number, attempt in (
        ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
        ("CI_PIPELINE_ID", "CI_JOB_ID"),
    ):
        if re.fullmatch(r"[0-9]{1,18}", environment.get(number, "")):
            again = environment.get(attempt, "")
            return Run(
                number=int(environment[number]),
                attempt=int(again) if re.fullmatch(r"[0-9]{1,18}", again) else 1,
            )
    return None


def run_url(environment: Environment) -> str | None:
    """Return where the log of this run is; None if that is not known, or no address for a link."""
    url = environment.get("CI_JOB_URL")
    if environment.get("GITHUB_ACTIONS") == "true":
        names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        server, repository, number = (environment.get(name, "") for name in names)
        url = f"{server}/{repository}/actions/runs/{number}"
    if url is None or not re.fullmatch(r"https?://[\w.:/~%-]+", url, re.ASCII):
        return None
    return url if urlsplit(url).hostname else None
