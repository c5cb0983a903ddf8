"""What earlier runs found, in a database; the only door to SQLAlchemy, alembic and psycopg.

A run is stored whole or not at all, and runs that are stored at the same time wait for each other.
"""
