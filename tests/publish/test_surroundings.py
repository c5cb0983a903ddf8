"""What a CI server tells a step about itself: this environment, exactly this place."""

from __future__ import annotations

import json

import pytest

from drift.errors import DriftError, PublishError, UsageError
from drift.publish import surroundings
from drift.publish.marker import Run
from drift.publish.place import GITHUB_LIMIT, GITLAB_LIMIT, Asked, Branch, OnGitHub, OnGitLab, Place

ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_EVENT_PATH": "/event.json",
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_REPOSITORY": "acme/net",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_RUN_ID": "123",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_TOKEN": "ghs_1",
}
GITLAB = {
    "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
    "CI_JOB_ID": "9",
    "CI_JOB_TOKEN": "job",
    "CI_JOB_URL": "https://gitlab.example.com/acme/net/-/jobs/9",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_PROJECT_ID": "17",
    "CI_PIPELINE_ID": "456",
    "CI_PROJECT_ID": "18",
    "GITLAB_CI": "true",
    "GITLAB_TOKEN": "glpat-1",
}


def find(
    environment: dict[str, str], event: object = None, asked: Asked | None = None, **changes: str
) -> Place:
    def read_file(path: str) -> bytes:
        assert path == "/event.json"
        if event is None:
            raise FileNotFoundError(path)
        return event if isinstance(event, bytes) else json.dumps(event).encode()

    known = {name: value for name, value in {**environment, **changes}.items() if value}
    return surroundings.find(asked or Asked(), known, read_file)


def refused(
    environment: dict[str, str], event: object = None, asked: Asked | None = None, **changes: str
) -> DriftError:
    with pytest.raises(DriftError) as raised:
        find(environment, event, asked, **changes)
    for secret in ("ghs_1", "glpat-1"):
        assert secret not in raised.value.cause + raised.value.next_step
    return raised.value


def on_github(pull_request: int | Branch) -> OnGitHub:
    return OnGitHub(
        api_url="https://api.github.com",
        repository="acme/net",
        pull_request=pull_request,
        token=ACTIONS["GITHUB_TOKEN"],
    )


OWN_RUN = {
    "repository": {"id": 17},
    "workflow_run": {
        "pull_requests": [
            {"number": 3, "base": {"repo": {"id": 99}}},
            {"number": 7, "base": {"repo": {"id": 17}}},
        ]
    },
}
FORK_RUN = {
    "pull_requests": [],
    "head_branch": "topic",
    "head_repository": {"owner": {"login": "forker"}},
}


@pytest.mark.parametrize(
    ("event", "ref", "pull_request"),
    [
        ({"pull_request": {"number": 7}}, "refs/pull/8/merge", 7),
        ({"pull_request": {"number": 7}}, "refs/heads/main", 7),  # pull_request_target
        ({"issue": {"number": 7, "pull_request": {}}}, "refs/heads/main", 7),
        (OWN_RUN, "refs/heads/main", 7),
        ({"workflow_run": FORK_RUN}, "refs/heads/main", Branch(owner="forker", name="topic")),
        ({}, "refs/heads/gh-readonly-queue/main/pr-7-0123abc", 7),  # merge_group
        ({}, "refs/pull/7/merge", 7),
        (None, "refs/pull/7/head", 7),
        (b"\xff{", "refs/pull/7/merge", 7),
        ([], "refs/pull/7/merge", 7),
        ({"pull_request": {"number": True}}, "refs/pull/7/merge", 7),
        ({}, "refs/heads/feature/x", Branch(owner="acme", name="feature/x")),  # push
    ],
)
def test_github_actions(event: object, ref: str, pull_request: int | Branch) -> None:
    assert find(ACTIONS, event, GITHUB_REF=ref) == on_github(pull_request)


@pytest.mark.parametrize(
    ("event", "ref", "cause"),
    [
        (
            {"issue": {"number": 7}},
            "refs/heads/main",
            "the comment that started this workflow is on an issue, not on a pull request",
        ),
        (
            {"workflow_run": {}},
            "refs/heads/main",
            "the workflow run that started this one belongs to no branch",
        ),
        ({}, "refs/tags/v1", "pull_request of refs/tags/v1 belongs to no pull request"),
        ({}, "", "pull_request of no ref belongs to no pull request"),
    ],
)
def test_github_actions_without_a_pull_request(event: object, ref: str, cause: str) -> None:
    error = refused(ACTIONS, event, GITHUB_REF=ref)
    assert isinstance(error, PublishError)
    assert error.cause == cause


@pytest.mark.parametrize(
    ("asked", "changes", "api_url"),
    [
        (None, {"GITHUB_API_URL": "https://ghe.example/api/v3"}, "https://ghe.example/api/v3"),
        ("https://ghe.example/api/v3/", {}, "https://ghe.example/api/v3"),
        ("https://ghe.example", {}, "https://ghe.example/api/v3"),
        ("https://github.com", {}, "https://api.github.com"),
        ("https://api.acme.ghe.com", {}, "https://api.acme.ghe.com"),
    ],
)
def test_github_enterprise(asked: str | None, changes: dict[str, str], api_url: str) -> None:
    place = find(ACTIONS, {}, Asked(api_url=asked), **changes)
    assert place.api_url == api_url


