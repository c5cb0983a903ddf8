"""Waiting for AWS in threads, for as long as it shows signs of life."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from drift.live.terms import Fault, FaultError, Limits
from drift.model import Coverage

T = TypeVar("T")
A = TypeVar("A")


class Pulse:
    """Signs of life of one call: written by the thread that asks, read by those who wait."""

    __slots__ = ("_answered", "_getting_credentials", "_give_up", "_limits", "_trouble")

    def __init__(self, limits: Limits, since: float | None = None) -> None:
        """Start the clock, now or at a `time.monotonic()` of before."""
        start = time.monotonic() if since is None else since
        self._limits: Final = limits
        self._answered = False
        self._getting_credentials = False
        self._trouble: str | None = None
        # (while silent, while nothing but errors come): one assignment, so no lock is needed
        self._give_up = (start + limits.silence, start + limits.stall)

    def answer(self) -> None:
        """Note a reply that brought what was asked for."""
        now = time.monotonic()
        self._answered = True
        self._trouble = None
        self._give_up = (now + self._limits.silence, now + self._limits.stall)

    def refusal(self, code: str) -> None:
        """Note a reply that is an error; a pause may follow until it is tried again."""
        self._answered = True
        self._trouble = code
        pause = self._limits.backoff
        self._give_up = (time.monotonic() + self._limits.silence + pause, self._give_up[1])

    def failure(self, kind: str) -> None:
        """Note that no reply came at all, and why."""
        self._trouble = kind

    @contextlib.contextmanager
    def getting_credentials(self) -> Iterator[None]:
        """Note, as long as the context lasts, that it is not this request that takes time."""
        self._getting_credentials = True
        try:
            yield
        finally:
            self._getting_credentials = False

    def left(self) -> float:
        """Return the seconds after which to give up, unless something happens before."""
        return min(self._give_up) - time.monotonic()

    def fault(self) -> Fault:
        """Say that it was given up."""
        limits = self._limits
        if self._getting_credentials:
            return Fault(
                status=Coverage.FAILED,
                reason=f"getting the credentials did not end within {limits.silence:g} s",
                next_step="Check the credential_process or the login of the profile, and that STS "
                "can be reached; then run again.",
            )
        silent, stalled = self._give_up
        last = f" ({self._trouble})" if self._trouble else ""
        if stalled <= silent:
            return Fault(
                status=Coverage.FAILED,
                reason=f"AWS answered with nothing but errors for {limits.stall:g} s{last}",
                next_step="Run again later, when fewer tools call EC2 in this account and region.",
            )
        return Fault(
            status=Coverage.UNREACHABLE,
            reason=f"AWS {'stopped answering' if self._answered else 'did not answer'} "
            f"within {limits.silence:g} s{last}",
            next_step="Check the network, the proxy and that the region exists; then run again.",
        )


class Call(Generic[T]):
    """Work that runs beside, and what came of it."""

    def __init__(
        self, work: Callable[[Pulse], T], *, limits: Limits, since: float | None = None
    ) -> None:
        """Start the work; it must not return None."""
        self._pulse: Final = Pulse(limits, since)
        self._finished: Final = threading.Event()
        self._outcome: T | Fault | None = None
        # A daemon, so that a thread that hangs in the network never holds up the exit.
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[Pulse], T]) -> None:
        try:
            self._outcome = work(self._pulse)
        except FaultError as error:
            self._outcome = error.fault
        except Exception as error:  # noqa: BLE001 -- one region must never stop the others
            self._outcome = Fault(
                status=Coverage.FAILED,
                reason=f"drift itself failed while reading ({type(error).__name__})",
                next_step="Report this as a bug of drift.",
            )
        finally:
            self._finished.set()

    def poll(self, seconds: float) -> T | Fault | None:
        """Return what came of it, or None if that takes longer."""
        self._finished.wait(seconds)
        return self._outcome

    def outcome(self) -> T | Fault:
        """Return what came of it; a fault if there are no signs of life."""
        while (outcome := self._outcome) is None:
            left = self._pulse.left()
            if left <= 0:
                return self._pulse.fault()
            self._finished.wait(left)
        return outcome


class Once(Generic[T]):
    """Values that are made the first time that somebody asks for them."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock: Final = threading.Lock()
        self._made: Final[dict[Hashable, T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]


def in_threads(work: Callable[[A], T], items: Sequence[A], threads: int) -> Iterator[T]:
    """Yield what comes of each item, as it comes; Ctrl-C ends it at once.

    Not `concurrent.futures`, which waits for its threads when the interpreter exits.
    """
    todo = iter(items)
    lock = threading.Lock()
    done: queue.SimpleQueue[tuple[T] | BaseException] = queue.SimpleQueue()

    def worker() -> None:
        while True:
            try:
                with lock:
                    mine = next(todo)
            except StopIteration:
                return
            try:
                done.put((work(mine),))
            except BaseException as error:  # noqa: BLE001 -- raised again below
                done.put(error)

    for _ in range(min(threads, len(items))):
        threading.Thread(target=worker, daemon=True).start()
    for _ in items:
        result = _next(done)
        if isinstance(result, BaseException):
            raise result
        yield result[0]


def _next(done: queue.SimpleQueue[T]) -> T:
    """Wait in slices: on Windows a lock can't be interrupted by Ctrl-C."""
    while True:
        with contextlib.suppress(queue.Empty):
            return done.get(timeout=0.5)
