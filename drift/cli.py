"""The command `drift`: options in, report out, exit code."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, assert_never

import click

from drift import __version__
from drift.errors import DriftError, ExitCode, UsageError
from drift.escape import visible
from drift.identifiers import ACCOUNT, FLOW_LOG_ID, REGION

if TYPE_CHECKING:
    # Only for annotations: a run imports what it uses, where it uses it.
    from drift import plan
    from drift.findings import Kind, Verdict
    from drift.live.terms import Access
    from drift.model import Declarations, Filter, Inventory, LiveFlowLog, Narrowing
    from drift.outputs import Terminal

EPILOG: Final = (
    "Exit codes: 0 in sync, 1 drift, 2 could not run, 3 no drift found but not everything could "
    "be verified."
)

_FILTERS: Final = (
    "deliver-log-status",
    "log-destination-type",
    "flow-log-id",
    "log-group-name",
    "resource-id",
    "traffic-type",
    "tag:<key>",
    "tag-key",
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="drift", message="%(prog)s %(version)s")
def cli() -> None:
    """Find drift between declared and live AWS VPC flow logs, field by field."""


# -- check ---------------------------------------------------------------------------------------

_profile = click.option("--profile", metavar="NAME", help="AWS profile to read with.")
_assume_role = click.option(
    "--assume-role",
    metavar="ARN",
    help="Role to read every account with, such as 'arn:{partition}:iam::{account}:role/NAME'.",
)
_external_id = click.option("--external-id", metavar="ID", help="External id of --assume-role.")
_regions = click.option(
    "--region",
    "regions",
    metavar="REGION",
    multiple=True,
    help="Region to read, beside those that the declarations name. Repeatable.",
)
_only_regions = click.option(
    "--region",
    "regions",
    metavar="REGION",
    multiple=True,
    help="Region to ask; the environment's or the profile's otherwise. Repeatable.",
)


@cli.command(epilog=EPILOG)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--stack", metavar="NAME", help="Stack to read with the pulumi CLI (no SOURCE).")
@_regions
@click.option(
    "--account",
    metavar="ID",
    help="Account of what names none itself: a --live file, a --region, a declaration.",
)
@_profile
@_assume_role
@_external_id
@click.option(
    "--provider-endpoints",
    is_flag=True,
    help="Send requests to the endpoints that a provider in the state names.",
)
@click.option(
    "--filter",
    "filters",
    metavar="Name=N,Values=V,...",
    multiple=True,
    help=f"Ask AWS only for some: {', '.join(_FILTERS)}. Repeatable; all must hold.",
)
@click.option(
    "--flow-log-id",
    "flow_log_ids",
    metavar="ID",
    multiple=True,
    help="Ask AWS only for this flow log. Repeatable, up to 1000.",
)
@click.option(
    "--live",
    "live_files",
    metavar="FILE",
    multiple=True,
    help="Compare with a file instead of AWS: `drift live` or `aws ec2 describe-flow-logs`. "
    "Repeatable.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FORMAT[=PATH]",
    multiple=True,
    help="text (default) or json, to standard output or a file. Repeatable.",
)
@click.option(
    "--fail-on",
    metavar="KIND,...",
    help="Kinds of finding that count as drift, or `none`. Default: flow-log-replaced, "
    "flow-log-missing, flow-log-modified, flow-log-tags-modified.",
)
@click.option("--allow-empty", is_flag=True, help="Nothing declared and nothing live is in sync.")
@click.option("-q", "--quiet", is_flag=True, help="No text and no progress; the exit code tells.")
@click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR).")
def check(
    sources: tuple[str, ...],
    stack: str | None,
    regions: tuple[str, ...],
    account: str | None,
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    provider_endpoints: bool,
    filters: tuple[str, ...],
    flow_log_ids: tuple[str, ...],
    live_files: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str | None,
    allow_empty: bool,
    quiet: bool,
    no_color: bool,
) -> None:
    """Compare declared flow logs with live ones.

    SOURCE is a `pulumi stack export` file, a checkpoint of a self-managed backend, the output of
    `pulumi preview --json`, a folder or glob of these, or - for standard input. Several are one
    union. Without SOURCE: the selected stack of the Pulumi project in this folder.
    """
    from drift import outputs as output_files
    from drift.check import check as compare

    if not outputs:
        outputs = () if quiet else ("text",)
    wanted = output_files.parse(outputs)
    drift_kinds = _fail_on(fail_on)
    narrowing = _narrowing(filters, flow_log_ids)
    access = _access(profile, assume_role, external_id, provider_endpoints=provider_endpoints)
    where = _where(regions, account)
    output_files.refuse_overwriting(
        wanted, [source for source in (*sources, *live_files) if source != "-"]
    )
    if live_files:
        _refuse_with_live(
            {
                "--profile": profile,
                "--assume-role": assume_role,
                "--provider-endpoints": provider_endpoints,
                "--filter": filters,
                "--flow-log-id": flow_log_ids,
            }
        )
    declared = _declared(sources, stack)
    live = (
        _live_from_files(live_files, declared, where)
        if live_files
        else _live_from_aws(declared, where, access, narrowing, quiet=quiet)
    )
    report = replace(
        compare(declared, live, allow_empty=allow_empty),
        fail_on=drift_kinds,
        generated_at=datetime.now(UTC),
    )
    with _reader_may_leave():
        output_files.write(report, wanted, stdout=sys.stdout, terminal=_terminal(no_color=no_color))
    sys.exit(_exit_code(report.verdict))


def _declared(sources: Sequence[str], stack: str | None) -> Declarations:
    if sources and stack is not None:
        raise UsageError(
            "--stack goes with no SOURCE: it names the stack that the pulumi CLI exports",
            next_step="leave out one of the two",
        )
    if not sources:
        from drift.declared import stack as pulumi

        return pulumi.export(stack)
    from drift.declared import sources as files

    return files.read(sources, stdin=sys.stdin.buffer)


def _live_from_aws(
    declared: Declarations,
    where: plan.Where,
    access: Access,
    narrowing: Narrowing,
    *,
    quiet: bool,
) -> Inventory:
    from drift import plan, progress
    from drift.live import ec2

    show, finish = progress.display(sys.stderr, quiet=quiet)
    targets = plan.targets(declared, where, lambda: ec2.ambient_region(access.profile))
    try:
        return ec2.read(targets, access, narrowing, on_progress=show)
    finally:
        finish()


def _live_from_files(files: Sequence[str], declared: Declarations, where: plan.Where) -> Inventory:
    from drift import plan
    from drift.live import snapshot
    from drift.model import Inventory

    if len(where.regions) > 1:
        raise UsageError(
            "a --live file of the AWS CLI is of one region",
            next_step="name one --region, or record several with `drift live`",
        )
    account = where.account or plan.only_account(declared)
    region = next(iter(where.regions), None) or plan.only_region(declared)
    inventories = [snapshot.load(file, account, region) for file in files]
    _refuse_contradictions(inventories)
    if len({one.narrowing for one in inventories}) > 1:
        raise UsageError(
            "the --live files do not hold answers to the same question (--filter, --flow-log-id)",
            next_step="compare with one of them at a time",
        )
    return Inventory(
        listings=tuple(listing for one in inventories for listing in one.listings),
        narrowing=inventories[0].narrowing,
    )


def _refuse_contradictions(inventories: Sequence[Inventory]) -> None:
    """Refuse files that tell one flow log differently: nobody knows which is true now."""
    known: dict[str, LiveFlowLog] = {}
    for inventory in inventories:
        for listing in inventory.listings:
            for flow_log in listing.flow_logs:
                if known.setdefault(flow_log.flow_log_id, flow_log) != flow_log:
                    raise UsageError(
                        f"the --live files tell {flow_log.flow_log_id} in two different ways",
                        next_step="compare with the newest of them",
                    )


def _refuse_with_live(options: dict[str, object]) -> None:
    for name, value in options.items():
        if value:
            raise UsageError(
                f"{name} is about asking AWS, and --live compares with a file instead",
                next_step=f"leave out {name} or --live",
            )


def _fail_on(words: str | None) -> frozenset[Kind]:
    from drift.findings import CAN_BE_DRIFT, DRIFT_BY_DEFAULT, Kind

    if words is None:
        return DRIFT_BY_DEFAULT
    if words == "none":
        return frozenset()
    names = [word.strip() for word in words.split(",")]
    known = ", ".join(kind for kind in Kind if kind in CAN_BE_DRIFT)
    for name in names:
        if name == Kind.UNVERIFIED:
            raise UsageError(
                f"{name} is never drift: exit code 3 says it", next_step=f"choose from {known}"
            )
        if name not in CAN_BE_DRIFT:
            raise UsageError(
                f"{name!r} is no kind of finding", next_step=f"choose from {known}, or none"
            )
    return frozenset(Kind(name) for name in names)


def _narrowing(filters: Sequence[str], flow_log_ids: Sequence[str]) -> Narrowing:
    from drift.model import Narrowing

    for flow_log_id in flow_log_ids:
        if not FLOW_LOG_ID.fullmatch(flow_log_id):
            raise UsageError(
                f"{flow_log_id!r} is no flow log id", next_step="write it as fl-0123456789abcdef0"
            )
    return Narrowing(
        filters=tuple(_filter(word) for word in filters),
        flow_log_ids=tuple(dict.fromkeys(flow_log_ids)),
    )


def _filter(word: str) -> Filter:
    from drift.model import Filter

    parsed = re.fullmatch(r"Name=([^,]+),Values=(.+)", word, re.DOTALL)
    if parsed is None:
        raise UsageError(
            f"--filter {word!r} can't be read",
            next_step="write it as Name=traffic-type,Values=ALL,REJECT",
        )
    name = parsed[1]
    if name not in _FILTERS and not re.fullmatch(r"tag:.+", name):
        raise UsageError(
            f"{name!r} is no filter of flow logs", next_step=f"choose from {', '.join(_FILTERS)}"
        )
    # As in the AWS CLI's shorthand, a comma inside a value is written `\,`.
    values = [value.replace("\\,", ",") for value in re.split(r"(?<!\\),", parsed[2])]
    return Filter(name=name, values=tuple(values))


def _account(account: str | None) -> str | None:
    if account is not None and not ACCOUNT.fullmatch(account):
        raise UsageError(f"{account!r} is no AWS account id", next_step="write its twelve digits")
    return account


def _where(regions: Sequence[str], account: str | None = None) -> plan.Where:
    from drift import plan

    for region in regions:
        if not REGION.fullmatch(region):
            raise UsageError(f"{region!r} is no AWS region", next_step="write it as eu-west-1")
    return plan.Where(regions=tuple(dict.fromkeys(regions)), account=_account(account))


def _access(
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    *,
    provider_endpoints: bool = False,
) -> Access:
    from drift.live.terms import Access

    return Access(
        profile=profile,
        assume_role=assume_role,
        external_id=external_id,
        provider_endpoints=provider_endpoints,
    )


def _terminal(*, no_color: bool) -> Terminal:
    from drift.outputs import Terminal

    if sys.stdout is None or not sys.stdout.isatty():
        return Terminal()
    plain = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns
    return Terminal(width=min(max(width, 60), 100), color=not plain)


def _exit_code(verdict: Verdict) -> ExitCode:
    from drift.findings import Verdict

    match verdict:
        case Verdict.IN_SYNC:
            return ExitCode.IN_SYNC
        case Verdict.DRIFTED:
            return ExitCode.DRIFT
        case Verdict.UNVERIFIED:
            return ExitCode.UNVERIFIED
        case _:
            assert_never(verdict)


# -- live ----------------------------------------------------------------------------------------


@cli.command()
@_only_regions
@_profile
@_assume_role
@_external_id
@click.option("--account", metavar="ID", help="Account that the answers have to come from.")
@click.option(
    "-o", "--output", "path", metavar="PATH", help="File to write; standard output otherwise."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def live(
    regions: tuple[str, ...],
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    account: str | None,
    path: str | None,
    quiet: bool,
) -> None:
    """Record the live flow logs, for `drift check --live FILE` on a machine without AWS access.

    What could not be read is recorded as such; exit code 3 says that there was some.
    """
    from drift.live import snapshot
    from drift.model import Coverage, Declarations, Narrowing
    from drift.outputs import write_files, write_stdout

    inventory = _live_from_aws(
        Declarations(),
        _where(regions, account),
        _access(profile, assume_role, external_id),
        Narrowing(),
        quiet=quiet,
    )
    read_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = snapshot.dump(inventory, read_at).decode()
    if path is None:
        with _reader_may_leave():
            write_stdout(text, sys.stdout)
    else:
        write_files({Path(path): text})
    complete = all(listing.status is Coverage.READ for listing in inventory.listings)
    sys.exit(ExitCode.IN_SYNC if complete else ExitCode.UNVERIFIED)


# -- the rest ------------------------------------------------------------------------------------


@cli.command()
@_only_regions
@_profile
@_assume_role
@_external_id
@click.option("--check", "ask", is_flag=True, help="Ask AWS (DryRun) what is granted, by region.")
def permissions(
    regions: tuple[str, ...],
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    ask: bool,
) -> None:
    """Print the least IAM policy that `drift check` needs, or ask AWS whether it is granted."""
    from drift import permissions as needed

    access = _access(profile, assume_role, external_id)
    if not ask:
        if regions:
            raise UsageError(
                "--region belongs to --check: the policy is the same everywhere",
                next_step="add --check, or leave --region out",
            )
        click.echo(needed.policy(assume_role), nl=False)
        return
    from drift import plan
    from drift.live import ec2
    from drift.model import Coverage, Declarations

    targets = plan.targets(Declarations(), _where(regions), lambda: ec2.ambient_region(profile))
    answers = ec2.check_permissions(targets, access)
    click.echo(needed.table(answers), nl=False)
    granted = all(answer.status is Coverage.READ for answer in answers)
    sys.exit(ExitCode.IN_SYNC if granted else ExitCode.UNVERIFIED)


@cli.command("policy-pack")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def policy_pack(folder: Path | None) -> None:
    """Write the CrossGuard policy pack, ready to run in drift's environment; print its path.

    Without DIR it goes into the user's cache:

    pulumi preview --policy-pack "$(drift policy-pack)"
    """
    from drift.policy import folder as pack

    click.echo(pack.write(folder))


@cli.command()
def schema() -> None:
    """Print the JSON Schema of `-o json`."""
    from drift.render import json_v1

    click.echo(json_v1.schema(), nl=False)


@cli.command()
@click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR).")
def demo(no_color: bool) -> None:
    """Play a story on an AWS inside this process: no account, no network, a few seconds."""
    try:
        from drift.demo import story
    except ModuleNotFoundError as error:
        raise DriftError(
            f"the demo needs the Python package {error.name}, which is not installed",
            next_step="pip install 'flow-log-drift[demo]'",
        ) from error
    story.play(sys.stdout, _terminal(no_color=no_color))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell, such as: drift completion bash >> ~/.bashrc."""
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    if complete is None:  # pragma: no cover -- click has all three
        raise UsageError(f"no completion for {shell}", next_step="use bash, zsh or fish")
    click.echo(complete(cli, {}, "drift", "_DRIFT_COMPLETE").source(), nl=False)


# -- main ----------------------------------------------------------------------------------------


def main() -> NoReturn:
    """Run the command and turn whatever comes of it into an exit code."""
    # A run builds a lot, drops next to nothing that is cyclic, and ends: looking for garbage in a
    # growing heap again and again takes half of the time of a large estate.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; print an error, if any, and return the exit code."""
    try:
        with _reader_may_leave():
            cli.main(args=list(arguments), prog_name="drift", standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("drift: interrupted; no file was written", err=True)
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        _complain(error.format_message(), _usage(error))
    except DriftError as error:
        _complain(error.cause, error.next_step)
    except Exception as error:
        if os.environ.get("DRIFT_DEBUG"):
            raise
        _complain(
            f"drift itself failed: {type(error).__name__}: {error}",
            "set DRIFT_DEBUG=1 to see where, and report it",
        )
    else:
        return ExitCode.IN_SYNC
    return ExitCode.COULD_NOT_RUN


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Let whoever reads standard output close it early, as `head` does: no error, same verdict."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.ctx.command_path} --help lists what there is"
    return "drift --help lists what there is"


def _complain(cause: str, next_step: str) -> None:
    click.echo(f"drift: {visible(cause)}\n  -> {visible(next_step)}", err=True)
