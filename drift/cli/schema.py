"""`drift schema`: the JSON Schema of the report, and that of drift.toml."""

from __future__ import annotations

import click


@click.command()
@click.option("--config", is_flag=True, help="That of drift.toml instead, for editors.")
def schema(config: bool) -> None:
    """Print the JSON Schema of `-o json`."""
    if config:
        from drift.cli.configured import tables
        from drift.settings.schema import schema as settings_schema

        click.echo(settings_schema(tables()), nl=False)
        return
    from drift.render import json_v1

    click.echo(json_v1.schema(), nl=False)
