from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drift import log_format
from drift.findings import Difference, DifferenceType
from drift.render.html.columns import Moved, moved

FORMATS = st.lists(st.sampled_from("abcdef"), max_size=8).map(" ".join)


def difference(declared: str | None, live: str | None) -> Difference:
    return Difference(
        field="LogFormat",
        type=DifferenceType.NOT_EQUAL,
        declared=declared,
        live=live,
        log_format=log_format.diff(declared or "", live or ""),
    )


def test_one_column_that_overtook_the_others() -> None:
    assert moved(difference("a b c d", "d a b c")) == (Moved(column="d", declared=4, live=1),)


def test_places_count_all_columns_of_their_format() -> None:
    assert moved(difference("x a b", "b a y z")) == (Moved(column="b", declared=3, live=1),)


def test_a_repeated_column_is_followed_one_by_one() -> None:
    assert moved(difference("a b a", "a a b")) == (Moved(column="a", declared=3, live=2),)


def test_columns_that_only_shift_did_not_move() -> None:
    assert moved(difference("a b c", "b c d")) == ()


def test_a_format_that_is_not_there() -> None:
    assert moved(difference(None, "a b")) == ()


@given(FORMATS, FORMATS)
def test_something_moved_exactly_where_the_order_is_another(declared: str, live: str) -> None:
    assert bool(moved(difference(declared, live))) == log_format.diff(declared, live).reordered


@given(st.permutations("abcdefg"))
def test_without_the_moved_ones_the_order_is_the_same(order: list[str]) -> None:
    gone = {one.column for one in moved(difference("a b c d e f g", " ".join(order)))}
    left = [column for column in order if column not in gone]
    assert left == sorted(left)
