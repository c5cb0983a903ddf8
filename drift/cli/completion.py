"""`drift completion`: what makes a shell complete the words of a command line."""

from __future__ import annotations

import click

from drift.errors import UsageError


@click.command()
@click.pass_context
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell, such as: drift completion bash >> ~/.bashrc."""
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    if complete is None:  # pragma: no cover -- click has all three
        raise UsageError(f"no completion for {shell}", next_step="use bash, zsh or fish")
    click.echo(
        complete(context.find_root().command, {}, "drift", "_DRIFT_COMPLETE").source(), nl=False
    )
