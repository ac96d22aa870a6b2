"""Networks that signed users in; counts know where from, when last, and how long they are kept."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0008"
down_revision = "0007"

#: Microseconds: counts of before are kept for a day from their beginning, as they were.
DAY = 86_400_000_000


def upgrade() -> None:
    """Adds the columns, and goes on with the counts that are there."""
    op.create_table(
        "known_networks",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_networks_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_known_networks"),
    )
    op.create_index("ix_known_networks_user_id", "known_networks", ["user_id"], unique=False)
    op.create_index("ix_known_networks_seen_at", "known_networks", ["seen_at"], unique=False)
    op.add_column("attempts", sa.Column("network", sa.LargeBinary(), nullable=True))
    for name in ("last_at", "kept_until"):
        zero = sa.text("0")
        op.add_column("attempts", sa.Column(name, Instant(), nullable=False, server_default=zero))
    op.execute(f"UPDATE attempts SET last_at = started_at, kept_until = started_at + {DAY}")  # noqa: S608  a constant of ours
    op.drop_index("ix_attempts_started_at", table_name="attempts")
    op.create_index("ix_attempts_network", "attempts", ["network", "last_at"], unique=False)
    op.create_index("ix_attempts_kept_until", "attempts", ["kept_until"], unique=False)