def test_github_by_options() -> None:
    place = find({"GITHUB_TOKEN": "ghs_1"}, None, Asked(github="acme/net", number=7))
    assert place == on_github(7)
    error = refused(ACTIONS, {}, Asked(github="acme/other"))
    assert error.cause == "no option tells which pull request of acme/other is meant"
    assert refused(ACTIONS, {}, Asked(github="acme", number=1)).cause == (
        "'acme' is no repository of GitHub"
    )
    assert refused({}, None, Asked(github="../..", number=1)).next_step


def test_the_token_of_github() -> None:
    place = find(ACTIONS, {}, GH_TOKEN="first")
    assert place.token == "first"
    assert "first" not in repr(place)
    named = find(ACTIONS, {}, Asked(token_env="MINE"), MINE=" second\n")
    assert named.token == "second"
    error = refused(ACTIONS, {}, GITHUB_TOKEN="")
    assert error.cause == "there is no token for GitHub: neither GH_TOKEN nor GITHUB_TOKEN is set"
    assert "GITHUB_TOKEN: ${{ github.token }}" in error.next_step
    assert refused(ACTIONS, {}, Asked(token_env="MINE")).cause == (
        "the environment variable MINE of --token-env is empty or not set"
    )
    error = refused(ACTIONS, {}, GITHUB_TOKEN="ghs_1\nx: y")
    assert error.cause == (
        "GITHUB_TOKEN holds no token: there are characters in it that no token has"
    )


def on_gitlab(project: str = "17", number: int = 7) -> OnGitLab:
    return OnGitLab(
        api_url="https://gitlab.example.com/api/v4",
        project=project,
        merge_request=number,
        token=GITLAB["GITLAB_TOKEN"],
    )


def test_gitlab_ci() -> None:
    assert find(GITLAB) == on_gitlab()
    assert find(GITLAB, CI_MERGE_REQUEST_PROJECT_ID="") == on_gitlab("18")
    branch = {"CI_MERGE_REQUEST_IID": "", "CI_OPEN_MERGE_REQUESTS": "acme/net!7"}
    assert find(GITLAB, None, None, **branch) == on_gitlab("acme/net")
    assert find(GITLAB, None, Asked(number=8)) == on_gitlab("17", 8)
    assert find(GITLAB, None, Asked(gitlab="18")) == on_gitlab()
    assert find(GITLAB, CI_API_V4_URL="", CI_SERVER_URL="https://gitlab.example.com") == on_gitlab()


@pytest.mark.parametrize(
    ("opened", "which"),
    [("", "no merge request"), ("acme/net!7,acme/net!8", "several merge requests")],
)
def test_gitlab_ci_without_one_merge_request(opened: str, which: str) -> None:
    error = refused(GITLAB, CI_MERGE_REQUEST_IID="", CI_OPEN_MERGE_REQUESTS=opened)
    assert error.cause == f"this pipeline belongs to {which}"
    assert "merge_request_event" in error.next_step


def test_gitlab_by_options() -> None:
    asked = Asked(gitlab="a/b/c", number=7)
    place = find({"GITLAB_TOKEN": "glpat-1"}, None, asked)
    assert (place.api_url, place) == (
        "https://gitlab.com/api/v4",
        OnGitLab(
            api_url="https://gitlab.com/api/v4", project="a/b/c", merge_request=7, token=place.token
        ),
    )
    for project, number in (("a/b", None), ("net", 1), ("a/../b?x", 1)):
        assert isinstance(
            refused({"GITLAB_TOKEN": "x"}, None, Asked(gitlab=project, number=number)), UsageError
        )


def test_the_token_of_gitlab() -> None:
    error = refused(GITLAB, GITLAB_TOKEN="")
    assert error.cause == (
        "there is no token for GitLab: GITLAB_TOKEN is not set, and a CI_JOB_TOKEN may not write "
        "comments"
    )
    assert "the scope `api` and the role Reporter" in error.next_step
    assert refused(GITLAB, None, Asked(token_env="CI_JOB_TOKEN")).cause == (
        "a CI_JOB_TOKEN may not write comments"
    )


def test_neither() -> None:
    assert refused({}).next_step == (
        "add --github OWNER/REPO or --gitlab PROJECT, and --pull-request N"
    )
    assert refused({}, None, Asked(github="a/b", gitlab="a/b")).cause == (
        "--github and --gitlab are two different places"
    )
    assert surroundings.limit(Asked(), {}) == GITHUB_LIMIT
    assert surroundings.limit(Asked(), GITLAB) == GITLAB_LIMIT
    assert surroundings.limit(Asked(github="a/b"), GITLAB) == GITHUB_LIMIT


def test_the_run() -> None:
    assert surroundings.run(ACTIONS) == Run(number=123, attempt=2)
    assert surroundings.run(GITLAB) == Run(number=456, attempt=9)
    assert surroundings.run({}) is None
    assert surroundings.run({"GITHUB_RUN_ID": "x"}) is None
    assert surroundings.run_url(ACTIONS) == "https://github.com/acme/net/actions/runs/123"
    assert surroundings.run_url(GITLAB) == "https://gitlab.example.com/acme/net/-/jobs/9"
    assert surroundings.run_url({}) is None
    assert surroundings.run_url({"CI_JOB_URL": "javascript:alert(1)"}) is None
    assert surroundings.run_url({"CI_JOB_URL": "https://x/) @all ("}) is None
