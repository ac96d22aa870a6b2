"""What opens the door: sessions, one-time secrets, API keys; counts of failed attempts, known networks."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from store.columns import Instant, metadata, sequence_column, user_reference

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    user_reference(),
    Column("epoch", Integer, nullable=False),
    Column("refresh_n", Integer, nullable=False),
    Column("refreshed_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("address", Text),
    Column("user_agent", Text),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_expires_at", "expires_at"),
    Index(
        "ix_sessions_ended_at",
        "ended_at",
        sqlite_where=text("ended_at IS NOT NULL"),
    ),
)

one_time_secrets = Table(
    "one_time_secrets",
    metadata,
    Column("id", Text, primary_key=True),
    user_reference(),
    Column("epoch", Integer, nullable=False),
    Column("lookup", LargeBinary, nullable=False, unique=True),
    Column("token_digest", LargeBinary, nullable=False),
    Column("code_digest", LargeBinary),
    Column("digest_key", Text, nullable=False),
    Column("code_failures", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("spent_at", Instant),
    Index("ix_one_time_secrets_user_id", "user_id"),
    Index("ix_one_time_secrets_expires_at", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    sequence_column("sequence"),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("digest_key", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("last_used_address", Text),
    Index("ix_api_keys_created_by", "created_by"),
    sqlite_autoincrement=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("subject", LargeBinary),
    Column("network", LargeBinary),
    Column("taken", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("waits_until", Instant, nullable=False),
    Column("kept_until", Instant, nullable=False),
    Index("ix_attempts_subject", "subject"),
    Index("ix_attempts_network", "network", "last_at"),
    Index("ix_attempts_kept_until", "kept_until"),
)

known_networks = Table(
    "known_networks",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    user_reference(),
    Column("seen_at", Instant, nullable=False),
    Index("ix_known_networks_user_id", "user_id"),
    Index("ix_known_networks_seen_at", "seen_at"),
)
