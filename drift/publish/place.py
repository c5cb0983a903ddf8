"""Where a comment goes, and the token to write it with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from drift.errors import PublishError

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options name; the environment tells the rest."""

    github: str | None = None
    gitlab: str | None = None
    number: int | None = None
    api_url: str | None = None
    token_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch whose one open pull request is meant."""

    owner: str
    name: str


GITHUB_LIMIT: Final = 65_536
GITLAB_LIMIT: Final = 1_000_000
"""The characters that a comment may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnGitHub:
    """A pull request of GitHub."""

    api_url: str
    repository: str
    pull_request: int | Branch
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnGitLab:
    """A merge request of GitLab."""

    api_url: str
    project: str
    """Its id, or its path."""
    merge_request: int
    token: str = field(repr=False)


Place: TypeAlias = OnGitHub | OnGitLab

Environment: TypeAlias = Mapping[str, str]
ReadFile: TypeAlias = Callable[[str], bytes]


def token(
    asked: Asked, environment: Environment, names: tuple[str, ...], *, missing: PublishError
) -> str:
    """Return the token of the first variable that holds one; `missing` is raised if none does."""
    for name in (asked.token_env,) if asked.token_env is not None else names:
        found = environment.get(name, "").strip()
        if not found:
            continue
        if not _TOKEN.fullmatch(found):
            # The library would quote it in its error.
            raise PublishError(
                f"{name} holds no token: there are characters in it that no token has",
                next_step="set it to the token alone, on one line",
            )
        return found
    if asked.token_env is not None:
        raise PublishError(
            f"the environment variable {asked.token_env} of --token-env is empty or not set",
            next_step="set it to the token, or name another one",
        )
    raise missing
