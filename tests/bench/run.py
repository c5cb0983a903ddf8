"""The benchmark: `make bench`, or a part of it by name: `python -m tests.bench.run start memory`.

Every number is a ratio of two commands that ran in turn on this machine, or a peak of memory. None
of it is a test, which a busy machine must not fail.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from typing_extensions import override

from drift.outputs import Format
from drift.render import json_v1
from tests.bench import custodian, estate
from tests.bench.measure import Command, DidNotWorkError, side_by_side
from tests.engine import build_engine
from tests.render.reports import many

DRIFT = Path(sys.executable).with_name("drift")
BARE = Path(__file__).with_name("bare.py")
PACK = Path(__file__).parents[2] / "policy_pack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table."""

    what: str
    ours: str
    theirs: str
    measured: float
    limit: float

    @property
    def is_kept(self) -> bool:
        """Whether what was measured is within its limit."""
        return self.measured <= self.limit

    @override
    def __str__(self) -> str:
        return (
            f"{self.what:<56}{self.ours:>9}{self.theirs:>9}"
            f"{self.measured:>9.3g}{self.limit:>7.3g}  {'ok' if self.is_kept else 'FAIL'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A line that cannot be measured here."""

    what: str
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.what:<56}  skipped: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An estate on disk whose live side is being served."""

    folder: Path
    state: Path
    env: Mapping[str, str]

    def command(self, *argv: str | Path, exit_code: int = 0) -> Command:
        """Return a command that runs against this estate and ends with this code."""
        return Command(argv=argv, env=self.env, cwd=self.folder, exit_code=exit_code)

    def drift(self, *, exit_code: int = 0) -> Command:
        """Return the check of this estate, with the report that programs read."""
        report = f"json={self.folder / 'report.json'}"
        return self.command(DRIFT, "check", self.state, "-o", report, exit_code=exit_code)


@contextmanager
def site(*, flow_logs: int, differing: int = 0, state_indent: int | None = 4) -> Iterator[Site]:
    """Write an estate and serve it, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = estate.write(
            folder, flow_logs=flow_logs, differing=differing, state_indent=state_indent
        )
        endpoint: list[str | Path] = [sys.executable, "-m", "tests.bench.endpoint", written.pages]
        with subprocess.Popen(
            endpoint, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:  # leaving it ends the server's standard input, and so the server
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            yield Site(folder=folder, state=written.state, env=_environment(address, home=folder))


def start_up() -> Iterator[Row]:
    """See that `drift --version` and `drift --help` import nothing that they do not need."""
    env = _environment("http://127.0.0.1:9", home=Path("/nonexistent"))
    click = Command(argv=(sys.executable, "-c", "import click"), env=env)
    for option in ("--version", "--help"):
        yield _row(
            f"drift {option} : python -c 'import click'",
            Command(argv=(DRIFT, option), env=env),
            click,
            limit=2.0,
            pairs=15,
        )


def bare_script() -> Iterator[Row]:
    """Set a whole check beside a script that only reads both sides."""
    for flow_logs, limit in ((1_000, 1.0), (10_000, 0.7)):
        with site(flow_logs=flow_logs) as here:
            yield _row(
                f"{flow_logs:,} flow logs : json.load and a boto3 paginator",
                here.drift(),
                here.command(sys.executable, BARE, here.state),
                limit=limit,
                pairs=7,
            )


def growth() -> Iterator[Row]:
    """See that twice the differing pairs take twice the time, not four times."""
    with (
        site(flow_logs=8_000, differing=8_000) as twice,
        site(flow_logs=4_000, differing=4_000) as once,
    ):
        yield _row(
            "8,000 differing pairs : 4,000 differing pairs",
            twice.drift(exit_code=1),
            once.drift(exit_code=1),
            limit=2.2,  # linear, and a tenth for the noise
            pairs=5,
        )


def memory() -> Iterator[Row]:
    """Find the peak of the largest estate: a small CI runner has room for it."""
    limit_mb = 500
    with site(flow_logs=100_000) as here:
        peak_mb = here.drift().run().peak_mb
        yield Row(
            what=f"100,000 flow logs: peak memory : {limit_mb} MB",
            ours=f"{peak_mb:.0f} MB",
            theirs=f"{limit_mb} MB",
            measured=peak_mb / limit_mb,
            limit=1.0,
        )


def rendering() -> Iterator[Row]:
    """Time `drift render` of a large result in every format; how long it takes to read is in it."""
    findings, seconds = 10_000, 2.0
    with tempfile.TemporaryDirectory() as name:
        document = Path(name, "drift.json")
        document.write_text(json_v1.render(many(findings)), encoding="utf-8")
        for output_format in Format:
            show = Command(
                argv=(DRIFT, "render", document, "-o", f"{output_format}={name}/shown"),
                env=_environment("http://127.0.0.1:9", home=Path(name)),
            )
            took = statistics.median(show.seconds() for _ in range(3))
            yield Row(
                what=f"{findings:,} findings rendered as {output_format} : {seconds:.0f} s",
                ours=f"{took:.2f} s",
                theirs=f"{seconds:.2f} s",
                measured=took / seconds,
                limit=1.0,
            )


def deep_difference() -> Iterator[Row]:
    """Set the table of fields beside deepdiff, which could do its work and is no dependency."""
    with site(flow_logs=10_000) as here:
        result = subprocess.run(
            [sys.executable, "-m", "tests.bench.deep_difference", here.state],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    ours, theirs, ratio = map(float, result.stdout.split())
    yield Row(
        what="10,000 differing pairs, compared only : deepdiff",
        ours=f"{ours:.2f} s",
        theirs=f"{theirs:.2f} s",
        measured=ratio,
        limit=1.0,
    )


def cloud_custodian() -> Iterator[Row | Skipped]:
    """Set a check beside the `flow-logs` filter of cloud-custodian."""
    try:
        command = custodian.install()
    except custodian.NotInstallableError as error:
        yield Skipped(what="cloud-custodian", reason=str(error))
        return
    for flow_logs in (1_000, 10_000):
        with site(flow_logs=flow_logs) as here:
            policy = here.folder / "policy.yml"
            policy.write_text(custodian.POLICY, encoding="utf-8")
            yield _row(
                f"{flow_logs:,} flow logs : cloud-custodian {custodian.VERSION}",
                here.drift(),
                here.command(command, "run", "--cache-period", "0", "-s", here.folder, policy),
                limit=1.0,
                pairs=3,
            )


def pulumi_refresh() -> Iterator[Row | Skipped]:
    """Set a check beside `pulumi refresh --preview-only`, which asks for one flow log at a time.

    The provider is that of the tests, in Python: the real one, in Go, asks as often and is faster.
    """
    flow_logs = 50
    what = f"{flow_logs:,} flow logs : pulumi refresh --preview-only"
    try:
        path = _engine_path()
    except _NoEngineError as error:
        yield Skipped(what=what, reason=str(error))
        return
    with site(flow_logs=flow_logs) as plain:
        here = _with_engine(plain, path)
        _declare(here, program="")
        here.command("pulumi", "stack", "import", "--file", here.state).run()
        yield _row(
            what,
            here.drift(),
            here.command("pulumi", "refresh", "--preview-only", "--non-interactive"),
            limit=1.0,
            pairs=1,
        )


def policy_pack() -> Iterator[Row | Skipped]:
    """Measure what the pack adds to a preview: the time with it minus that with an empty pack."""
    flow_logs, seconds = 1_000, 2.0
    starting = "previewing nothing with the pack : with an empty pack"
    judging = f"{flow_logs:,} flow logs read and judged in a preview : {seconds:.0f} s"
    try:
        path = _engine_path()
    except _NoEngineError as error:
        for what in (starting, judging):
            yield Skipped(what=what, reason=str(error))
        return
    with site(flow_logs=flow_logs) as plain:
        here = _with_engine(plain, path)
        empty = here.folder / "empty-pack"
        empty.mkdir()
        (empty / "PulumiPolicy.yaml").write_text("name: empty\nversion: 0.0.1\nruntime: python\n")
        (empty / "__main__.py").write_text(_EMPTY_PACK)

        def preview(pack: Path, *options: str) -> Command:
            return here.command(
                "pulumi", "preview", "--policy-pack", pack, "--non-interactive", *options
            )

        _declare(here, program=_PROGRAM)
        here.command("pulumi", "stack", "import", "--file", here.state).run()
        # What is previewed is what is deployed: one that changes something measures another.
        unchanged = "--expect-no-changes"
        cost = side_by_side(
            preview(PACK, unchanged).seconds, preview(empty, unchanged).seconds, pairs=3
        )
        added = cost.ours - cost.theirs
        yield Row(
            what=judging,
            ours=f"{added:.2f} s",
            theirs=f"{seconds:.2f} s",
            measured=added / seconds,
            limit=1.0,
        )

        (here.folder / "__main__.py").write_text("")
        here.command("pulumi", "stack", "rm", "--force", "--yes", "prod").run()
        here.command("pulumi", "stack", "init", "prod").run()
        yield _row(starting, preview(PACK), preview(empty), limit=1.3, pairs=5)


class _NoEngineError(Exception):
    """There is no Pulumi engine here; the message says what is missing."""


def _engine_path() -> str:
    """Return a PATH with the engine and the provider of the tests."""
    for package in ("pulumi_aws", "pulumi_policy"):
        if find_spec(package) is None:
            raise _NoEngineError(f"{package} is not installed")
    folder = build_engine._folder()
    if not folder.is_dir():
        raise _NoEngineError("no engine is built: python -m tests.engine.build_engine")
    folders = (folder, _PROVIDER, Path(sys.executable).parent)
    return os.pathsep.join([*map(str, folders), os.environ["PATH"]])


def _with_engine(here: Site, path: str) -> Site:
    # Without this, the engine would look for the provider's package on the network.
    offline = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
    return replace(here, env={**here.env, **offline, "PATH": path})


def _declare(here: Site, *, program: str) -> None:
    """Begin the stack whose state the estate has."""
    (here.folder / "Pulumi.yaml").write_text("name: network\nruntime: python\n")
    (here.folder / "Pulumi.prod.yaml").write_text(
        json.dumps(
            {
                "config": {
                    "aws:region": estate.REGION,
                    "aws:defaultTags": {"tags": estate._DEFAULT_TAGS},
                }
            }
        )
    )
    (here.folder / "__main__.py").write_text(program)
    # The passphrase's salt, which this adds to the configuration, is of no use without the stack.
    here.command("pulumi", "stack", "init", "prod").run()


_PROVIDER: Final = Path(build_engine.__file__).with_name("bin")
_EMPTY_PACK: Final = """\
from pulumi_policy import PolicyPack, StackValidationPolicy

nothing = StackValidationPolicy("nothing", "Says nothing.", lambda args, report: None)
PolicyPack("empty", policies=[nothing])
"""
"""The SDK takes no pack without a policy."""
_PROGRAM: Final = """\
import json
from pathlib import Path

import pulumi_aws as aws

NAMES = {
    "fileFormat": "file_format",
    "hiveCompatiblePartitions": "hive_compatible_partitions",
    "perHourPartition": "per_hour_partition",
}
for row in json.loads(Path("state.json").read_text())["deployment"]["resources"]:
    if row["type"] != "aws:ec2/flowLog:FlowLog":
        continue
    asked = row["inputs"]
    options = asked.get("destinationOptions")
    aws.ec2.FlowLog(
        row["urn"].rpartition("::")[2],
        vpc_id=asked["vpcId"],
        traffic_type=asked["trafficType"],
        log_destination=asked["logDestination"],
        log_destination_type=asked["logDestinationType"],
        log_format=asked.get("logFormat"),
        max_aggregation_interval=asked["maxAggregationInterval"],
        iam_role_arn=asked.get("iamRoleArn"),
        destination_options=options and {name: options[key] for key, name in NAMES.items()},
        tags={key: tag for key, tag in asked["tags"].items() if key != "__defaults"},
    )
"""
"""Asks for every flow log of the estate, as it is deployed."""


MEASUREMENTS: Mapping[str, Callable[[], Iterator[Row | Skipped]]] = {
    "start": start_up,
    "bare": bare_script,
    "growth": growth,
    "memory": memory,
    "render": rendering,
    "deepdiff": deep_difference,
    "custodian": cloud_custodian,
    "refresh": pulumi_refresh,
    "pack": policy_pack,
}


def main() -> None:
    """Print the table, each line as soon as it is measured; exit 1 if a limit is not kept."""
    parser = argparse.ArgumentParser(description="Measure drift beside what else could do its work")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}")
    kept = True
    print(f"{'what : beside what':<56}{'ours':>9}{'theirs':>9}{'ratio':>9}{'limit':>7}")
    for name in names:
        try:
            for line in MEASUREMENTS[name]():
                print(line, flush=True)
                kept = kept and (isinstance(line, Skipped) or line.is_kept)
        except (DidNotWorkError, subprocess.CalledProcessError) as error:
            print(f"{name}: FAIL: {error}", flush=True)
            kept = False
    sys.exit(not kept)


def _row(what: str, ours: Command, theirs: Command, *, limit: float, pairs: int) -> Row:
    result = side_by_side(ours.seconds, theirs.seconds, pairs=pairs)
    return Row(
        what=what,
        ours=f"{result.ours:.2f} s",
        theirs=f"{result.theirs:.2f} s",
        measured=result.ratio,
        limit=limit,
    )


def _environment(address: str, *, home: Path) -> dict[str, str]:
    """Return an environment in which AWS is this endpoint, and nothing is the user's."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": estate.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PULUMI_BACKEND_URL": f"file://{home}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


if __name__ == "__main__":
    main()
