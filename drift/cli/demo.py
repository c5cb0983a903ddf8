"""`drift demo`: a story on an AWS inside the process."""

from __future__ import annotations

import sys

import click

from drift.cli.options import no_color_option
from drift.cli.streams import terminal
from drift.errors import DriftError, UsageError


@click.command()
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FORMAT=PATH",
    multiple=True,
    help="Write the morning's report as well, such as html=demo.html. Repeatable.",
)
@no_color_option
def demo(outputs: tuple[str, ...], no_color: bool) -> None:
    """Play a story on an AWS inside this process: no account, no network, a few seconds."""
    from drift import outputs as output_files

    wanted = output_files.parse(outputs)
    if any(output.path is None for output in wanted):
        raise UsageError(
            "the story has standard output for itself", next_step="give -o a file: FORMAT=PATH"
        )
    output_files.refuse_overwriting(wanted, ())
    try:
        from drift.demo import story
    except ModuleNotFoundError as error:
        raise DriftError(
            f"the demo needs the Python package {error.name}, which is not installed",
            next_step="pip install 'flow-log-drift[demo]'",
        ) from error
    report = story.play(sys.stdout, terminal(no_color=no_color))
    output_files.write(report, wanted, stdout=sys.stdout, terminal=terminal(no_color=no_color))
    for output in wanted:
        click.echo(f"\nThe report of that morning as {output.format}: {output.path}")
