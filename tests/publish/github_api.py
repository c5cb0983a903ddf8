"""A GitHub in this process, as far as comments on pull requests go."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from typing_extensions import override

from tests.publish.api import Answer, Api, ProblemError, Request, page_of

TOKEN: Final = "ghs_a-token-of-github-actions"
MOST_CHARACTERS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: int
    login: str
    type: str = "User"


ACTIONS: Final = Account(id=41898282, login="github-actions[bot]", type="Bot")
STRANGER: Final = Account(id=666, login="stranger")


@dataclass(slots=True, kw_only=True)
class Stored:
    id: int
    pull: int
    author: Account | None
    """None if the account was deleted."""
    body: str


@dataclass(slots=True, kw_only=True)
class Pull:
    number: int
    branch: str = "topic"
    head: str | None = "acme/net"
    """The repository it comes from; None if that was deleted."""
    open: bool = True
    locked: bool = False


@dataclass(kw_only=True, eq=False)
class GitHubApi(Api):
    """One repository, `acme/net`, with its pull requests and their comments."""

    prefix: str = ""
    """`/api/v3` on a GitHub Enterprise Server."""
    accounts: dict[str, Account] = field(default_factory=lambda: {TOKEN: ACTIONS})
    can_write: bool = True
    can_ask_who: bool = True
    pulls: dict[int, Pull] = field(default_factory=lambda: {7: Pull(number=7)})
    comments: list[Stored] = field(default_factory=list)
    renamed_from: str | None = None
    before_write: Callable[[], object] | None = None
    """What somebody else does just before the next comment is written."""

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def url(self) -> str:
        return f"{self.origin}{self.prefix}"

    @property
    def bodies(self) -> list[str]:
        return [one.body for one in self.comments]

    def add(self, body: str, *, author: Account | None = ACTIONS, pull: int = 7) -> Stored:
        number = 1 + max((one.id for one in self.comments), default=1000)
        stored = Stored(id=number, pull=pull, author=author, body=body)
        self.comments.append(stored)
        return stored

    @override
    def serve(self, request: Request) -> Answer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        account = self.accounts.get(token) if scheme.lower() in {"token", "bearer"} else None
        if account is None:
            raise ProblemError(_problem(401, "Bad credentials"))
        graphql = f"{self.prefix.removesuffix('/v3')}/graphql"
        if request.path == graphql:
            return self._viewer(request, account)
        if not request.path.startswith(f"{self.prefix}/"):
            raise ProblemError(Answer(status=404, body="<html>no API here</html>"))
        path = request.path.removeprefix(self.prefix)
        if self.renamed_from is not None and path.startswith(f"/repos/{self.renamed_from}/"):
            rest = path.removeprefix(f"/repos/{self.renamed_from}/")
            return Answer(
                status=301 if request.method == "GET" else 307,
                body={"message": "Moved Permanently"},
                headers={"Location": f"{self.url}/repositories/17/{rest}"},
            )
        found = re.fullmatch(r"/(?:repos/acme/net|repositories/17)/(.+)", path)
        if found is None:
            raise ProblemError(_problem(404, "Not Found"))
        return self._in_repository(request, found[1], account)

    def _viewer(self, request: Request, account: Account) -> Answer:
        if not self.can_ask_who:
            raise ProblemError(_problem(403, "Resource not accessible by integration"))
        assert "viewer" in request.body["query"]
        return Answer(body={"data": {"viewer": {"databaseId": account.id}}})

    def _in_repository(self, request: Request, path: str, account: Account) -> Answer:
        if path == "pulls":
            head = request.query["head"]
            return Answer(
                body=[
                    self._pull(pull)
                    for pull in self.pulls.values()
                    if pull.open and head == f"{(pull.head or '').partition('/')[0]}:{pull.branch}"
                ]
            )
        if found := re.fullmatch(r"pulls/(\d+)", path):
            return Answer(body=self._pull(self._numbered(found[1])))
        if found := re.fullmatch(r"issues/(\d+)/comments", path):
            pull = self._numbered(found[1])
            if request.method == "GET":
                return self._page(request, pull)
            return self._write(request, pull, account, None)
        if found := re.fullmatch(r"issues/comments/(\d+)", path):
            stored = next((one for one in self.comments if one.id == int(found[1])), None)
            if stored is None:
                raise ProblemError(_problem(404, "Not Found"))
            return self._write(request, self.pulls[stored.pull], account, stored)
        raise ProblemError(_problem(404, "Not Found"))

    def _numbered(self, number: str) -> Pull:
        if int(number) not in self.pulls:
            raise ProblemError(_problem(404, "Not Found"))
        return self.pulls[int(number)]

    def _page(self, request: Request, pull: Pull) -> Answer:
        entries = [one for one in self.comments if one.pull == pull.number]
        page, number, size, pages = page_of(entries, request, default=30)
        links = {"prev": number - 1, "next": number + 1, "last": pages, "first": 1}
        if number == pages:
            del links["next"], links["last"]
        if number == 1:
            del links["prev"], links["first"]
        url = f"{self.url}/repositories/17/issues/{pull.number}/comments?per_page={size}"
        link = ", ".join(f'<{url}&page={to}>; rel="{name}"' for name, to in links.items())
        return Answer(
            body=[self._comment(one) for one in page], headers={"Link": link} if link else {}
        )

    def _write(
        self, request: Request, pull: Pull, account: Account, stored: Stored | None
    ) -> Answer:
        if self.before_write is not None:
            act, self.before_write = self.before_write, None
            act()
            if stored is not None and stored not in self.comments:
                raise ProblemError(_problem(404, "Not Found"))
        if not self.can_write:
            raise ProblemError(_problem(403, "Resource not accessible by integration"))
        if pull.locked:
            raise ProblemError(_problem(403, "Unable to create comment because issue is locked."))
        if stored is not None and stored.author != account:
            raise ProblemError(_problem(403, "Resource not accessible by integration"))
        if request.method == "DELETE":
            assert stored is not None
            self.comments.remove(stored)
            return Answer(status=204)
        body = request.body["body"]
        if len(body) > MOST_CHARACTERS:
            error = f"body is too long (maximum is {MOST_CHARACTERS} characters)"
            raise ProblemError(
                _problem(422, "Validation Failed", [{"code": "custom", "message": error}])
            )
        if stored is None:
            return Answer(
                status=201, body=self._comment(self.add(body, author=account, pull=pull.number))
            )
        stored.body = body
        return Answer(body=self._comment(stored))

    def _pull(self, pull: Pull) -> dict[str, Any]:
        api = f"{self.url}/repos/acme/net"
        head = None if pull.head is None else {"full_name": pull.head}
        return {
            "url": f"{api}/pulls/{pull.number}",
            "issue_url": f"{api}/issues/{pull.number}",
            "number": pull.number,
            "locked": pull.locked,
            "head": {"ref": pull.branch, "repo": head},
            "base": {"ref": "main", "repo": {"full_name": "acme/net"}},
        }

    def _comment(self, one: Stored) -> dict[str, Any]:
        return {
            "id": one.id,
            "url": f"{self.url}/repos/acme/net/issues/comments/{one.id}",
            "html_url": html_url(one.id, one.pull),
            "body": one.body,
            "user": None if one.author is None else asdict(one.author),
        }


def html_url(comment: int, pull: int = 7) -> str:
    return f"https://github.example/acme/net/pull/{pull}#issuecomment-{comment}"


def _problem(status: int, message: str, errors: list[Any] | None = None) -> Answer:
    body = {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return Answer(status=status, body=body if errors is None else {**body, "errors": errors})


RATE_LIMITED: Final = _problem(403, "API rate limit exceeded for installation ID 1.")
SECONDARY: Final = _problem(
    403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
