"""Systems and XMPP accounts."""

import sqlalchemy as sa
from alembic import op

from store.columns import ByteText, Instant, sequence_column

revision = "0003"
down_revision = "0002"


def _systems() -> None:
    op.create_table(
        "systems",
        sequence_column("sequence"),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pbx_id", ByteText, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_updated_at", Instant(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("code_key", sa.Text(), nullable=True),
        sa.Column("code_digits", sa.Integer(), nullable=True),
        sa.Column("code_failures", sa.Integer(), nullable=False),
        sa.Column("code_expires_at", Instant(), nullable=True),
        sa.Column("activated_at", Instant(), nullable=True),
        sa.Column("activated_network", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.UniqueConstraint("id", name="uq_systems_id"),
        sa.UniqueConstraint("pbx_id", name="uq_systems_pbx_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_systems_code_expires_at", "systems", ["code_expires_at"], unique=False)
    op.create_index("ix_systems_status_sequence", "systems", ["status", "sequence"], unique=False)


def _xmpp_accounts() -> None:
    op.create_table(
        "xmpp_accounts",
        sa.Column("jid", ByteText, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("system_id", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_key", sa.Text(), nullable=True),
        sa.Column("holds_code", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["systems.id"],
            name="fk_xmpp_accounts_system_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_xmpp_accounts_user_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("jid", name="pk_xmpp_accounts"),
        sa.UniqueConstraint("system_id", name="uq_xmpp_accounts_system_id"),
        sa.UniqueConstraint("user_id", "kind", name="uq_xmpp_accounts_user_id_kind"),
    )


def upgrade() -> None:
    """Makes the tables."""
    _systems()
    _xmpp_accounts()
