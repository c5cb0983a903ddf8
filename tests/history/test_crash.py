"""A run that is killed while it is being stored leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from drift.findings import Standing
from drift.history.location import Location
from drift.history.store import History
from tests.history.test_store import DRIFTED, record, report
from tests.test_changes import MONDAY, NIGHT

KILLED = """
import os, signal, sys
from drift.history.location import locate
from drift.history.store import History
from tests.history.test_store import DRIFTED, report
from tests.test_changes import MONDAY, NIGHT
with History(locate(sys.argv[1])).recording(report(*DRIFTED, at=MONDAY + NIGHT), None):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_in_the_middle(location: Location) -> None:
    record(History(location), report(*DRIFTED))
    address = location.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, address], cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == -9
    assert History(location).runs(name=None, most=None)[1] == 1
    third = record(History(location), report(*DRIFTED, at=MONDAY + 2 * NIGHT))
    assert third.changes is not None
    assert third.changes.previous_at == MONDAY
    assert [(one.standing, one.nights) for one in third.changes.tracked] == [
        (Standing.STILL_OPEN, 3)
    ]
