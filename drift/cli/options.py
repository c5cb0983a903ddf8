"""The options that several commands have."""

from __future__ import annotations

from typing import Final

import click

EPILOG: Final = (
    "Exit codes: 0 in sync, 1 drift, 2 could not run, 3 no drift found but not everything could "
    "be verified."
)

profile_option = click.option("--profile", metavar="NAME", help="AWS profile to read with.")
assume_role_option = click.option(
    "--assume-role",
    metavar="ARN",
    help="Role to read every account with, such as 'arn:{partition}:iam::{account}:role/NAME'.",
)
external_id_option = click.option(
    "--external-id", metavar="ID", help="External id of --assume-role."
)
regions_option = click.option(
    "--region",
    "regions",
    metavar="REGION",
    multiple=True,
    help="Region to read, beside those that the declarations name. Repeatable.",
)
asked_regions_option = click.option(
    "--region",
    "regions",
    metavar="REGION",
    multiple=True,
    help="Region to ask; the environment's or the profile's otherwise. Repeatable.",
)
outputs_option = click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FORMAT[=PATH]",
    multiple=True,
    help="text (default), json, html, markdown, sarif, junit, github or csv; to standard output or "
    "a file. Repeatable.",
)
project_roots_option = click.option(
    "--project-root",
    "project_roots",
    metavar="[PROJECT=]DIR",
    multiple=True,
    help="Where the Pulumi project lies in the repository, for the file names of sarif, github and "
    "other outputs: infra/net. Repeatable.",
)
no_color_option = click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR).")
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="No text and no progress; the exit code tells."
)
