"""What a check is asked, as the options of a command line say it, and its answer: a report."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from drift.cli import values
from drift.cli.configured import configured, is_typed, settings_of_run
from drift.cli.options import (
    assume_role_option,
    external_id_option,
    profile_option,
    project_roots_option,
    regions_option,
)
from drift.errors import UsageError

if TYPE_CHECKING:
    from drift import plan
    from drift.findings import Report
    from drift.live.terms import Access
    from drift.model import Declarations, Inventory, LiveFlowLog, Narrowing
    from drift.settings.file import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The words of the options that decide what is compared with what, as they were typed."""

    sources: tuple[str, ...] = ()
    stack: str | None = None
    regions: tuple[str, ...] = ()
    account: str | None = None
    profile: str | None = None
    assume_role: str | None = None
    external_id: str | None = None
    provider_endpoints: bool = False
    filters: tuple[str, ...] = ()
    flow_log_ids: tuple[str, ...] = ()
    live_files: tuple[str, ...] = ()
    fail_on: str | None = None
    allow_empty: bool = False
    project_roots: tuple[str, ...] = ()
    settings: Settings | None = None
    """What drift.toml says; its options are in the words above already."""

    @property
    def input_files(self) -> tuple[str, ...]:
        """The files that are read, which no output may overwrite."""
        settings = self.settings.file if self.settings is not None else None
        return tuple(name for name in (*self.sources, *self.live_files) if name != "-") + (
            () if settings is None else (settings.shown,)
        )


_OPTIONS: Final = (
    click.argument("sources", metavar="[SOURCE]...", nargs=-1),
    click.option("--stack", metavar="NAME", help="Stack to read with the pulumi CLI (no SOURCE)."),
    regions_option,
    click.option(
        "--account",
        metavar="ID",
        help="Account of what names none itself: a --live file, a --region, a declaration.",
    ),
    profile_option,
    assume_role_option,
    external_id_option,
    click.option(
        "--provider-endpoints",
        is_flag=True,
        help="Send requests to the endpoints that a provider in the state names.",
    ),
    click.option(
        "--filter",
        "filters",
        metavar="Name=N,Values=V,...",
        multiple=True,
        help=f"Ask AWS only for some: {', '.join(values.FILTERS)}. Repeatable; all must hold.",
    ),
    click.option(
        "--flow-log-id",
        "flow_log_ids",
        metavar="ID",
        multiple=True,
        help="Ask AWS only for this flow log. Repeatable, up to 1000.",
    ),
    click.option(
        "--live",
        "live_files",
        metavar="FILE",
        multiple=True,
        help="Compare with a file instead of AWS: `drift live` or `aws ec2 describe-flow-logs`. "
        "Repeatable.",
    ),
    click.option(
        "--fail-on",
        metavar="KIND,...",
        help="Kinds of finding that count as drift, or `none`. Default: flow-log-replaced, "
        "flow-log-missing, flow-log-modified, flow-log-tags-modified.",
    ),
    click.option(
        "--allow-empty", is_flag=True, help="Nothing declared and nothing live is in sync."
    ),
    project_roots_option,
)


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a check; it gets them as its first argument, a `Request`."""
    names = [each.name for each in fields(Request) if each.name != "settings"]

    @functools.wraps(command)
    def call(**given: object) -> None:
        asked = {name: given.pop(name) for name in names}
        request = Request(**asked, settings=settings_of_run())  # type: ignore[arg-type]  # click's
        command(_as_typed(request), **given)

    for option in reversed((*_OPTIONS, configured)):
        call = option(call)
    return call


def _as_typed(request: Request) -> Request:
    """Drop what drift.toml says where the command line says something that excludes it."""
    if request.stack is not None and is_typed("stack") and not is_typed("sources"):
        request = replace(request, sources=())
    if request.sources and is_typed("sources") and not is_typed("stack"):
        request = replace(request, stack=None)
    if request.live_files:
        request = replace(
            request,
            profile=request.profile if is_typed("profile") else None,
            assume_role=request.assume_role if is_typed("assume_role") else None,
        )
    return request


def answer(request: Request, *, quiet: bool) -> Report:
    """Compare what is asked for; the report is stamped with the time."""
    from drift.check import check

    drift_kinds = values.drift_kinds(request.fail_on)
    narrowing = values.narrowing(request.filters, request.flow_log_ids)
    where = values.where(request.regions, request.account)
    folders = values.project_folders(request.project_roots)
    if not (folders or request.sources):
        # The project is the one that pulumi finds from this folder.
        here = values.project_in_repository(Path.cwd())
        folders = {} if here is None else {None: here}
    access = values.access(
        request.profile,
        request.assume_role,
        request.external_id,
        provider_endpoints=request.provider_endpoints,
    )
    if request.live_files:
        _refuse_with_live(request)
    declared = _declared(request.sources, request.stack)
    live = (
        _live_from_files(request.live_files, declared, where)
        if request.live_files
        else ask_aws(declared, where, access, narrowing, quiet=quiet)
    )
    now = datetime.now(UTC)
    report = replace(
        check(declared, live, allow_empty=request.allow_empty),
        fail_on=drift_kinds,
        generated_at=now,
        project_folders=folders,
    )
    if request.settings is None or not request.settings.rules:
        return report
    from drift.acceptance import accepted

    return accepted(report, request.settings.rules, now.date())


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


def ask_aws(
    declared: Declarations,
    where: plan.Where,
    access: Access,
    narrowing: Narrowing,
    *,
    quiet: bool,
) -> Inventory:
    """Read AWS, with progress on standard error unless `quiet`."""
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


def _refuse_with_live(request: Request) -> None:
    asked_of_aws = {
        "--profile": request.profile,
        "--assume-role": request.assume_role,
        "--provider-endpoints": request.provider_endpoints,
        "--filter": request.filters,
        "--flow-log-id": request.flow_log_ids,
    }
    for name, value in asked_of_aws.items():
        if value:
            raise UsageError(
                f"{name} is about asking AWS, and --live compares with a file instead",
                next_step=f"leave out {name} or --live",
            )
