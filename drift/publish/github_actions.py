"""What GitHub Actions tells a step about itself: repository, pull request, token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from drift.errors import PublishError, UsageError
from drift.publish import address
from drift.publish.place import Asked, Branch, Environment, OnGitHub, ReadFile, token

_API: Final = "https://api.github.com"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NAME_IT: Final = "name the pull request: --pull-request N"


def place(asked: Asked, environment: Environment, read_file: ReadFile) -> OnGitHub:
    """Return the pull request that this run is about, or that the options name."""
    own = environment.get("GITHUB_REPOSITORY")
    repository = asked.github or own
    if repository is None or not _REPOSITORY.fullmatch(repository):
        raise UsageError(
            f"{repository!r} is no repository of GitHub", next_step="write --github OWNER/REPO"
        )
    if asked.number is not None:
        pull_request: int | Branch = asked.number
    elif repository == own and environment.get("GITHUB_ACTIONS") == "true":
        pull_request = _pull_request(environment, read_file)
    else:
        raise UsageError(
            f"no option tells which pull request of {repository} is meant", next_step=_NAME_IT
        )
    return OnGitHub(
        api_url=_api_url(asked, environment),
        repository=repository,
        pull_request=pull_request,
        # The order is that of GitHub's own command line.
        token=token(asked, environment, ("GH_TOKEN", "GITHUB_TOKEN"), missing=_no_token()),
    )


def _api_url(asked: Asked, environment: Environment) -> str:
    if asked.api_url is not None:
        return _completed(address.checked(asked.api_url, named_by="--api-url"))
    if environment.get("GITHUB_ACTIONS") == "true" and environment.get("GITHUB_API_URL"):
        return address.checked(environment["GITHUB_API_URL"], named_by="GITHUB_API_URL")
    return _API


def _completed(url: str) -> str:
    """Return the API of the server whose own address somebody may have written."""
    parts = urlsplit(url)
    if parts.hostname == "github.com":
        return _API
    is_api = parts.path or (parts.hostname or "").startswith("api.")
    return url if is_api else f"{url}/api/v3"


def _no_token() -> PublishError:
    return PublishError(
        "there is no token for GitHub: neither GH_TOKEN nor GITHUB_TOKEN is set",
        next_step="in a workflow give the step `env: GITHUB_TOKEN: ${{ github.token }}`; elsewhere "
        "set GITHUB_TOKEN",
    )


# -- which pull request ----------------------------------------------------------------------------


def _pull_request(environment: Environment, read_file: ReadFile) -> int | Branch:
    """Return what this run is about, by the event that started it, else by its ref.

    The event of `workflow_run` names no pull request of a fork; its branch does, and unlike a
    number that the other workflow wrote into a file, nobody can forge it.
    """
    event = _event(environment, read_file)
    number = _integer(_part(event, "pull_request", "number"))
    if number is not None:  # pull_request, pull_request_target, pull_request_review
        return number
    if isinstance(event.get("issue"), Mapping):
        return _commented(event)
    triggering = event.get("workflow_run")
    if isinstance(triggering, Mapping):
        return _triggering(triggering, _part(event, "repository", "id"))
    return _of_ref(environment)


def _commented(event: Mapping[str, object]) -> int:
    number = _integer(_part(event, "issue", "number"))
    if number is None or not isinstance(_part(event, "issue", "pull_request"), Mapping):
        raise PublishError(
            "the comment that started this workflow is on an issue, not on a pull request",
            next_step="let the job run `if: github.event.issue.pull_request`",
        )
    return number


def _triggering(workflow_run: Mapping[str, object], repository_id: object) -> int | Branch:
    named = workflow_run.get("pull_requests")
    numbers = [
        number
        for one in (named if isinstance(named, list) else [])
        # The same branch may be asked to be merged into a fork too.
        if _part(one, "base", "repo", "id") == repository_id
        and (number := _integer(_part(one, "number"))) is not None
    ]
    if len(numbers) == 1:
        return numbers[0]
    owner = _part(workflow_run, "head_repository", "owner", "login")
    branch = workflow_run.get("head_branch")
    if not (isinstance(owner, str) and isinstance(branch, str) and owner and branch):
        raise PublishError(
            "the workflow run that started this one belongs to no branch", next_step=_NAME_IT
        )
    return Branch(owner=owner, name=branch)


def _of_ref(environment: Environment) -> int | Branch:
    ref = environment.get("GITHUB_REF", "")
    pull = re.fullmatch(r"refs/pull/([0-9]{1,18})/(?:merge|head)", ref)
    queued = re.fullmatch(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,18})-[0-9a-f]+", ref)
    if found := pull or queued:
        return int(found[1])
    branch = re.fullmatch(r"refs/heads/(.+)", ref)
    if branch is None:
        event = environment.get("GITHUB_EVENT_NAME", "this event")
        raise PublishError(
            f"{event} of {ref or 'no ref'} belongs to no pull request",
            next_step=f"run this on `pull_request`, or {_NAME_IT}",
        )
    owner = environment.get("GITHUB_REPOSITORY", "").partition("/")[0]
    return Branch(owner=owner, name=branch[1])


def _event(environment: Environment, read_file: ReadFile) -> Mapping[str, object]:
    """Return the payload; without a readable one the ref has to tell."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(read_file(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return event if isinstance(event, Mapping) else {}


def _part(value: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
