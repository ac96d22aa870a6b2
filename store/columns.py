"""The columns that tables are made of: times, JSON, names compared by their bytes, growing numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970: the same and sortable everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        del dialect
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        del dialect
        return None if value is None else EPOCH + value * MICROSECOND


class JsonText(TypeDecorator[Any]):
    """A JSON value kept as its text: neither database looks inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ANN401  any JSON value
        """To text."""
        del dialect
        return orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401  any JSON value
        """From text."""
        del dialect
        return None if value is None else orjson.loads(value)


# PostgreSQL sorts text by its locale unless told; SQLite knows no collation "C" and sorts by bytes anyway.
ByteText = Text().with_variant(Text(collation="C"), "postgresql")


def sequence_column(name: str) -> Column[int]:
    """A number that grows and is never used again (AUTOINCREMENT, or an identity)."""
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, Identity(), primary_key=True, autoincrement=True)


def user_reference(*, nullable: bool = False, deferred: bool = False) -> Column[str]:
    """A row that goes when its user does; deferred, it may be claimed before its user is there."""
    key = ForeignKey(
        "users.id",
        ondelete="CASCADE",
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )
    return Column("user_id", Text, key, nullable=nullable)
