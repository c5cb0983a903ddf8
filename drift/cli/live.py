"""`drift live`: what AWS has, recorded for a check elsewhere."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from drift.cli import values
from drift.cli.asking import ask_aws
from drift.cli.options import (
    asked_regions_option,
    assume_role_option,
    external_id_option,
    profile_option,
)
from drift.cli.streams import reader_may_leave
from drift.errors import ExitCode


@click.command()
@asked_regions_option
@profile_option
@assume_role_option
@external_id_option
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
    from drift.render import wording

    inventory = ask_aws(
        Declarations(),
        values.where(regions, account),
        values.access(profile, assume_role, external_id),
        Narrowing(),
        quiet=quiet,
    )
    read_at = wording.rfc3339(datetime.now(UTC))
    text = snapshot.dump(inventory, read_at).decode()
    if path is None:
        with reader_may_leave():
            write_stdout(text, sys.stdout)
    else:
        write_files({Path(path): text})
    complete = all(listing.status is Coverage.READ for listing in inventory.listings)
    sys.exit(ExitCode.IN_SYNC if complete else ExitCode.UNVERIFIED)
