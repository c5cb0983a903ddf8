"""python-gitlab against a server that behaves as GitLab does."""

from __future__ import annotations

import inspect
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial

import pytest
import requests
from gitlab import exceptions

from drift.errors import PublishError
from drift.publish.errors import RefusedError
from drift.publish.gitlab import GitLabThread
from drift.publish.marker import START, State
from drift.publish.patience import Patience
from drift.publish.place import OnGitLab
from drift.publish.publishing import Done, Outcome, publish
from tests.publish.api import Answer
from tests.publish.gitlab_api import MOST_CHARACTERS, STRANGER, TOKEN, WEB_URL, GitLabApi
from tests.publish.messages import AT, HOUR, OTHER_KEY, body, message

NOW = body(at=AT + HOUR)


@contextmanager
def thread(
    api: GitLabApi, *, project: str = "acme/net", token: str = TOKEN, url: str | None = None
) -> Iterator[GitLabThread]:
    place = OnGitLab(api_url=url or api.url, project=project, merge_request=7, token=token)
    with closing(GitLabThread(place)) as opened:
        yield opened


def say(api: GitLabApi, slept: list[float] | None = None) -> Outcome:
    """Say `1 missing`, an hour later than everything else."""
    patience = Patience(sleep=([] if slept is None else slept).append)
    with thread(api) as opened:
        return publish(opened, message(at=AT + HOUR), always=False, patience=patience)


def told(api: GitLabApi, *, project: str = "acme/net", token: str = TOKEN) -> PublishError:
    patience = Patience(sleep=lambda _: None)
    with thread(api, project=project, token=token) as opened, pytest.raises(PublishError) as raised:
        publish(opened, message(), always=False, patience=patience)
    assert token not in "".join(traceback.format_exception(raised.value))
    return raised.value


def note_url(number: int) -> str:
    return f"{WEB_URL}#note_{number}"


# -- finding, posting, editing ---------------------------------------------------------------------


@pytest.mark.parametrize("project", ["acme/net", "17"])
def test_posted(gitlab: GitLabApi, project: str) -> None:
    gitlab.add("Looks good!", author=STRANGER)
    with thread(gitlab, project=project) as opened:
        outcome = publish(opened, message(), always=False, patience=Patience())
    assert outcome == Outcome(done=Done.POSTED, url=note_url(1002))
    assert gitlab.bodies == ["Looks good!", body()]


def test_edited_on_any_page(gitlab: GitLabApi) -> None:
    for number in range(250):
        gitlab.add(f"chat {number}", author=STRANGER)
    own = gitlab.add(body(text="2 missing\n"))
    for number in range(150):
        gitlab.add(f"changed the title {number}", system=True)
    assert say(gitlab) == Outcome(done=Done.UPDATED, url=note_url(own.id))
    assert own.body == NOW
    assert gitlab.writes == [f"PUT /api/v4/projects/17/merge_requests/7/notes/{own.id}"]
    pages = [
        request.query.get("page", "1")
        for request in gitlab.requests
        if request.path.endswith("/notes")
    ]
    assert pages == ["1", "2", "3", "4", "5"]


def test_the_same_is_not_written_again(gitlab: GitLabApi) -> None:
    own = gitlab.add(body(text="1 missing"))  # GitLab takes white space away at the end
    assert say(gitlab).line() == f"kept {note_url(own.id)}: it says so already"
    assert gitlab.writes == []


def test_in_sync_from_the_beginning(gitlab: GitLabApi) -> None:
    with thread(gitlab) as opened:
        well = message(State.IN_SYNC, "well\n")
        outcome = publish(opened, well, always=False, patience=Patience())
    assert outcome.line() == "no comment: in sync, and there was never anything else to say"
    assert (gitlab.writes, gitlab.bodies) == ([], [])


def test_a_newer_result_is_not_overwritten(gitlab: GitLabApi) -> None:
    own = gitlab.add(body(text="newer\n", at=AT + 2 * HOUR))
    assert say(gitlab).line() == f"kept {note_url(own.id)}: it holds the result of a newer run"
    assert gitlab.writes == []


