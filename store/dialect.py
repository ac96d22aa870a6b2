"""What PostgreSQL and SQLite spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may go on with ON CONFLICT; both dialects offer the same methods."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
