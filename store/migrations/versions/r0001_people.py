"""Users, login names, former passwords."""

import sqlalchemy as sa
from alembic import op

from store.columns import ByteText, Instant, JsonText, sequence_column

revision = "0001"
down_revision = None


def _users() -> None:
    op.create_table(
        "users",
        sequence_column("system_user_id"),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("email_address", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("theme_dir", sa.Text(), nullable=True),
        sa.Column("user_group_id", sa.Integer(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("roles", JsonText(), nullable=False),
        sa.Column("permissions", JsonText(), nullable=False),
        sa.Column("permission_ids", JsonText(), nullable=False),
        sa.Column("preferences", JsonText(), nullable=False),
        sa.Column("properties", JsonText(), nullable=False),
        sa.Column("support_username", sa.Text(), nullable=True),
        sa.Column("identity_source", sa.Text(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("locked_at", Instant(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=True),
        sa.Column("verifier_key", sa.Text(), nullable=True),
        sa.Column("password_changed_at", Instant(), nullable=True),
        sa.Column("password_expires_at", Instant(), nullable=True),
        sa.Column("password_is_temporary", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.UniqueConstraint("id", name="uq_users_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_users_is_admin",
        "users",
        ["is_admin"],
        unique=False,
        sqlite_where=sa.text("is_admin = 1"),
        postgresql_where=sa.text("is_admin"),
    )


def _login_names() -> None:
    op.create_table(
        "login_names",
        sa.Column("name_key", ByteText, nullable=False),
        sa.Column("skeleton", ByteText, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_login_names_user_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("name_key", name="pk_login_names"),
        sa.UniqueConstraint("skeleton", name="uq_login_names_skeleton"),
    )
    op.create_index("ix_login_names_user_id", "login_names", ["user_id"], unique=False)


def _password_history() -> None:
    op.create_table(
        "password_history",
        sequence_column("sequence"),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("verifier_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_password_history_user_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_password_history_user_id", "password_history", ["user_id"], unique=False)


def upgrade() -> None:
    """Makes the tables."""
    _users()
    _login_names()
    _password_history()