def test_two_jobs_that_post_at_once_leave_one_comment(gitlab: GitLabApi) -> None:
    gitlab.before_write = partial(gitlab.add, body(text="older\n"))
    assert say(gitlab).line() == f"posted {note_url(1002)} (1 older one removed)"
    assert gitlab.bodies == [NOW]


def test_duplicates_of_earlier_runs_are_removed(gitlab: GitLabApi) -> None:
    gitlab.add(body(text="a\n", at=AT - HOUR))
    kept = gitlab.add(body(text="b\n", at=AT))
    other = gitlab.add(body(key=OTHER_KEY))
    assert say(gitlab).line() == f"updated {note_url(kept.id)} (1 older one removed)"
    assert gitlab.notes == [kept, other]


# -- other people's comments -----------------------------------------------------------------------


def test_a_stranger_who_writes_the_marker_changes_nothing(gitlab: GitLabApi) -> None:
    forged = gitlab.add(body(at=datetime(9999, 1, 1, tzinfo=UTC)), author=STRANGER)
    quote = gitlab.add(f"> {body()}")
    assert say(gitlab).line() == f"posted {note_url(1003)}"
    assert gitlab.bodies == [forged.body, quote.body, NOW]


def test_a_note_that_was_removed_meanwhile_is_posted_anew(gitlab: GitLabApi) -> None:
    gitlab.add(body(text="2 missing\n"))
    gitlab.before_write = gitlab.notes.clear
    assert say(gitlab).done is Done.POSTED
    assert gitlab.bodies == [NOW]


def test_a_note_that_cannot_be_changed(gitlab: GitLabApi) -> None:
    gitlab.add(body(text="2 missing\n"))
    with thread(gitlab) as opened:
        [found] = opened.earlier(START)
        gitlab.can_write = False
        with pytest.raises(RefusedError):
            opened.edit(found, NOW)
        with pytest.raises(RefusedError):
            opened.delete(found)


# -- where it is, and where the token goes ---------------------------------------------------------


def test_below_a_path() -> None:
    with GitLabApi(prefix="/gitlab") as gitlab:
        assert say(gitlab).done is Done.POSTED
        assert {request.path.split("/")[1] for request in gitlab.requests} == {"gitlab"}


def test_further_pages_come_from_where_the_first_one_did(gitlab: GitLabApi) -> None:
    with GitLabApi() as elsewhere:
        gitlab.external_url = elsewhere.origin
        for number in range(150):
            gitlab.add(f"chat {number}", author=STRANGER)
        own = gitlab.add(body(text="2 missing\n"))
        assert say(gitlab).url == note_url(own.id)
        assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_token_does_not_follow_a_redirect(gitlab: GitLabApi, status: int, method: str) -> None:
    with GitLabApi() as elsewhere:
        headers = {"Location": f"{elsewhere.url}/user"}
        gitlab.fail(Answer(status=status, headers=headers), method=method, times=9)
        error = told(gitlab)
        assert error.cause == (
            f"{gitlab.url} sends requests on to another server, and the token stays here"
        )
        assert elsewhere.requests == []


def test_a_project_that_was_moved(gitlab: GitLabApi) -> None:
    headers = {"Location": f"{gitlab.url}/projects/17/merge_requests/7"}
    gitlab.fail(Answer(status=301, headers=headers), path=".*old.*")
    with thread(gitlab, project="acme/old") as opened:
        outcome = publish(opened, message(), always=False, patience=Patience())
    assert outcome.done is Done.POSTED
    assert gitlab.writes == ["POST /api/v4/projects/17/merge_requests/7/notes"]


# -- when GitLab can't answer ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_asks_again(gitlab: GitLabApi, method: str, status: int) -> None:
    gitlab.fail(Answer(status=status, body="<html>"), method=method, times=3)
    slept: list[float] = []
    assert say(gitlab, slept).done is Done.POSTED
    assert (slept, gitlab.bodies) == ([1, 2, 4], [NOW])


