"""`drift render`: a report that was made before, in another format."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from drift.cli import values
from drift.cli.options import no_color_option, outputs_option, project_roots_option
from drift.cli.streams import reader_may_leave, terminal


@click.command()
@click.argument("document", metavar="REPORT")
@outputs_option
@project_roots_option
@no_color_option
def render(
    document: str, outputs: tuple[str, ...], project_roots: tuple[str, ...], no_color: bool
) -> None:
    """Show a report that `drift check -o json` wrote in any format; AWS is not asked.

    REPORT is that file, or - for standard input. The exit code tells whether it could be shown, not
    what it says.
    """
    from drift import outputs as output_files
    from drift import report_file

    wanted = output_files.parse(outputs or ("text",))
    output_files.refuse_overwriting(wanted, [document] if document != "-" else [])
    folders = values.project_folders(project_roots)
    report = replace(report_file.read(document, stdin=sys.stdin.buffer), project_folders=folders)
    with reader_may_leave():
        output_files.write(report, wanted, stdout=sys.stdout, terminal=terminal(no_color=no_color))
