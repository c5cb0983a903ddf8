"""Waiting in threads, for as long as there are signs of life."""

from __future__ import annotations

import threading
import time

import pytest

from drift.live.calls import Call, Once, Pulse, in_threads
from drift.live.terms import Fault, FaultError, Limits
from drift.model import Coverage

SHORT = Limits(silence=0.2, stall=0.5, backoff=0.1)
FAULT = Fault(status=Coverage.DENIED, reason="no", next_step="Ask.")


def hang(_: Pulse) -> str:
    threading.Event().wait(30)
    return "late"


def test_what_comes_of_a_call() -> None:
    assert Call(lambda _: "done", limits=SHORT).outcome() == "done"


def test_a_fault_is_an_outcome() -> None:
    def fail(_: Pulse) -> str:
        raise FaultError(FAULT)

    assert Call(fail, limits=SHORT).outcome() == FAULT


def test_a_bug_costs_one_call_not_the_run() -> None:
    def fail(_: Pulse) -> str:
        raise KeyError("secret")

    assert Call(fail, limits=SHORT).outcome() == Fault(
        status=Coverage.FAILED,
        reason="drift itself failed while reading (KeyError)",
        next_step="Report this as a bug of drift.",
    )


def test_polling_gives_up_without_giving_the_call_up() -> None:
    go = threading.Event()
    call = Call(lambda _: go.wait(30), limits=Limits())
    assert call.poll(0.01) is None
    go.set()
    assert call.outcome() is True


def test_silence_is_given_up() -> None:
    start = time.monotonic()
    assert Call(hang, limits=SHORT).outcome() == Fault(
        status=Coverage.UNREACHABLE,
        reason="AWS did not answer within 0.2 s",
        next_step="Check the network, the proxy and that the region exists; then run again.",
    )
    assert time.monotonic() - start < 5


def test_silence_counts_from_when_the_target_was_begun() -> None:
    start = time.monotonic()
    Call(hang, limits=Limits(silence=20), since=start - 19.9).outcome()
    assert time.monotonic() - start < 5


def test_a_failed_try_is_no_sign_of_life_but_the_reason() -> None:
    def fail(pulse: Pulse) -> str:
        pulse.failure("ConnectTimeoutError")
        return hang(pulse)

    outcome = Call(fail, limits=SHORT).outcome()
    assert isinstance(outcome, Fault)
    assert outcome.reason == "AWS did not answer within 0.2 s (ConnectTimeoutError)"


def test_answers_keep_a_call_alive() -> None:
    def slow(pulse: Pulse) -> str:
        for _ in range(6):
            time.sleep(0.25)
            pulse.answer()
        return "done"

    assert Call(slow, limits=Limits(silence=1)).outcome() == "done"


def test_an_answer_and_then_silence() -> None:
    def stop(pulse: Pulse) -> str:
        pulse.answer()
        return hang(pulse)

    outcome = Call(stop, limits=SHORT).outcome()
    assert isinstance(outcome, Fault)
    assert outcome.reason == "AWS stopped answering within 0.2 s"


def test_refusals_keep_a_call_alive_only_so_long() -> None:
    def throttled(pulse: Pulse) -> str:
        for _ in range(100):
            pulse.refusal("RequestLimitExceeded")
            time.sleep(0.05)
        return "late"

    start = time.monotonic()
    assert Call(throttled, limits=SHORT).outcome() == Fault(
        status=Coverage.FAILED,
        reason="AWS answered with nothing but errors for 0.5 s (RequestLimitExceeded)",
        next_step="Run again later, when fewer tools call EC2 in this account and region.",
    )
    assert time.monotonic() - start < 4


def test_once_makes_a_value_once() -> None:
    made: list[str] = []
    once: Once[str] = Once()

    def make(name: str) -> str:
        made.append(name)
        return name

    assert once.get("key", lambda: make("first")) == "first"
    assert once.get("key", lambda: make("second")) == "first"
    assert made == ["first"]


def test_in_threads_yields_as_they_come() -> None:
    slow = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            slow.wait(30)
        else:
            slow.set()
        return item * 10

    assert sorted(in_threads(work, [0, 1, 2], threads=2)) == [0, 10, 20]
    assert list(in_threads(work, [], threads=2)) == []


def test_in_threads_raises_what_the_work_raises() -> None:
    def work(item: int) -> int:
        raise KeyboardInterrupt(item)

    with pytest.raises(KeyboardInterrupt):
        list(in_threads(work, [1], threads=2))


def test_credentials_that_do_not_come_are_not_put_down_to_aws() -> None:
    def fetch(pulse: Pulse) -> str:
        with pulse.getting_credentials():
            return hang(pulse)

    assert Call(fetch, limits=SHORT).outcome() == Fault(
        status=Coverage.FAILED,
        reason="getting the credentials did not end within 0.2 s",
        next_step="Check the credential_process or the login of the profile, and that STS can be "
        "reached; then run again.",
    )


def test_once_the_credentials_are_there_it_is_aws_that_is_silent() -> None:
    def ask(pulse: Pulse) -> str:
        with pulse.getting_credentials():
            pass
        return hang(pulse)

    outcome = Call(ask, limits=SHORT).outcome()
    assert isinstance(outcome, Fault)
    assert outcome.reason == "AWS did not answer within 0.2 s"
