"""The table of fields beside deepdiff: `python -m tests.bench.deep_difference STATE`.

Prints drift's seconds, deepdiff's, and the ratio. Both compare the same pairs, and do nothing else:
importing and reading are done before.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path

from deepdiff import DeepDiff

from drift.compare import compare
from drift.declared import sources
from drift.model import FlowLog, LiveFlowLog, Unknown
from tests.bench.measure import side_by_side


def main() -> None:
    """Compare each flow log of the state with a copy that differs by the interval and a tag."""
    declared = sources.parse(Path(sys.argv[1]).read_bytes(), sys.argv[1]).flow_logs
    pairs = [
        (one, LiveFlowLog(flow_log_id=f"fl-{number}", flow_log=_otherwise(one.flow_log)))
        for number, one in enumerate(declared)
    ]
    dictionaries = [(_plain(one.flow_log), _plain(live.flow_log)) for one, live in pairs]

    def by_the_table() -> None:
        for one, live in pairs:
            assert len(compare(one, live).differences) == 2

    def by_deepdiff() -> None:
        for one, live in dictionaries:
            assert len(DeepDiff(one, live)["values_changed"]) == 2

    result = side_by_side(_timed(by_the_table), _timed(by_deepdiff), pairs=3)
    print(result.ours, result.theirs, result.ratio)


def _otherwise(flow_log: FlowLog) -> FlowLog:
    assert not isinstance(flow_log.tags, Unknown)
    tags = {**flow_log.tags, "Team": "payments"}
    return replace(flow_log, max_aggregation_interval=1, tags=tags)


def _plain(flow_log: FlowLog) -> dict[str, object]:
    assert not isinstance(flow_log.tags, Unknown)
    plain = {field.name: getattr(flow_log, field.name) for field in fields(flow_log)}
    options = asdict(flow_log.destination_options)
    return {**plain, "destination_options": options, "tags": dict(flow_log.tags)}


def _timed(work: Callable[[], None]) -> Callable[[], float]:
    def seconds() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return seconds


if __name__ == "__main__":
    main()
