"""The audit is chained from here on: digests of lines, the chain's head, and where what is kept begins."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"

_KEPT = (
    ("digest", sa.LargeBinary),
    ("digest_key", sa.Text),
    ("stamp", sa.LargeBinary),
    ("stamp_key", sa.Text),
)


def upgrade() -> None:
    """Adds the columns; a migration has no keys, so that the chain begins behind what is numbered already."""
    op.add_column("events", sa.Column("counted", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("events", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("events", sa.Column("digest_key", sa.Text(), nullable=True))
    for name, kind in _KEPT:
        op.add_column("event_seal", sa.Column(name, kind(), nullable=True))
    op.create_table(
        "event_checkpoint",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        *(sa.Column(name, kind(), nullable=True) for name, kind in _KEPT),
        sa.PrimaryKeyConstraint("id", name="pk_event_checkpoint"),
    )
    op.execute("INSERT INTO event_checkpoint (id, last_position) SELECT 1, last_position FROM event_seal")
