"""A GitLab in this process, as far as comments on merge requests go."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from typing_extensions import override

from tests.publish.api import Answer, Api, ProblemError, Request, page_of

TOKEN: Final = "glpat-a-project-access-token"
MOST_CHARACTERS: Final = 1_000_000
BOT: Final = 42
STRANGER: Final = 666


@dataclass(slots=True, kw_only=True)
class Note:
    id: int
    author: int
    body: str
    system: bool = False


@dataclass(kw_only=True, eq=False)
class GitLabApi(Api):
    """One project, `acme/net` with the id 17, and its merge request 7."""

    prefix: str = ""
    """Where GitLab lies below a path of its server."""
    scope: str = "api"
    can_write: bool = True
    notes: list[Note] = field(default_factory=list)
    external_url: str | None = None
    """What the server believes to be its own address."""
    before_write: Callable[[], object] | None = None
    """What somebody else does just before the next note is written."""

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def url(self) -> str:
        return f"{self.origin}{self.prefix}/api/v4"

    @property
    def bodies(self) -> list[str]:
        return [one.body for one in self.notes]

    def add(self, body: str, *, author: int = BOT, system: bool = False) -> Note:
        number = 1 + max((one.id for one in self.notes), default=1000)
        note = Note(id=number, author=author, body=body, system=system)
        self.notes.append(note)
        return note

    @override
    def serve(self, request: Request) -> Answer:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if TOKEN not in {bearer, request.headers.get("private-token")}:
            raise ProblemError(Answer(status=401, body={"message": "401 Unauthorized"}))
        path = request.path.removeprefix(f"{self.prefix}/api/v4")
        if path == request.path:
            raise ProblemError(Answer(status=404, body="<html>no API here</html>"))
        if path == "/user":
            return Answer(body={"id": BOT, "username": "project_17_bot"})
        found = re.fullmatch(r"/projects/([^/]+)/(.+)", path)
        if found is None or unquote(found[1]) not in {"17", "acme/net"}:
            raise ProblemError(Answer(status=404, body={"message": "404 Project Not Found"}))
        found = re.fullmatch(r"merge_requests/7(?:/(notes)(?:/(\d+))?)?", found[2])
        if found is None:
            raise ProblemError(Answer(status=404, body={"message": "404 Not found"}))
        if found[1] is None:
            return Answer(body={"iid": 7, "project_id": 17, "web_url": WEB_URL})
        if found[2] is None and request.method == "GET":
            return self._page(request)
        return self._write(request, found[2])

    def _page(self, request: Request) -> Answer:
        newest_first = request.query.get("sort", "desc") == "desc"
        entries = self.notes[::-1] if newest_first else self.notes
        page, number, size, pages = page_of(entries, request, default=20)
        base = (self.external_url or f"{self.origin}{self.prefix}") + "/api/v4"
        url = f"{base}/projects/17/merge_requests/7/notes?per_page={size}&sort=asc"
        more = number < pages
        return Answer(
            body=[_shown(note) for note in page],
            headers={
                "X-Page": str(number),
                "X-Per-Page": str(size),
                "X-Next-Page": str(number + 1) if more else "",
                **({"Link": f'<{url}&page={number + 1}>; rel="next"'} if more else {}),
            },
        )

    def _write(self, request: Request, note_id: str | None) -> Answer:
        if self.before_write is not None:
            act, self.before_write = self.before_write, None
            act()
        if self.scope != "api":
            raise ProblemError(
                Answer(
                    status=403,
                    body={
                        "error": "insufficient_scope",
                        "error_description": "The request requires higher privileges.",
                        "scope": "api",
                    },
                )
            )
        if not self.can_write:
            raise ProblemError(Answer(status=403, body={"message": "403 Forbidden"}))
        note = next((one for one in self.notes if str(one.id) == note_id), None)
        if note_id is not None and note is None:
            raise ProblemError(Answer(status=404, body={"message": "404 Note Not Found"}))
        if note is not None and note.author != BOT:
            raise ProblemError(Answer(status=403, body={"message": "403 Forbidden"}))
        if request.method == "DELETE":
            assert note is not None
            self.notes.remove(note)
            return Answer(status=204)
        body = request.body["body"]
        if len(body) > MOST_CHARACTERS:
            raise ProblemError(
                Answer(
                    status=400,
                    body={"message": {"note": ["is too long (maximum is 1000000 characters)"]}},
                )
            )
        if note is None:
            return Answer(status=201, body=_shown(self.add(body)))
        note.body = body
        return Answer(body=_shown(note))


WEB_URL: Final = "https://gitlab.example/acme/net/-/merge_requests/7"


def _shown(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "type": None,
        "body": note.body,
        "author": {"id": note.author, "username": f"user-{note.author}"},
        "system": note.system,
        "noteable_iid": 7,
    }
