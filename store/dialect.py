"""What PostgreSQL and SQLite spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects import postgresql


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may go on with ON CONFLICT; both dialects offer the same methods."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  megabytes that SQLite does not need

        return postgresql.insert(table)
    return sqlite.insert(table)
