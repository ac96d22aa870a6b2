"""Where each event stands in the order of commits, and how far they are numbered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column, and numbers what is there as it was written: nobody is told of it again."""
    op.add_column("events", sa.Column("position", sa.BigInteger(), nullable=True))
    op.execute("UPDATE events SET position = sequence")
    op.create_index("ix_events_position", "events", ["position"], unique=True)
    op.create_index("ix_events_user_id_position", "events", ["user_id", "position"], unique=False)
    op.create_index(
        "ix_events_unsealed",
        "events",
        ["position", "sequence"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "event_seal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_seal"),
    )
    op.execute("INSERT INTO event_seal (id, last_position) SELECT 1, coalesce(max(position), 0) FROM events")
