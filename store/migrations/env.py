"""What Alembic runs: the migrations, on the connection that it was handed."""

from alembic import context

from store import tables
from store.columns import metadata

__all__ = ["tables"]

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
