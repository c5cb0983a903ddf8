"""What GitLab CI tells a job about itself: project, merge request, token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drift.errors import PublishError, UsageError
from drift.publish import address
from drift.publish.place import Asked, Environment, OnGitLab, token

_API: Final = "https://gitlab.com/api/v4"
_VERSION: Final = "/api/v4"
_JOB_TOKEN: Final = "CI_JOB_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class _MergeRequest:
    project: str
    number: int


def place(asked: Asked, environment: Environment) -> OnGitLab:
    """Return the merge request that this job is about, or that the options name."""
    request = _merge_request(asked, environment)
    if not re.fullmatch(r"[0-9]+|[\w.-]+(/[\w.-]+)+", request.project):
        raise UsageError(
            f"{request.project!r} is no project of GitLab",
            next_step="write --gitlab GROUP/PROJECT, or its id",
        )
    return OnGitLab(
        api_url=_api_url(asked, environment),
        project=request.project,
        merge_request=request.number,
        token=_token(asked, environment),
    )


def _api_url(asked: Asked, environment: Environment) -> str:
    if asked.api_url is not None:
        url, name = asked.api_url, "--api-url"
    elif environment.get("CI_API_V4_URL"):
        url, name = environment["CI_API_V4_URL"], "CI_API_V4_URL"
    elif environment.get("CI_SERVER_URL"):
        url, name = environment["CI_SERVER_URL"], "CI_SERVER_URL"
    else:
        url, name = _API, "GitLab's address"
    return address.checked(url, named_by=name).removesuffix(_VERSION) + _VERSION


def _token(asked: Asked, environment: Environment) -> str:
    why = f"a {_JOB_TOKEN} may not write comments"
    instead = (
        "make a project access token with the scope `api` and the role Reporter, and set "
        "GITLAB_TOKEN to it as a masked CI/CD variable"
    )
    if asked.token_env == _JOB_TOKEN:
        raise PublishError(why, next_step=instead)
    only_job = f", and {why}" if environment.get(_JOB_TOKEN) else ""
    missing = PublishError(
        f"there is no token for GitLab: GITLAB_TOKEN is not set{only_job}", next_step=instead
    )
    return token(asked, environment, ("GITLAB_TOKEN",), missing=missing)


def _merge_request(asked: Asked, environment: Environment) -> _MergeRequest:
    """Return which one: that of the options, of a merge request pipeline, of the branch."""
    own = {environment.get("CI_PROJECT_ID"), environment.get("CI_PROJECT_PATH")} - {None, ""}
    # The pipeline of a fork's merge request runs in the fork; the request is the target's.
    target = environment.get("CI_MERGE_REQUEST_PROJECT_ID") or environment.get("CI_PROJECT_ID")
    project = asked.gitlab or target
    if asked.number is not None and project:
        return _MergeRequest(project=project, number=asked.number)
    if asked.gitlab is None or asked.gitlab in own:
        if target and re.fullmatch(r"[0-9]{1,18}", environment.get("CI_MERGE_REQUEST_IID", "")):
            return _MergeRequest(project=target, number=int(environment["CI_MERGE_REQUEST_IID"]))
        return _of_branch(environment)
    raise UsageError(
        f"no option tells which merge request of {asked.gitlab} is meant",
        next_step="name it: --merge-request N",
    )


def _of_branch(environment: Environment) -> _MergeRequest:
    opened = environment.get("CI_OPEN_MERGE_REQUESTS", "").split(",")
    found = [one for name in opened if (one := re.fullmatch(r"(.+)!([0-9]{1,18})", name.strip()))]
    if len(found) == 1:
        return _MergeRequest(project=found[0][1], number=int(found[0][2]))
    which = "several merge requests" if found else "no merge request"
    raise PublishError(
        f"this pipeline belongs to {which}",
        next_step="let the job run in merge request pipelines (rules: if: $CI_PIPELINE_SOURCE == "
        '"merge_request_event"), or name one: --merge-request N',
    )
