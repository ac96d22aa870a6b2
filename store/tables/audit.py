"""The audit: every event, how far it is sealed, and from where on it is kept."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, text

from store.columns import Instant, metadata, sequence_column

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
    # How many of its kind the line stands for: refusals of who has to wait are counted, a line a minute.
    Column("counted", Integer, nullable=False, server_default=text("1")),
    # The place in the order of commits: null until the sealer has numbered it.
    Column("position", BigInteger),
    # What chains the line to the one before it, and the root key of that; null as long as the position is.
    Column("digest", LargeBinary),
    Column("digest_key", Text),
    Index("ix_events_user_id_sequence", "user_id", "sequence"),
    Index("ix_events_system_id_sequence", "system_id", "sequence"),
    Index("ix_events_position", "position", unique=True),
    Index("ix_events_user_id_position", "user_id", "position"),
    Index(
        "ix_events_unsealed",
        "position",
        "sequence",
        sqlite_where=text("position IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# One row, the chain's head: whoever holds it is the one that seals.
event_seal = Table(
    "event_seal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_position", BigInteger, nullable=False),
    Column("digest", LargeBinary),
    Column("digest_key", Text),
    Column("stamp", LargeBinary),
    Column("stamp_key", Text),
)

# One row: what stands before its position is not looked for. Without a digest the chain begins there.
event_checkpoint = Table(
    "event_checkpoint",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_position", BigInteger, nullable=False),
    Column("digest", LargeBinary),
    Column("digest_key", Text),
    Column("stamp", LargeBinary),
    Column("stamp_key", Text),
)
