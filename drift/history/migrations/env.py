"""What alembic runs: the steps, in the transaction that the caller began."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from drift.history import tables


def run() -> None:
    """Play the steps on the connection that was handed over."""
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError(connection)
    context.configure(
        connection=connection,
        target_metadata=tables.Base.metadata,
        version_table=context.config.attributes["version_table"],
    )
    with context.begin_transaction():
        context.run_migrations()


run()
