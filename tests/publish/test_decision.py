"""What is there, and what there is to say: exactly this is done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.publish.decision import Edit, Keep, Post, Reason, decide, surplus
from drift.publish.marker import UNKNOWN, State, read
from drift.publish.message import AGAIN
from tests.publish.messages import AT, HOUR, KEY, OTHER_KEY, body, comment, message

BAD = [State.DRIFTED, State.UNVERIFIED, State.COULD_NOT_RUN]


@pytest.mark.parametrize("state", BAD)
def test_news_are_posted(state: State) -> None:
    assert decide(message(state, "news\n"), []) == Post(body=body(state, "news\n"))


def test_nothing_is_said_where_there_was_never_anything_to_say() -> None:
    well = message(State.IN_SYNC, "all well\n")
    assert decide(well, []) == Keep(reason=Reason.NOTHING_TO_SAY)
    assert decide(well, [], always=True) == Post(body=body(State.IN_SYNC, "all well\n"))


@pytest.mark.parametrize("state", BAD)
def test_all_is_well_again(state: State) -> None:
    there = comment(1, body(state))
    well = message(State.IN_SYNC, "all well\n", at=AT + HOUR)
    text = body(State.IN_SYNC_AGAIN, f"{AGAIN}\n\nall well\n", at=AT + HOUR)
    assert decide(well, [there]) == Edit(comment=there, body=text)
    again = comment(1, text)
    later = message(State.IN_SYNC, "all well\n", at=AT + 2 * HOUR)
    assert decide(later, [again]) == Keep(reason=Reason.SAME, comment=again)


def test_what_was_always_in_sync_is_not_in_sync_again() -> None:
    there = comment(1, body(State.IN_SYNC, "2 flow logs\n"))
    well = message(State.IN_SYNC, "3 flow logs\n", at=AT + HOUR)
    assert decide(well, [there]) == Edit(
        comment=there, body=body(State.IN_SYNC, "3 flow logs\n", at=AT + HOUR)
    )


def test_another_result_is_edited_in() -> None:
    there = comment(1, body(text="1 missing\n"))
    assert decide(message(text="2 missing\n", at=AT + HOUR), [there]) == Edit(
        comment=there, body=body(text="2 missing\n", at=AT + HOUR)
    )


@pytest.mark.parametrize("change", ["\n", "\r\n", "", "  \n\n"], ids=repr)
def test_the_same_text_is_left_alone(change: str) -> None:
    there = comment(1, body(text="1 missing\n\nmore\n").rstrip("\n").replace("\n", "\r\n") + change)
    assert decide(message(text="1 missing\n\nmore\n", at=AT + HOUR), [there]) == Keep(
        reason=Reason.SAME, comment=there
    )


def test_the_same_text_of_another_state_is_not_the_same() -> None:
    there = comment(1, body(State.UNVERIFIED))
    assert isinstance(decide(message(State.DRIFTED), [there]), Edit)


def test_a_newer_result_stays() -> None:
    there = comment(1, body(text="newer\n", at=AT + HOUR))
    assert decide(message(text="older\n"), [there]) == Keep(reason=Reason.NEWER, comment=there)


def test_a_run_that_failed_late_is_not_newer_than_one_that_began_after_it() -> None:
    result = comment(1, body(State.IN_SYNC, "well\n", at=AT, run=11))
    failed = message(State.COULD_NOT_RUN, "broken\n", at=AT + HOUR, run=10)
    assert decide(failed, [result]) == Keep(reason=Reason.NEWER, comment=result)
    failure = comment(1, body(State.COULD_NOT_RUN, "broken\n", at=AT, run=11))
    assert decide(message(at=AT + HOUR, run=10), [failure]) == Keep(
        reason=Reason.NEWER, comment=failure
    )
    assert isinstance(decide(message(at=AT - HOUR, run=12), [failure]), Edit)


def test_comments_of_other_results_are_not_touched() -> None:
    other = comment(1, body(key=OTHER_KEY))
    assert decide(message(), [other, comment(2, "Looks good!")]) == Post(body=body())
    assert surplus(message(), [other, comment(2, "Looks good!")]) == ()


def test_of_two_comments_the_newer_one_is_kept() -> None:
    older, newer = comment(5, body(at=AT - HOUR)), comment(4, body(at=AT))
    now = message(text="2 missing\n", at=AT + HOUR)
    for earlier in ([older, newer], [newer, older]):
        assert decide(now, earlier) == Edit(
            comment=newer, body=body(text="2 missing\n", at=AT + HOUR)
        )
        assert surplus(now, earlier) == (older,)


# -- a check that could not run does not know whose result it would have been ---------------------


def failure(run: int | None = None) -> str:
    return body(State.COULD_NOT_RUN, "broken\n", key=UNKNOWN, run=run)


def test_the_next_result_takes_over_what_could_not_run() -> None:
    there = comment(1, failure(run=1))
    assert decide(message(at=AT + HOUR, run=2), [there]) == Edit(
        comment=there, body=body(at=AT + HOUR, run=2)
    )


def test_what_could_not_run_takes_over_the_only_comment_and_leaves_it_its_identity() -> None:
    there = comment(1, body(run=1))
    broken = message(State.COULD_NOT_RUN, "broken\n", key=UNKNOWN, at=AT + HOUR, run=2)
    assert decide(broken, [there]) == Edit(
        comment=there, body=body(State.COULD_NOT_RUN, "broken\n", at=AT + HOUR, run=2)
    )


def test_what_could_not_run_takes_none_of_several() -> None:
    several = [comment(1, body(run=1)), comment(2, body(key=OTHER_KEY, run=1))]
    broken = message(State.COULD_NOT_RUN, "broken\n", key=UNKNOWN, run=2)
    assert decide(broken, several) == Post(body=failure(run=2))
    more = [*several, comment(3, failure(run=2))]
    assert decide(broken, more) == Keep(reason=Reason.SAME, comment=more[2])


def test_a_job_of_the_same_run_speaks_for_itself() -> None:
    broken = message(State.COULD_NOT_RUN, "broken\n", key=UNKNOWN, run=1)
    assert decide(broken, [comment(1, body(run=1))]) == Post(body=failure(run=1))
    assert decide(message(run=1), [comment(1, failure(run=1))]) == Post(body=body(run=1))


def test_a_result_removes_what_could_not_run_before_it() -> None:
    earlier = [comment(1, body(run=1)), comment(2, failure(run=2))]
    now = message(at=AT + HOUR, run=3)
    assert decide(now, earlier) == Keep(reason=Reason.SAME, comment=earlier[0])
    assert surplus(now, earlier) == (earlier[1],)


# -- laws ------------------------------------------------------------------------------------------

_STATES = st.sampled_from([state for state in State if state is not State.IN_SYNC_AGAIN])
_MESSAGES = st.builds(
    lambda state, text, hours, key, run: message(
        state, f"{text}\n", key=key, at=AT + hours * HOUR, run=run
    ),
    _STATES,
    st.sampled_from("abc"),
    st.integers(0, 5),
    st.sampled_from([KEY, OTHER_KEY]),
    st.none() | st.integers(1, 3),
)


@given(st.lists(_MESSAGES, max_size=12), st.booleans())
def test_there_is_never_more_than_one_comment_for_a_result(
    messages: list[object], always: bool
) -> None:
    there = play(messages, always=always)
    found = [parsed[0].key for text in there.values() if (parsed := read(text))]
    assert len(found) == len(set(found)) == len(there)


@given(st.lists(_MESSAGES, min_size=1, max_size=12), st.booleans())
def test_saying_it_again_changes_nothing(messages: list[object], always: bool) -> None:
    assert play([*messages, messages[-1]], always=always) == play(messages, always=always)


def play(messages: list[object], *, always: bool) -> dict[int, str]:
    there: dict[int, str] = {}
    for one in messages:
        assert isinstance(one, type(message()))
        match decide(one, [comment(*entry) for entry in there.items()], always=always):
            case Post(body=text):
                there[len(there)] = text
            case Edit(comment=edited, body=text):
                there[edited.id] = text
            case Keep():
                pass
    return there
