"""The only door to python-gitlab: the notes of a merge request, on GitLab.com or elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urljoin

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError

from drift import __version__
from drift.errors import PublishError
from drift.escape import visible
from drift.publish import address, transport
from drift.publish.errors import RefusedError, UnavailableError
from drift.publish.patience import asked_wait
from drift.publish.place import OnGitLab
from drift.publish.thread import Comment

if TYPE_CHECKING:
    from gitlab.v4.objects import ProjectMergeRequest

_PAGE: Final = 100  # the most that GitLab gives
_TIMEOUT: Final = 30.0
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_BUSY: Final = frozenset({408, 409, 429, 500, 502, 503, 504})

_ONCE: Final = {"obey_rate_limit": False, "retry_transient_errors": False}
"""Asking again is the business of `Patience`, which first looks at what is there."""

_ROLE: Final = (
    "the token needs the scope `api`, and its user or project the role Reporter (Developer where "
    "the merge requests are restricted)"
)


class GitLabThread:
    """The notes of one merge request."""

    def __init__(self, place: OnGitLab) -> None:
        """Take where it is; GitLab is asked by the methods."""
        self._place = place
        self._headers: Mapping[str, str] = {}
        session = requests.Session()
        session.hooks["response"].append(self._look_at)
        self._gitlab = Gitlab(
            place.api_url.removesuffix("/api/v4"),
            # A bearer: it serves every kind of token, and a header of GitLab's own would be sent
            # along to wherever a redirect leads.
            oauth_token=place.token,
            session=session,
            timeout=_TIMEOUT,
            user_agent=f"flow-log-drift/{__version__}",
            keep_base_url=True,  # further pages come from where the first one did
        )
        self._found: ProjectMergeRequest | None = None

    def earlier(self, start: str) -> tuple[Comment, ...]:
        """Return the comments that begin so and that the token's own user wrote, on any page."""
        with self._translated():
            notes = self._request().notes.list(iterator=True, per_page=_PAGE, sort="asc", **_ONCE)
            begun = [
                note.attributes
                for note in notes
                if not note.attributes.get("system")
                and str(note.attributes.get("body", "")).startswith(start)
            ]
            if not begun:
                return ()
            user_id = self._own_user_id()
            return tuple(
                self._comment(note["id"], note["body"])
                for note in begun
                if note["author"]["id"] == user_id
            )

    def post(self, body: str) -> Comment:
        """Write a new comment."""
        with self._translated():
            created = self._request().notes.create({"body": body}, **_ONCE)
            return self._comment(created.attributes["id"], body)

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment; `RefusedError` if this very comment can't be changed."""
        with self._translated(comment):
            self._request().notes.update(comment.id, {"body": body}, **_ONCE)

    def delete(self, comment: Comment) -> None:
        """Remove a comment; `RefusedError` as for `edit`."""
        with self._translated(comment):
            self._request().notes.delete(comment.id, **_ONCE)

    def close(self) -> None:
        """Close the connections."""
        self._gitlab.session.close()

    def _request(self) -> ProjectMergeRequest:
        if self._found is None:
            project = self._gitlab.projects.get(self._place.project, lazy=True)
            self._found = project.mergerequests.get(self._place.merge_request, **_ONCE)
        return self._found

    def _own_user_id(self) -> int:
        user: Any = self._gitlab.http_get("/user", obey_rate_limit=False)
        found = user["id"]
        if not isinstance(found, int):
            raise TypeError
        return found

    def _comment(self, note_id: int, body: str) -> Comment:
        url = f"{self._request().attributes['web_url']}#note_{note_id}"
        return Comment(id=note_id, url=url, body=body)

    def _look_at(self, response: requests.Response, *_: object, **__: object) -> None:
        """Remember the headers, which the library's errors do not hold; refuse to leave the server.

        It is called before a redirect is followed.
        """
        self._headers = response.headers
        target = response.headers.get("location")
        if response.is_redirect and target is not None:
            url = urljoin(response.url, target)
            if not address.same_origin(url, self._place.api_url):
                response.close()
                raise PublishError(
                    f"{self._place.api_url} sends requests on to another server, and the token "
                    "stays here",
                    next_step="if that is where GitLab is now, name it: --api-url",
                )

    # -- GitLab's errors ---------------------------------------------------------------------------

    @contextmanager
    def _translated(self, comment: Comment | None = None) -> Iterator[None]:
        """Turn every error of the library into one that tells what to do.

        `comment` is what may be refused alone.
        """
        host = self._place.api_url
        try:
            with transport.translated(host):
                yield
        except GitlabError as error:
            self._raise(error, comment)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._no_gitlab() from error

    def _no_gitlab(self) -> PublishError:
        return PublishError(
            f"what answers at {self._place.api_url} is not GitLab's API, or not at this address",
            next_step="name the API's address: --api-url https://HOST/api/v4",
        )

    def _raise(self, error: GitlabError, comment: Comment | None) -> NoReturn:
        status, said = error.response_code, _said(error)
        if status is None:
            raise self._no_gitlab() from error
        if status in _BUSY:
            raise UnavailableError(
                f"GitLab can't answer now ({status}{said})",
                next_step="run this again later",
                wait=asked_wait(self._headers, time.time()),
            ) from error
        if comment is not None and status in {_FORBIDDEN, _NOT_FOUND}:
            raise RefusedError(
                f"GitLab does not let this token change {comment.url} ({status}{said})",
                next_step=_ROLE,
            ) from error
        raise self._explained(status, said) from error

    def _explained(self, status: int, said: str) -> PublishError:
        where = f"{self._place.project}!{self._place.merge_request}"
        match status:
            case 401:
                return PublishError(
                    f"GitLab does not know the token (401{said})",
                    next_step="it expired, was revoked or is not whole: set GITLAB_TOKEN anew, "
                    "with the scope `api`",
                )
            case 403:
                return PublishError(
                    f"the token may not comment on {where} (403{said})",
                    next_step=f"{_ROLE}; where the discussion is locked, it must be a member",
                )
            case 404:
                return PublishError(
                    f"GitLab shows this token no merge request {where} (404{said})",
                    next_step="are number and project right? For a private project this also "
                    f"means that the token may not read it: {_ROLE}",
                )
            case 400 | 422:
                return PublishError(
                    f"GitLab does not take the comment for {where} ({status}{said})",
                    next_step=f"mend what it names; {_ROLE}",
                )
            case _:
                return PublishError(
                    f"GitLab answered {status}{said} for {where}",
                    next_step="look at the address (--api-url), and at the state of the server",
                )


def _said(error: GitlabError) -> str:
    """Return GitLab's own words behind a colon; they may be text or JSON."""
    message: object = error.error_message
    text = message if isinstance(message, str) else json.dumps(message, default=str)
    if text.lstrip().startswith("<"):
        return ""  # the page of a proxy
    line = " ".join(visible(text).split())[:300]
    return f": {line}" if line else ""
