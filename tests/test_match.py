"""Which live flow log a declaration stands for."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from drift.match import Match, MatchedBy, Matching, match
from drift.model import COMPUTED, DeclaredFlowLog, FlowLog, Lifecycle, LiveFlowLog
from tests.build import (
    GROUP_ARN,
    LIVE_A,
    OTHER_VPC,
    TO_CLOUDWATCH,
    TO_S3,
    VPC,
    A,
    declared,
    flow_log_id,
    live,
)


def to(place: str, *, traffic: str = "ALL", vpc: str = VPC) -> FlowLog:
    return replace(
        TO_S3, resource_id=vpc, traffic_type=traffic, log_destination=f"arn:aws:s3:::{place}"
    )


def pairs(matching: Matching) -> list[tuple[str, str, str]]:
    return [
        (pair.declared.name, pair.live.flow_log_id[-1], pair.by.value) for pair in matching.matches
    ]


def test_by_id_whatever_else_differs() -> None:
    moved = live(1, to("elsewhere", vpc=OTHER_VPC))
    assert match([A], [moved]) == Matching(
        matches=(Match(declared=A, live=moved, by=MatchedBy.ID),), alone=(), unclaimed=()
    )


def test_a_stand_in_with_the_same_destination_and_traffic() -> None:
    assert pairs(match([declared("a", 1)], [live(9)])) == [
        ("a", "9", "resource+destination+traffic")
    ]


def test_traffic_tells_two_logs_to_one_destination_apart() -> None:
    asked = [
        declared("accept", 1, to("b", traffic="ACCEPT")),
        declared("reject", 2, to("b", traffic="REJECT")),
    ]
    found = [live(8, to("b", traffic="REJECT")), live(9, to("b", traffic="ACCEPT"))]
    assert pairs(match(asked, found)) == [
        ("reject", "8", "resource+destination+traffic"),
        ("accept", "9", "resource+destination+traffic"),
    ] or pairs(match(asked, found)) == [
        ("accept", "9", "resource+destination+traffic"),
        ("reject", "8", "resource+destination+traffic"),
    ]


def test_a_stand_in_with_other_traffic() -> None:
    found = live(9, to("acme-flow-logs", traffic="REJECT"))
    assert pairs(match([declared("a", 1)], [found])) == [("a", "9", "resource+destination")]


def test_a_stand_in_that_delivers_elsewhere() -> None:
    assert pairs(match([declared("a", 1)], [live(9, to("other"))])) == [("a", "9", "resource")]


def test_the_twin_of_a_new_one_stands_in_for_nobody_who_delivers_elsewhere() -> None:
    """It may be what the new one replaces: deleting or importing it would be wrong."""
    gone = declared("gone", 1, to("elsewhere"))
    new = replace(declared("new", 2, to("b")), flow_log_id=None, lifecycle=Lifecycle.TO_CREATE)
    matching = match([gone, new], [live(9, to("b"))])
    assert pairs(matching) == [("new", "9", "resource+destination+traffic")]
    assert matching.alone == (gone,)


def test_the_two_spellings_of_a_log_group_are_one_destination() -> None:
    by_name = replace(TO_CLOUDWATCH, log_destination=None, log_group_name="/aws/vpc/flow-logs")
    wild = replace(TO_CLOUDWATCH, log_destination=f"{GROUP_ARN}:*")
    for spelling in (by_name, wild):
        found = [live(8, to("b")), live(9, spelling)]
        assert pairs(match([declared("a", 1, TO_CLOUDWATCH)], found)) == [
            ("a", "9", "resource+destination+traffic")
        ]


def test_a_trailing_slash_does_not_make_another_destination() -> None:
    found = [live(8, to("x")), live(9, to("acme-flow-logs/"))]
    assert pairs(match([declared("a", 1)], found)) == [("a", "9", "resource+destination+traffic")]


def test_two_by_two_without_a_shared_key_is_not_guessed() -> None:
    asked = [declared("a", 1, to("a")), declared("b", 2, to("b"))]
    found = [live(8, to("c")), live(9, to("d"))]
    assert match(asked, found) == Matching(matches=(), alone=tuple(asked), unclaimed=tuple(found))


def test_twins_are_not_guessed() -> None:
    asked, found = [declared("a", 1)], [live(8), live(9)]
    assert match(asked, found) == Matching(matches=(), alone=tuple(asked), unclaimed=tuple(found))


def test_never_across_resources() -> None:
    found = live(9, to("acme-flow-logs", vpc=OTHER_VPC))
    assert pairs(match([declared("a", 1)], [found])) == []


def test_never_across_regions() -> None:
    found = replace(live(9), region="eu-west-1")
    assert pairs(match([declared("a", 1)], [found])) == []


def test_an_unknown_resource_pairs_with_nothing() -> None:
    asked = declared("a", 1, replace(TO_S3, resource_id=COMPUTED))
    assert pairs(match([asked], [live(9)])) == []


def test_an_unknown_destination_pairs_by_resource() -> None:
    asked = declared("a", 1, replace(TO_S3, log_destination=COMPUTED))
    assert pairs(match([asked], [live(9)])) == [("a", "9", "resource")]


def test_a_new_one_pairs_only_with_a_full_twin() -> None:
    new = replace(declared("new", None), lifecycle=Lifecycle.TO_CREATE)
    assert pairs(match([new], [live(9)])) == [("new", "9", "resource+destination+traffic")]
    assert pairs(match([new], [live(9, to("other"))])) == []


def test_a_stand_in_is_the_old_ones_before_it_is_in_the_way_of_a_new_one() -> None:
    new = replace(declared("new", None), lifecycle=Lifecycle.TO_CREATE)
    assert pairs(match([new, declared("old", 1)], [live(9)])) == [
        ("old", "9", "resource+destination+traffic")
    ]


def test_claimed_ids_are_nobodys_stand_in_and_not_unclaimed() -> None:
    matching = match([declared("a", 1)], [live(9)], frozenset({flow_log_id(9)}))
    assert matching == Matching(matches=(), alone=(declared("a", 1),), unclaimed=())


def test_without_stand_ins_only_ids_count() -> None:
    matching = match([A, declared("b", 2)], [LIVE_A, live(9)], stand_ins=False)
    assert pairs(matching) == [("a", "1", "id")]
    assert matching.unclaimed == (live(9),)


def test_several_declarations_may_share_an_id() -> None:
    assert pairs(match([A, declared("b", 1)], [LIVE_A])) == [("a", "1", "id"), ("b", "1", "id")]


NUMBERS = st.integers(1, 6)
PLACES = st.sampled_from(["a", "b"])
TRAFFIC = st.sampled_from(["ALL", "REJECT"])
DECLARED = st.lists(
    st.builds(
        lambda number, place, traffic, vpc: declared(
            f"d{number}", number, to(place, traffic=traffic, vpc=vpc)
        ),
        NUMBERS,
        PLACES,
        TRAFFIC,
        st.sampled_from([VPC, OTHER_VPC]),
    ),
    max_size=5,
    unique_by=lambda asked: asked.flow_log_id,
)
LIVE = st.lists(
    st.builds(
        lambda number, place, traffic, vpc: live(number, to(place, traffic=traffic, vpc=vpc)),
        NUMBERS,
        PLACES,
        TRAFFIC,
        st.sampled_from([VPC, OTHER_VPC]),
    ),
    max_size=5,
    unique_by=lambda found: found.flow_log_id,
)


@given(DECLARED, LIVE)
def test_order_never_matters(asked: list[DeclaredFlowLog], found: list[LiveFlowLog]) -> None:
    forwards, backwards = match(asked, found), match(asked[::-1], found[::-1])
    assert set(pairs(forwards)) == set(pairs(backwards))


@given(DECLARED, LIVE)
def test_everything_is_accounted_for_once(
    asked: list[DeclaredFlowLog], found: list[LiveFlowLog]
) -> None:
    matching = match(asked, found)
    assert sorted(
        [*(pair.declared.urn for pair in matching.matches), *(one.urn for one in matching.alone)]
    ) == sorted(one.urn for one in asked)
    assert sorted(
        [
            *(pair.live.flow_log_id for pair in matching.matches),
            *(one.flow_log_id for one in matching.unclaimed),
        ]
    ) == sorted(one.flow_log_id for one in found)
    for pair in matching.matches:
        assert pair.by is MatchedBy.ID or (
            pair.declared.flow_log.resource_id == pair.live.flow_log.resource_id
        )