def test_it_waits_as_long_as_gitlab_wants(gitlab: GitLabApi) -> None:
    gitlab.fail(Answer(status=429, body="Retry later", headers={"Retry-After": "7"}))
    reset = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(time.time()) + 40)}
    gitlab.fail(Answer(status=429, body="Retry later", headers=reset), method="POST")
    slept: list[float] = []
    say(gitlab, slept)
    assert slept[0] == 7
    assert 38 < slept[1] <= 41


@pytest.mark.parametrize("answer", [None, Answer(status=502, body="<html>")], ids=["cut", "502"])
def test_a_note_whose_answer_got_lost_is_not_posted_twice(
    gitlab: GitLabApi, answer: Answer | None
) -> None:
    gitlab.fail(answer, method="POST", lost=True)
    slept: list[float] = []
    say(gitlab, slept)
    assert (slept, gitlab.bodies) == ([1], [NOW])


def test_nobody_is_there() -> None:
    with GitLabApi() as gone:
        url = gone.url
    assert told(gone).cause == f"{url} can't be reached (ConnectionError); asked 6 times"


# -- what GitLab refuses ---------------------------------------------------------------------------


def test_a_token_that_gitlab_does_not_know(gitlab: GitLabApi) -> None:
    error = told(gitlab, token=TOKEN[::-1])
    assert error.cause == "GitLab does not know the token (401: 401 Unauthorized)"
    assert "set GITLAB_TOKEN anew, with the scope `api`" in error.next_step


def test_a_scope_that_is_missing(gitlab: GitLabApi) -> None:
    gitlab.scope = "read_api"
    error = told(gitlab)
    assert error.cause == "the token may not comment on acme/net!7 (403: insufficient_scope)"
    assert error.next_step.startswith("the token needs the scope `api`, and its user or project")


def test_a_role_that_is_missing(gitlab: GitLabApi) -> None:
    gitlab.can_write = False
    error = told(gitlab)
    assert error.cause == "the token may not comment on acme/net!7 (403: 403 Forbidden)"
    assert "the role Reporter" in error.next_step


def test_what_the_token_may_not_see(gitlab: GitLabApi) -> None:
    error = told(gitlab, project="acme/secret")
    assert error.cause == (
        "GitLab shows this token no merge request acme/secret!7 (404: 404 Project Not Found)"
    )
    assert "the token may not read it" in error.next_step


def test_a_note_that_gitlab_does_not_take(gitlab: GitLabApi) -> None:
    long = message(text="x" * MOST_CHARACTERS)
    with thread(gitlab) as opened, pytest.raises(PublishError) as raised:
        publish(opened, long, always=False, patience=Patience())
    assert raised.value.cause == (
        "GitLab does not take the comment for acme/net!7 "
        '(400: {"note": ["is too long (maximum is 1000000 characters)"]})'
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>Sign in</html>", headers={"Content-Type": "text/html"}),
        Answer(body="<html>Sign in</html>"),
        Answer(body=[]),
        Answer(body={}),
        Answer(body="null"),
    ],
    ids=["page", "no-json", "list", "empty", "null"],
)
def test_what_is_not_gitlab(gitlab: GitLabApi, answer: Answer) -> None:
    gitlab.fail(answer, times=99)
    assert told(gitlab).cause == (
        f"what answers at {gitlab.url} is not GitLab's API, or not at this address"
    )


# -- every error of the library is translated ------------------------------------------------------


def subclasses(of: type[Exception]) -> set[type[Exception]]:
    return {of}.union(*(subclasses(one) for one in of.__subclasses__()))


def made(error: type[Exception]) -> Exception:
    wanted = [
        one
        for one in list(inspect.signature(error.__init__).parameters.values())[1:]
        if one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty
    ]
    return error(*("x" for _ in wanted))


ERRORS = sorted(
    subclasses(exceptions.GitlabError)
    | {
        one
        for one in subclasses(requests.RequestException)
        if one.__module__ == "requests.exceptions"
    },
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_every_error_is_translated(gitlab: GitLabApi, error: type[Exception]) -> None:
    with (
        thread(gitlab) as opened,
        pytest.raises(PublishError) as raised,
        opened._translated(),
    ):
        raise made(error)
    assert raised.value.cause
    assert raised.value.next_step
