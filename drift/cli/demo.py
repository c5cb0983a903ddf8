"""`drift demo`: a story on an AWS inside the process."""

from __future__ import annotations

import sys

import click

from drift.cli.options import no_color_option
from drift.cli.streams import terminal
from drift.errors import DriftError


@click.command()
@no_color_option
def demo(no_color: bool) -> None:
    """Play a story on an AWS inside this process: no account, no network, a few seconds."""
    try:
        from drift.demo import story
    except ModuleNotFoundError as error:
        raise DriftError(
            f"the demo needs the Python package {error.name}, which is not installed",
            next_step="pip install 'flow-log-drift[demo]'",
        ) from error
    story.play(sys.stdout, terminal(no_color=no_color))
