"""The servers to test against, one for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.publish.github_api import GitHubApi
from tests.publish.gitlab_api import GitLabApi


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the servers of this machine directly, whatever proxy it has."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def github() -> Iterator[GitHubApi]:
    with GitHubApi() as api:
        yield api


@pytest.fixture
def gitlab() -> Iterator[GitLabApi]:
    with GitLabApi() as api:
        yield api
