"""The only door to PyGithub: a pull request's comments on GitHub, also Enterprise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

import requests
from github import Auth, BadAttributeException, Github, GithubException
from github.GithubException import RateLimitExceededException

from drift import __version__
from drift.errors import PublishError
from drift.escape import visible
from drift.publish import transport
from drift.publish.errors import RefusedError, UnavailableError
from drift.publish.patience import asked_wait
from drift.publish.place import Branch, OnGitHub
from drift.publish.thread import Comment

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.NamedUser import NamedUser
    from github.Organization import Organization
    from github.PullRequest import PullRequest

_PAGE: Final = 100  # the most that GitHub gives
_TIMEOUT: Final = 30
_SECONDARY: Final = 60.0
"""GitHub asks to wait a minute at least where it does not say how long."""

_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})

_READ_ONLY: Final = (
    "give the job `permissions: pull-requests: write`; a fine-grained token needs the repository "
    "permission Pull requests, read and write, and a classic one the scope repo"
)
_FORK: Final = (
    "workflows of a fork's pull request get a token that only reads, whatever `permissions` says: "
    "upload the report as an artifact, and comment from a `workflow_run` workflow, which runs on "
    "the default branch"
)


class GitHubThread:
    """The comments of one pull request."""

    def __init__(self, place: OnGitHub) -> None:
        """Take where it is; GitHub is asked by the methods."""
        self._place = place
        # Asking again is the business of `Patience`, which first looks at what is there: the
        # library would repeat a POST whose answer got lost, and post twice.
        self._github = Github(
            auth=Auth.Token(place.token),
            base_url=place.api_url,
            lazy=True,
            per_page=_PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            timeout=_TIMEOUT,
            user_agent=f"flow-log-drift/{__version__}",
        )
        self._found: PullRequest | None = None
        self._known: dict[int, IssueComment] = {}

    def earlier(self, start: str) -> tuple[Comment, ...]:
        """Return the comments that begin so and that the token's own user wrote, on any page."""
        with self._translated():
            begun = [
                one
                for one in self._pull().get_issue_comments()
                if (one.body or "").startswith(start)
            ]
            if not begun:
                return ()
            user_id = self._own_user_id()
            own = [one for one in begun if _is_own(one.user, user_id)]
            self._known.update((one.id, one) for one in own)
            return tuple(Comment(id=one.id, url=one.html_url, body=one.body) for one in own)

    def post(self, body: str) -> Comment:
        """Write a new comment."""
        with self._translated():
            created = self._pull().create_issue_comment(body)
            self._known[created.id] = created
            return Comment(id=created.id, url=created.html_url, body=body)

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment; `RefusedError` if this very comment can't be changed."""
        with self._translated(comment):
            self._known[comment.id].edit(body)

    def delete(self, comment: Comment) -> None:
        """Remove a comment; `RefusedError` as for `edit`."""
        with self._translated(comment):
            self._known[comment.id].delete()

    def close(self) -> None:
        """Close the connections."""
        self._github.close()

    def _pull(self) -> PullRequest:
        """Return the pull request; asking for it follows a repository that was renamed."""
        if self._found is None:
            repository = self._github.get_repo(self._place.repository)
            wanted = self._place.pull_request
            if isinstance(wanted, Branch):
                head = f"{wanted.owner}:{wanted.name}"
                opened = list(repository.get_pulls(state="open", head=head))
                if len(opened) != 1:
                    raise PublishError(
                        f"{len(opened) or 'no'} open pull request{'s' if opened else ''} of "
                        f"{self._place.repository} come{'' if opened else 's'} from {head}",
                        next_step="name the one that is meant: --pull-request N",
                    )
                wanted = opened[0].number
            self._found = repository.get_pull(wanted).complete()
        return self._found

    def _own_user_id(self) -> int | None:
        """Return who writes with this token; None where GitHub does not tell.

        Only GraphQL tells it to every kind of token: `GET /user` refuses those of apps, and with
        them that of GitHub Actions.
        """
        try:
            _, answer = self._github.requester.graphql_query("query { viewer { databaseId } }", {})
            found = answer["data"]["viewer"]["databaseId"]
        except GithubException as error:
            if error.status in _BUSY or error.status == requests.codes.unauthorized:
                raise
            return None
        except (KeyError, TypeError):
            return None
        return found if isinstance(found, int) else None

    # -- GitHub's errors ---------------------------------------------------------------------------

    @contextmanager
    def _translated(self, comment: Comment | None = None) -> Iterator[None]:
        """Turn every error of the library into one that tells what to do.

        `comment` is what may be refused alone.
        """
        host = self._place.api_url
        try:
            with transport.translated(host):
                yield
        except GithubException as error:
            self._raise(error, comment)
        # A redirect elsewhere, which the library does not follow; or what GitHub never answers.
        except (
            AssertionError,
            AttributeError,
            BadAttributeException,
            KeyError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            raise PublishError(
                f"what answers at {host} is not GitHub's API, or not at this address",
                next_step="name the API's address: --api-url https://HOST/api/v3 for Enterprise",
            ) from error

    def _raise(self, error: GithubException, comment: Comment | None) -> NoReturn:
        said = _said(error)
        wait = asked_wait(error.headers or {}, time.time())
        limited = isinstance(error, RateLimitExceededException)
        if error.status in _BUSY or limited or (error.status == _FORBIDDEN and wait is not None):
            raise UnavailableError(
                f"GitHub can't answer now ({error.status}{said})",
                next_step="run this again later; githubstatus.com tells of failures",
                wait=_SECONDARY if limited and wait is None else wait,
            ) from error
        if comment is not None and error.status in {_FORBIDDEN, _NOT_FOUND}:
            raise RefusedError(
                f"GitHub does not let this token change {comment.url} ({error.status}{said})",
                next_step=_READ_ONLY,
            ) from error
        raise self._explained(error.status, said, error.headers or {}) from error

    def _explained(self, status: int, said: str, headers: dict[str, str]) -> PublishError:
        wanted = self._place.pull_request
        where = self._place.repository + ("" if isinstance(wanted, Branch) else f"#{wanted}")
        match status:
            case 401:
                return PublishError(
                    f"GitHub does not know the token (401{said})",
                    next_step="it expired, was revoked or is not whole: set GITHUB_TOKEN anew; in "
                    "a workflow it is ${{ github.token }}",
                )
            case 403:
                return self._forbidden(where, said, headers)
            case 404:
                return PublishError(
                    f"GitHub shows this token no pull request {where} (404{said})",
                    next_step="are number and repository right? For a private repository this also "
                    f"means that the token may not read it: {_READ_ONLY}",
                )
            case 422:
                return PublishError(
                    f"GitHub does not take the comment for {where} (422{said})",
                    next_step="if it speaks of spam or of a block, the token's user is held back; "
                    f"otherwise {_READ_ONLY}",
                )
            case _:
                return PublishError(
                    f"GitHub answered {status}{said} for {where}",
                    next_step="look at githubstatus.com, and at the address (--api-url)",
                )

    def _forbidden(self, where: str, said: str, headers: dict[str, str]) -> PublishError:
        if "locked" in said.lower():
            return PublishError(
                f"the conversation of {where} is locked (403{said})",
                next_step="unlock it, or let somebody comment who may write to the repository",
            )
        if "x-github-sso" in headers:
            return PublishError(
                f"the organisation wants the token authorised for single sign-on (403{said})",
                next_step="authorise it: Settings, Developer settings, the token, Configure SSO",
            )
        return PublishError(
            f"the token may not comment on {where} (403{said})",
            next_step=_FORK if self._is_of_a_fork() else _READ_ONLY,
        )

    def _is_of_a_fork(self) -> bool:
        pull = self._found
        if pull is None:
            return False
        # The fork of a pull request may be gone.
        head = pull.raw_data.get("head", {}).get("repo") or {}
        base = pull.raw_data.get("base", {}).get("repo") or {}
        return bool(head.get("full_name") != base.get("full_name"))


def _said(error: GithubException) -> str:
    """Return GitHub's own words behind a colon, those of validation included."""
    data = error.data if isinstance(error.data, dict) else {}
    message = data.get("message")
    details = data.get("errors")
    parts = [message] if isinstance(message, str) else []
    for one in details if isinstance(details, list) else []:
        detail = one.get("message") if isinstance(one, dict) else one
        parts += [detail] if isinstance(detail, str) else []
    line = " ".join(visible(". ".join(parts)).split())[:300]
    return f": {line}" if line else ""


def _is_own(author: NamedUser | Organization | None, user_id: int | None) -> bool:
    """Return whether this token's user wrote a comment; the author of an old one may be gone.

    Where that user is not known it is an app, and a stranger is not: a comment that another app
    wrote can't be edited, which tells it as well.
    """
    if author is None:
        return False
    return author.type == "Bot" if user_id is None else author.id == user_id
