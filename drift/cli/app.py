"""All commands together, and what becomes of their errors."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from drift import __version__
from drift.cli.accept import accept
from drift.cli.check import check
from drift.cli.comment import comment
from drift.cli.completion import completion
from drift.cli.demo import demo
from drift.cli.history import history
from drift.cli.live import live
from drift.cli.options import EPILOG
from drift.cli.permissions import permissions
from drift.cli.policy_pack import policy_pack
from drift.cli.render import render
from drift.cli.report import report
from drift.cli.schema import schema
from drift.cli.streams import reader_may_leave
from drift.errors import DriftError, ExitCode
from drift.escape import visible

COMMANDS: Final[tuple[click.Command, ...]] = (
    accept,
    check,
    comment,
    completion,
    demo,
    history,
    live,
    permissions,
    policy_pack,
    render,
    report,
    schema,
)


@click.group(
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="drift", message="%(prog)s %(version)s")
def cli() -> None:
    """Find drift between declared and live AWS VPC flow logs, field by field."""


def main() -> NoReturn:
    """Run the command and turn whatever comes of it into an exit code."""
    # A run builds a lot, drops next to nothing that is cyclic, and ends: looking for garbage in a
    # growing heap again and again takes half of the time of a large estate.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; print an error, if any, and return the exit code."""
    try:
        with reader_may_leave():
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


def _usage(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.ctx.command_path} --help lists what there is"
    return "drift --help lists what there is"


def _complain(cause: str, next_step: str) -> None:
    click.echo(f"drift: {visible(cause)}\n  -> {visible(next_step)}", err=True)
