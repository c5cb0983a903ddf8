"""PyGithub against a server that behaves as GitHub does."""

from __future__ import annotations

import inspect
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial

import github as library
import pytest
import requests

from drift.errors import PublishError
from drift.publish.errors import RefusedError, UnavailableError
from drift.publish.github import GitHubThread
from drift.publish.marker import START, State
from drift.publish.patience import Patience
from drift.publish.place import Branch, OnGitHub
from drift.publish.publishing import Done, Outcome, publish
from tests.publish.api import Answer
from tests.publish.github_api import (
    ACTIONS,
    MOST_CHARACTERS,
    RATE_LIMITED,
    SECONDARY,
    STRANGER,
    TOKEN,
    Account,
    GitHubApi,
    Pull,
    html_url,
)
from tests.publish.messages import AT, HOUR, OTHER_KEY, body, message


@contextmanager
def thread(
    api: GitHubApi,
    *,
    repository: str = "acme/net",
    pull_request: int | Branch = 7,
    token: str = TOKEN,
    url: str | None = None,
) -> Iterator[GitHubThread]:
    place = OnGitHub(
        api_url=url or api.url, repository=repository, pull_request=pull_request, token=token
    )
    with closing(GitHubThread(place)) as opened:
        yield opened


class Clock:
    """Sleeps without waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    @property
    def patience(self) -> Patience:
        return Patience(sleep=self.slept.append)


def say(api: GitHubApi) -> Outcome:
    """Say `1 missing`, an hour later than everything else."""
    with thread(api) as opened:
        return publish(opened, message(at=AT + HOUR), always=False, patience=Clock().patience)


NOW = body(at=AT + HOUR)


# -- finding, posting, editing ---------------------------------------------------------------------


def test_posted(github: GitHubApi) -> None:
    github.add("Looks good!", author=STRANGER)
    assert say(github) == Outcome(done=Done.POSTED, url=html_url(1002))
    assert github.bodies == ["Looks good!", NOW]
    assert [(one.author, one.pull) for one in github.comments[1:]] == [(ACTIONS, 7)]


def test_edited_on_any_page(github: GitHubApi) -> None:
    for number in range(250):
        github.add(f"chat {number}", author=STRANGER)
    own = github.add(body(text="2 missing\n"))
    for number in range(250):
        github.add(f"more chat {number}", author=STRANGER)
    assert say(github) == Outcome(done=Done.UPDATED, url=html_url(own.id))
    assert own.body == NOW
    assert github.writes == [f"PATCH /repos/acme/net/issues/comments/{own.id}"]
    pages = [request.query for request in github.requests if request.path.endswith("/comments")]
    assert pages == [
        {"per_page": "100"},
        *({"per_page": "100", "page": str(page)} for page in range(2, 7)),
    ]


def test_the_same_is_not_written_again(github: GitHubApi) -> None:
    own = github.add(body(text="1 missing\n"))
    outcome = say(github)
    assert outcome.line() == f"kept {html_url(own.id)}: it says so already"
    assert github.writes == []


def test_in_sync_from_the_beginning(github: GitHubApi) -> None:
    with thread(github) as opened:
        well = message(State.IN_SYNC, "well\n")
        outcome = publish(opened, well, always=False, patience=Patience())
    assert outcome.line() == "no comment: in sync, and there was never anything else to say"
    assert (github.writes, github.bodies) == ([], [])


def test_a_newer_result_is_not_overwritten(github: GitHubApi) -> None:
    own = github.add(body(text="newer\n", at=AT + 2 * HOUR))
    assert say(github).line() == f"kept {html_url(own.id)}: it holds the result of a newer run"
    assert github.writes == []


def test_a_result_that_became_newer_meanwhile_is_not_left_beside_it(github: GitHubApi) -> None:
    newer = body(text="newer\n", at=AT + 2 * HOUR)
    github.before_write = partial(github.add, newer)
    outcome = say(github)
    assert outcome.line() == (
        f"kept {html_url(1001)}: it holds the result of a newer run (1 older one removed)"
    )
    assert github.bodies == [newer]


def test_two_runs_that_post_at_once_leave_one_comment(github: GitHubApi) -> None:
    github.before_write = partial(github.add, body(text="older\n"))
    assert say(github).line() == f"posted {html_url(1002)} (1 older one removed)"
    assert github.bodies == [NOW]


def test_duplicates_of_earlier_runs_are_removed(github: GitHubApi) -> None:
    github.add(body(text="a\n", at=AT - HOUR))
    kept = github.add(body(text="b\n", at=AT))
    other = github.add(body(key=OTHER_KEY))
    github.add(body(text="c\n", at=AT - 2 * HOUR))
    outcome = say(github)
    assert outcome.line() == f"updated {html_url(kept.id)} (2 older ones removed)"
    assert github.comments == [kept, other]


# -- other people's comments -----------------------------------------------------------------------


def test_a_stranger_who_writes_the_marker_changes_nothing(github: GitHubApi) -> None:
    forged = github.add(
        body(text="all fine\n", at=datetime(9999, 1, 1, tzinfo=UTC)), author=STRANGER
    )
    assert say(github).line() == f"posted {html_url(1002)}"
    assert github.bodies == [forged.body, NOW]


def test_a_comment_that_quotes_the_marker_is_no_comment_of_ours(github: GitHubApi) -> None:
    quote = github.add(f"> {body()}")
    assert say(github).line() == f"posted {html_url(1002)}"
    assert github.bodies == [quote.body, NOW]


def test_who_asks_is_not_asked_where_nothing_is_marked(github: GitHubApi) -> None:
    github.add("Looks good!", author=STRANGER)
    with thread(github) as opened:
        assert opened.earlier(START) == ()
    assert not [request for request in github.requests if "graphql" in request.path]


def test_where_github_does_not_say_who_the_token_is_apps_are_trusted_only(
    github: GitHubApi,
) -> None:
    github.can_ask_who = False
    forged = github.add(body(text="forged\n"), author=STRANGER)
    own = github.add(body(text="2 missing\n"))
    assert say(github) == Outcome(done=Done.UPDATED, url=html_url(own.id))
    assert github.bodies == [forged.body, NOW]


def test_a_comment_of_another_app_is_left_alone(github: GitHubApi) -> None:
    github.can_ask_who = False
    theirs = github.add(body(text="theirs\n"), author=Account(id=9, login="x[bot]", type="Bot"))
    assert say(github).line() == f"posted {html_url(1002)}"
    assert github.bodies == [theirs.body, NOW]


def test_the_author_may_be_gone(github: GitHubApi) -> None:
    gone = github.add(body(text="2 missing\n"), author=None)
    assert say(github).line() == f"posted {html_url(1002)}"
    assert github.bodies == [gone.body, NOW]


def test_a_comment_that_cannot_be_changed(github: GitHubApi) -> None:
    own = github.add(body(text="2 missing\n"))
    with thread(github) as opened:
        [found] = opened.earlier(START)
        github.comments.clear()
        with pytest.raises(RefusedError):
            opened.edit(found, NOW)
        with pytest.raises(RefusedError):
            opened.delete(found)
    assert found.body == own.body


def test_a_comment_that_was_removed_meanwhile_is_posted_anew(github: GitHubApi) -> None:
    github.add(body(text="2 missing\n"))
    github.before_write = github.comments.clear
    assert say(github).done is Done.POSTED
    assert github.bodies == [NOW]


def test_a_personal_token(github: GitHubApi) -> None:
    mine = "ghp_mine"
    github.accounts[mine] = Account(id=5, login="me")
    theirs = github.add(body(text="2 missing\n"))
    with thread(github, token=mine) as opened:
        outcome = publish(opened, message(), always=False, patience=Patience())
    assert outcome.done is Done.POSTED
    assert [one.author for one in github.comments] == [theirs.author, github.accounts[mine]]


# -- where it is -----------------------------------------------------------------------------------


def test_enterprise_server() -> None:
    with GitHubApi(prefix="/api/v3") as github:
        github.add(body(text="2 missing\n"))
        assert say(github).done is Done.UPDATED
        assert {request.path.split("/")[1] for request in github.requests} == {"api"}
        assert "/api/graphql" in {request.path for request in github.requests}


def test_a_repository_that_was_renamed(github: GitHubApi) -> None:
    github.renamed_from = "acme/old"
    with thread(github, repository="acme/old") as opened:
        outcome = publish(opened, message(), always=False, patience=Patience())
    assert outcome.done is Done.POSTED
    assert github.bodies == [body()]


def test_the_pull_request_of_a_branch(github: GitHubApi) -> None:
    github.pulls = {
        6: Pull(number=6, open=False),
        8: Pull(number=8, head="fork/net"),
        9: Pull(number=9, branch="other"),
        10: Pull(number=10),
    }
    with thread(github, pull_request=Branch(owner="acme", name="topic")) as opened:
        opened.post("hello")
    with thread(github, pull_request=Branch(owner="fork", name="topic")) as opened:
        opened.post("hello")
    assert [one.pull for one in github.comments] == [10, 8]


@pytest.mark.parametrize(
    ("branch", "cause"),
    [
        ("main", "no open pull request of acme/net comes from acme:main"),
        ("topic", "2 open pull requests of acme/net come from acme:topic"),
    ],
)
def test_a_branch_of_none_or_several_pull_requests(
    github: GitHubApi, branch: str, cause: str
) -> None:
    github.pulls[8] = Pull(number=8)
    with (
        thread(github, pull_request=Branch(owner="acme", name=branch)) as opened,
        pytest.raises(PublishError) as raised,
    ):
        opened.post("hello")
    assert raised.value.cause == cause
    assert raised.value.next_step == "name the one that is meant: --pull-request N"


def test_a_redirect_elsewhere_is_not_followed(github: GitHubApi) -> None:
    with GitHubApi() as elsewhere:
        target = elsewhere.url.replace("127.0.0.1", "localhost")
        github.fail(Answer(status=301, headers={"Location": f"{target}/x"}), times=9)
        assert told(github).cause == (
            f"what answers at {github.url} is not GitHub's API, or not at this address"
        )
        assert elsewhere.requests == []


def test_further_pages_elsewhere_are_not_asked_for(github: GitHubApi) -> None:
    with GitHubApi() as elsewhere:
        target = elsewhere.url.replace("127.0.0.1", "localhost")
        link = {"Link": f'<{target}/page2>; rel="next"'}
        github.fail(Answer(body=[{"id": 1, "body": "chat"}], headers=link), path=".*/comments")
        assert told(github).cause.startswith(f"what answers at {github.url} is not GitHub's API")
        assert elsewhere.requests == []


# -- when GitHub can't answer ----------------------------------------------------------------------


def slept(api: GitHubApi) -> list[float]:
    clock = Clock()
    with thread(api) as opened:
        publish(opened, message(), always=False, patience=clock.patience)
    assert api.bodies == [body()]
    return clock.slept


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_asks_again(github: GitHubApi, method: str, status: int) -> None:
    github.fail(Answer(status=status, body="<html>"), method=method, times=3)
    assert slept(github) == [1, 2, 4]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_waits_as_long_as_github_wants(github: GitHubApi, method: str) -> None:
    for status in (403, 429):
        answer = Answer(status=status, body=SECONDARY.body, headers={"Retry-After": "7"})
        github.fail(answer, method=method)
    assert slept(github) == [7, 7]


def test_a_rate_limit_that_is_used_up(github: GitHubApi) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 40)}
    github.fail(Answer(status=403, body=RATE_LIMITED.body, headers=headers))
    [wait] = slept(github)
    assert 38 < wait <= 41


def test_a_secondary_rate_limit_that_does_not_say_how_long(github: GitHubApi) -> None:
    github.fail(SECONDARY)
    assert slept(github) == [60]


def test_a_rate_limit_that_lasts_too_long(github: GitHubApi) -> None:
    github.fail(Answer(status=429, body=RATE_LIMITED.body, headers={"Retry-After": "3600"}))
    error = told(github)
    assert error.cause.startswith(
        "GitHub can't answer now (429: API rate limit exceeded for installation ID 1.); it asks to "
        "wait until "
    )
    assert error.next_step == "run this again then"


@pytest.mark.parametrize("answer", [None, Answer(status=502, body="<html>")], ids=["cut", "502"])
def test_a_comment_whose_answer_got_lost_is_not_posted_twice(
    github: GitHubApi, answer: Answer | None
) -> None:
    github.fail(answer, method="POST", path=".*/comments", lost=True)
    assert slept(github) == [1]
    assert github.writes == ["POST /repos/acme/net/issues/7/comments"]


def test_nobody_is_there() -> None:
    with GitHubApi() as gone:
        url = gone.url
    clock = Clock()
    with thread(gone, url=url) as opened, pytest.raises(PublishError) as raised:
        publish(opened, message(), always=False, patience=clock.patience)
    assert raised.value.cause == f"{url} can't be reached (ConnectionError); asked 6 times"
    assert len(clock.slept) == 5


# -- what GitHub refuses ---------------------------------------------------------------------------


def told(api: GitHubApi, *, repository: str = "acme/net") -> PublishError:
    with thread(api, repository=repository) as opened, pytest.raises(PublishError) as raised:
        publish(opened, message(), always=False, patience=Clock().patience)
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    return raised.value


def test_a_token_that_github_does_not_know(github: GitHubApi) -> None:
    del github.accounts[TOKEN]
    error = told(github)
    assert error.cause == "GitHub does not know the token (401: Bad credentials)"
    assert "set GITHUB_TOKEN anew" in error.next_step


def test_a_token_that_only_reads(github: GitHubApi) -> None:
    github.can_write = False
    error = told(github)
    assert error.cause == (
        "the token may not comment on acme/net#7 (403: Resource not accessible by integration)"
    )
    assert error.next_step.startswith("give the job `permissions: pull-requests: write`;")


def test_a_token_that_only_reads_and_a_comment_that_is_there(github: GitHubApi) -> None:
    github.add(body(text="2 missing\n"))
    github.can_write = False
    assert told(github).cause.startswith("the token may not comment on acme/net#7 (403")


@pytest.mark.parametrize("head", ["fork/net", None])
def test_a_fork(github: GitHubApi, head: str | None) -> None:
    github.pulls[7].head = head
    github.can_write = False
    assert "`workflow_run` workflow" in told(github).next_step


def test_a_locked_conversation(github: GitHubApi) -> None:
    github.pulls[7].locked = True
    error = told(github)
    assert error.cause.startswith("the conversation of acme/net#7 is locked (403: ")
    assert error.next_step.startswith("unlock it")


def test_single_sign_on(github: GitHubApi) -> None:
    headers = {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?x=secret"}
    github.fail(Answer(status=403, body={"message": "SAML enforcement"}, headers=headers))
    error = told(github)
    assert error.cause.startswith("the organisation wants the token authorised for single sign-on")
    assert "Configure SSO" in error.next_step


def test_what_the_token_may_not_see(github: GitHubApi) -> None:
    error = told(github, repository="acme/secret")
    assert error.cause == ("GitHub shows this token no pull request acme/secret#7 (404: Not Found)")
    assert "the token may not read it" in error.next_step
    assert "pull-requests: write" in error.next_step


def test_a_comment_that_github_does_not_take(github: GitHubApi) -> None:
    long = message(text="x" * MOST_CHARACTERS)
    with thread(github) as opened, pytest.raises(PublishError) as raised:
        publish(opened, long, always=False, patience=Patience())
    assert raised.value.cause == (
        "GitHub does not take the comment for acme/net#7 (422: Validation Failed. body is too long "
        "(maximum is 65536 characters))"
    )


def test_what_nobody_expects(github: GitHubApi) -> None:
    github.fail(Answer(status=451, body={"message": "\x1b[31mDMCA\n" + "x" * 999}))
    assert told(github).cause == (
        "GitHub answered 451: \\x1b[31mDMCA\\x0a" + "x" * 284 + " for acme/net#7"
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>Sign in to the network</html>"),
        Answer(body=[]),
        Answer(body={}),
        Answer(body="null"),
        Answer(body={"number": "7", "issue_url": 3}),
    ],
    ids=["page", "list", "empty", "null", "types"],
)
def test_what_is_not_github(github: GitHubApi, answer: Answer) -> None:
    github.fail(answer, times=99)
    assert told(github).cause.startswith(f"what answers at {github.url} is not GitHub's API")


# -- every error of the library is translated ------------------------------------------------------


def subclasses(of: type[Exception]) -> set[type[Exception]]:
    return {of}.union(*(subclasses(one) for one in of.__subclasses__()))


def made(error: type[Exception]) -> Exception:
    if issubclass(error, library.GithubException):
        return error(418, {"message": "teapot"}, {})
    if error is library.BadAttributeException:
        return error("x", (str, str), None)
    wanted = [
        one
        for one in list(inspect.signature(error.__init__).parameters.values())[1:]
        if one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty
    ]
    return error(*("x" for _ in wanted))


ERRORS = sorted(
    subclasses(library.GithubException)
    | {library.BadAttributeException}
    | {
        one
        for one in subclasses(requests.RequestException)
        if one.__module__ == "requests.exceptions"
    },
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_every_error_is_translated(github: GitHubApi, error: type[Exception]) -> None:
    with (
        thread(github) as opened,
        pytest.raises(PublishError) as raised,
        opened._translated(),
    ):
        raise made(error)
    assert raised.value.cause
    assert raised.value.next_step


@pytest.mark.parametrize(
    "error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError]
)
def test_networks_may_come_back(github: GitHubApi, error: type[Exception]) -> None:
    with thread(github) as opened, pytest.raises(UnavailableError), opened._translated():
        raise error
