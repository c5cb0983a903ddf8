"""How the tables came to be, one step a file; alembic plays those that a database lacks."""
