"""The command `drift`: options in, report out, exit code; a module for each command.

Nothing else prints or exits.
"""

from drift.cli.app import cli, main, run

__all__ = ["cli", "main", "run"]
