"""`drift policy-pack`: the CrossGuard pack, written where the engine can run it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("policy-pack")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def policy_pack(folder: Path | None) -> None:
    """Write the CrossGuard policy pack, ready to run in drift's environment; print its path.

    Without DIR it goes into the user's cache:

    pulumi preview --policy-pack "$(drift policy-pack)"
    """
    from drift.policy import folder as pack

    click.echo(pack.write(folder))
