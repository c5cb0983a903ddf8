"""Remember why a finding is accepted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the parts of an acceptance; they are unknown of what was accepted earlier."""
    for name in ("accepted_reason", "accepted_owner", "accepted_until"):
        op.add_column("drift_findings", sa.Column(name, sa.Text))
