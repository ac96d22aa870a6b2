"""What the world is told: wishes, effects, and the channels that fail."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from store.columns import Instant, JsonText, metadata, sequence_column

wishes = Table(
    "wishes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_wishes_created_at", "created_at"),
)

effects = Table(
    "effects",
    metadata,
    sequence_column("sequence"),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("user_id", Text),
    Column("system_id", Text),
    Column("details", JsonText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("lease", Text),
    Column("settled_at", Instant),
    Column("last_error", Text),
    Column("progress", JsonText, nullable=False, server_default="{}"),
    Column("retried_at", Instant),
    Index("ix_effects_state_sequence", "state", "sequence"),
    Index(
        "ix_effects_due",
        "channel",
        "due_at",
        sqlite_where=text("state = 'PENDING'"),
    ),
    Index(
        "ix_effects_subject_sequence",
        "subject",
        "sequence",
        sqlite_where=text("state = 'PENDING'"),
    ),
    Index(
        "ix_effects_settled_at",
        "settled_at",
        sqlite_where=text("settled_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failing_since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)
