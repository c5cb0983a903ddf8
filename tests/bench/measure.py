"""How long something takes and how much memory, beside something else in the same minute."""

import os
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of a command took."""

    seconds: float
    peak_mb: float


class DidNotWorkError(Exception):
    """A command ended otherwise than it does when it has done its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command whose runs are measured."""

    argv: tuple[str | Path, ...]
    env: Mapping[str, str]
    exit_code: int = 0
    """How it ends when it has done its work: one that gave up early would look fast."""
    cwd: Path | None = None

    def run(self) -> Run:
        """Run it once."""
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)  # or Popen waits for it again
            if process.returncode != self.exit_code:
                output.seek(max(0, output.tell() - 2000))  # its last words
                said = output.read().decode(errors="replace")
                raise DidNotWorkError(
                    f"`{shlex.join(map(str, self.argv))}` ended with {process.returncode}"
                    f" instead of {self.exit_code}, and said:\n{said}"
                )
        return Run(seconds=seconds, peak_mb=usage.ru_maxrss / 1024)

    def seconds(self) -> float:
        """Run it once, for its time alone."""
        return self.run().seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Two things done in turn, so that whatever else the machine does meets both."""

    ours: float
    theirs: float
    """Median seconds."""
    ratio: float
    """The median of the pairs' ratios, which one disturbed pair does not move."""


def side_by_side(
    ours: Callable[[], float], theirs: Callable[[], float], *, pairs: int
) -> SideBySide:
    """Take so many pairs of times, after one of each to warm the caches."""
    ours()
    theirs()
    times = [(ours(), theirs()) for _ in range(pairs)]
    return SideBySide(
        ours=statistics.median(mine for mine, _ in times),
        theirs=statistics.median(other for _, other in times),
        ratio=statistics.median(mine / other for mine, other in times),
    )
