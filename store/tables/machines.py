"""Systems, and the XMPP accounts of users and systems."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from store.columns import ByteText, Instant, metadata, sequence_column, user_reference

systems = Table(
    "systems",
    metadata,
    sequence_column("sequence"),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("pbx_id", ByteText, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("status_updated_at", Instant, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("code_digest", LargeBinary),
    Column("code_key", Text),
    Column("code_digits", Integer),
    Column("code_failures", Integer, nullable=False),
    Column("code_expires_at", Instant),
    Column("activated_at", Instant),
    Column("activated_network", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Index("ix_systems_status_sequence", "status", "sequence"),
    Index("ix_systems_code_expires_at", "code_expires_at"),
    sqlite_autoincrement=True,
)

xmpp_accounts = Table(
    "xmpp_accounts",
    metadata,
    Column("jid", ByteText, primary_key=True),
    Column("kind", Text, nullable=False),
    user_reference(nullable=True, deferred=True),
    Column(
        "system_id",
        Text,
        ForeignKey("systems.id", ondelete="CASCADE", initially="DEFERRED", deferrable=True),
        unique=True,
    ),
    Column("sealed", LargeBinary),
    Column("sealed_key", Text),
    Column("holds_code", Boolean, nullable=False),
    UniqueConstraint("user_id", "kind"),
)
