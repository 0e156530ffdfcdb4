"""How a migration reaches the database: over the connection it is given, one transaction, with bounded waits."""

from alembic import context
from sqlalchemy import Connection

from app.store.schema import metadata

connection: Connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # a migration that cannot get its lock gives up rather than queue the whole service behind it
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = '300s'")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
