"""`drift schema`: the JSON Schema of the report."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of `-o json`."""
    from drift.render import json_v1

    click.echo(json_v1.schema(), nl=False)
