"""Keep runs, and how each finding stood at each of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "drift_estates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, unique=True),
    )
    op.create_table(
        "drift_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "estate_id",
            sa.Integer,
            sa.ForeignKey("drift_estates.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("tool_version", sa.Text, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in (
                "declared",
                "live",
                "in_sync",
                "drifted",
                "other",
                "unverified",
                "accepted",
                "new",
                "still_open",
                "resolved",
                "unseen",
            )
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "drift_run_stacks",
        _of_a_run(),
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("stack", sa.Text, primary_key=True),
    )
    op.create_table(
        "drift_run_places",
        _of_a_run(),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("account", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("drifted", sa.Integer, nullable=False),
        sa.Column("other", sa.Integer, nullable=False),
        sa.Column("unverified", sa.Integer, nullable=False),
    )
    op.create_table(
        "drift_findings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "estate_id",
            sa.Integer,
            sa.ForeignKey("drift_estates.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("project", sa.Text),
        sa.Column("stack", sa.Text),
        sa.Column("urn", sa.Text),
        sa.Column("declared_file", sa.Text),
        sa.Column("declared_line", sa.Integer),
        sa.Column("account", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("resource_id", sa.Text),
        sa.Column("declared_id", sa.Text),
        sa.Column("live_id", sa.Text),
        sa.Column("live_created_at", sa.Text),
        sa.Column("differences", sa.JSON, nullable=False),
        sa.UniqueConstraint("estate_id", "fingerprint"),
    )
    op.create_table(
        "drift_sightings",
        _of_a_run(),
        sa.Column(
            "finding_id",
            sa.Integer,
            sa.ForeignKey("drift_findings.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("nights", sa.Integer, nullable=False),
        sa.Column("was", sa.Text),
    )
    op.create_index("ix_drift_sightings_finding_id", "drift_sightings", ["finding_id"])


def _of_a_run() -> sa.Column[int]:
    return sa.Column(
        "run_id",
        sa.Integer,
        sa.ForeignKey("drift_runs.id", ondelete="CASCADE"),
        primary_key=True,
    )
