"""The installation itself: its check value and its signing keys."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, Text

from store.columns import Instant, metadata

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("root_key_id", Text, nullable=False),
    Column("check_value", Text, nullable=False),
    Column("had_user", Boolean, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
