"""Which channel carries an effect, how far it has come, and which channels fail."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0006"
down_revision = "0005"

PENDING = sa.text("state = 'PENDING'")


def _channel_of_each() -> None:
    op.add_column("effects", sa.Column("channel", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE effects SET channel = CASE WHEN kind LIKE 'MAIL%' THEN 'mail' "
        "WHEN kind LIKE 'XMPP%' THEN 'xmpp' ELSE 'webhook' END"
    )
    op.drop_index("ix_effects_due", "effects")
    op.create_index(
        "ix_effects_due", "effects", ["channel", "due_at"], sqlite_where=PENDING, postgresql_where=PENDING
    )


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failing_since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )


def upgrade() -> None:
    """Adds the columns and makes the table."""
    op.add_column("effects", sa.Column("progress", sa.Text(), nullable=False, server_default="{}"))
    _channel_of_each()
    _channels()
