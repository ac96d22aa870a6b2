"""What the world is told, and what is kept of it: wishes, effects, and the audit."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, text

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
    Index("ix_effects_state_sequence", "state", "sequence"),
    Index(
        "ix_effects_due",
        "due_at",
        sqlite_where=text("state = 'PENDING'"),
        postgresql_where=text("state = 'PENDING'"),
    ),
    Index(
        "ix_effects_subject_sequence",
        "subject",
        "sequence",
        sqlite_where=text("state = 'PENDING'"),
        postgresql_where=text("state = 'PENDING'"),
    ),
    Index(
        "ix_effects_settled_at",
        "settled_at",
        sqlite_where=text("settled_at IS NOT NULL"),
        postgresql_where=text("settled_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    sequence_column("sequence"),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("code", Text),
    Column("actor", Text, nullable=False),
    Column("user_id", Text),
    Column("system_id", Text),
    Column("api_key_id", Text),
    Column("address", Text),
    Column("user_agent", Text),
    Column("request_id", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Index("ix_events_user_id_sequence", "user_id", "sequence"),
    Index("ix_events_system_id_sequence", "system_id", "sequence"),
    sqlite_autoincrement=True,
)
