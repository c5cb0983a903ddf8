"""`drift permissions`: the least IAM policy, and whether it is granted."""

from __future__ import annotations

import sys

import click

from drift.cli import values
from drift.cli.options import (
    asked_regions_option,
    assume_role_option,
    external_id_option,
    profile_option,
)
from drift.errors import ExitCode, UsageError


@click.command()
@asked_regions_option
@profile_option
@assume_role_option
@external_id_option
@click.option("--check", "ask", is_flag=True, help="Ask AWS (DryRun) what is granted, by region.")
def permissions(
    regions: tuple[str, ...],
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    ask: bool,
) -> None:
    """Print the least IAM policy that `drift check` needs, or ask AWS whether it is granted."""
    from drift import permissions as needed

    access = values.access(profile, assume_role, external_id)
    if not ask:
        if regions:
            raise UsageError(
                "--region belongs to --check: the policy is the same everywhere",
                next_step="add --check, or leave --region out",
            )
        click.echo(needed.policy(assume_role), nl=False)
        return
    from drift import plan
    from drift.live import ec2
    from drift.model import Coverage, Declarations

    targets = plan.targets(
        Declarations(), values.where(regions), lambda: ec2.ambient_region(profile)
    )
    answers = ec2.check_permissions(targets, access)
    click.echo(needed.table(answers), nl=False)
    granted = all(answer.status is Coverage.READ for answer in answers)
    sys.exit(ExitCode.IN_SYNC if granted else ExitCode.UNVERIFIED)
