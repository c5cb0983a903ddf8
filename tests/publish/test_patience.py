"""How long it waits, and when it gives up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drift.errors import PublishError
from drift.publish.errors import RefusedError, UnavailableError
from drift.publish.patience import Patience, asked_wait

NOW = 1_772_517_600.0  # 2026-03-03 06:00:00 UTC


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"Retry-After": "Tue, 03 Mar 2026 06:01:30 GMT"}, 90.0),
        ({"Retry-After": "Tue, 03 Mar 2026 05:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772517660"}, 61.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772517000"}, 1.0),
        ({"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "1772517660"}, None),
        ({"X-RateLimit-Remaining": "0"}, None),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "1772517605"}, 6.0),
        ({"Retry-After": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772517660"}, 3),
    ],
)
def test_what_a_response_asks_to_wait(headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(headers, NOW) == wait


class Server:
    """Answers after these waits."""

    def __init__(self, *waits: float | None) -> None:
        self._waits = list(waits)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self._waits:
            raise UnavailableError("busy (503)", next_step="later", wait=self._waits.pop(0))
        return "served"


def insist(server: Server, patience: Patience | None = None) -> tuple[str, list[float]]:
    slept: list[float] = []
    outcome = replace(patience or Patience(), sleep=slept.append, now=lambda: NOW).insist(server)
    return outcome, slept


def test_it_waits_ever_longer() -> None:
    assert insist(Server(None, None, None, None, None)) == ("served", [1, 2, 4, 8, 16])


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    assert insist(Server(30.0, None, 0.0)) == ("served", [30, 2, 0])


def test_it_gives_up_after_some_attempts() -> None:
    server = Server(*[None] * 6)
    with pytest.raises(PublishError) as raised:
        insist(server)
    assert (server.asked, raised.value.cause, raised.value.next_step) == (
        6,
        "busy (503); asked 6 times",
        "later",
    )


def test_it_does_not_wait_longer_than_a_job_may() -> None:
    server = Server(200.0, 200.0)
    with pytest.raises(PublishError) as raised:
        insist(server)
    assert (server.asked, raised.value.cause, raised.value.next_step) == (
        2,
        "busy (503); it asks to wait until 2026-03-03 06:03:20 UTC",
        "run this again then",
    )


def test_it_tells_what_it_waits_for() -> None:
    told: list[str] = []
    insist(Server(30.0), Patience(tell=told.append))
    assert told == ["busy (503); asking again in 30 s"]


def test_what_waiting_cannot_mend_is_told_at_once() -> None:
    def refused() -> str:
        raise RefusedError("no", next_step="ask")

    with pytest.raises(RefusedError):
        Patience(sleep=lambda _: pytest.fail("waited")).insist(refused)
