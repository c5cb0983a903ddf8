"""`drift check`: what is declared against what is live."""

from __future__ import annotations

import sys

import click

from drift.cli import values
from drift.cli.asking import Request, answer, asks
from drift.cli.configured import help_option
from drift.cli.options import EPILOG, no_color_option, outputs_option, quiet_option
from drift.cli.streams import reader_may_leave, terminal


@click.command(epilog=EPILOG)
@asks
@outputs_option
@quiet_option
@no_color_option
@help_option
def check(request: Request, outputs: tuple[str, ...], quiet: bool, no_color: bool) -> None:
    """Compare declared flow logs with live ones.

    SOURCE is a `pulumi stack export` file, a checkpoint of a self-managed backend, the output of
    `pulumi preview --json`, a folder or glob of these, or - for standard input. Several are one
    union. Without SOURCE: the selected stack of the Pulumi project in this folder.
    """
    from drift import outputs as output_files

    if not outputs:
        outputs = () if quiet else ("text",)
    wanted = output_files.parse(outputs)
    output_files.refuse_overwriting(wanted, request.input_files)
    report = answer(request, quiet=quiet)
    with reader_may_leave():
        output_files.write(report, wanted, stdout=sys.stdout, terminal=terminal(no_color=no_color))
    sys.exit(values.exit_code(report.verdict))
