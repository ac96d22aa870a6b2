"""Tables without their indices while they are filled: to sort once is a third of the work of sorting in.

An index that is made of many rows at once is packed; one that grew with them is about two thirds full. A
figure of what a user takes on the disk is a little low for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from store.columns import metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row, Table


class _SqliteIndex(NamedTuple):
    name: str
    table: str
    columns: tuple[str, ...]
    statement: str | None  # None: it comes with the table


class SqliteIndices:
    """SQLite's, whose constraints cannot be dropped.

    A table is made again without them, and written down in the schema as it was once the indices are there.

    Args:
        connection: to the file, alone, outside a transaction.
        tables: empty ones.
    """

    def __init__(self, connection: Connection, tables: Iterable[Table]) -> None:
        self._connection = connection
        self._names = [table.name for table in tables]
        self._tables: dict[str, str] = {}
        self._indices: list[_SqliteIndex] = []

    def __len__(self) -> int:
        """How many indices were taken away."""
        return len(self._indices)

    def drop(self) -> None:
        """Takes them away."""
        for name in self._names:
            (row,) = self._rows("SELECT sql FROM sqlite_master WHERE name = ?", name)
            self._tables[name] = row.sql
            self._indices += self._of(name)
            columns = [
                f"{row.name} {row.type}{' PRIMARY KEY AUTOINCREMENT' * (row.pk and row.type == 'INTEGER')}"
                for row in self._rows(f"PRAGMA table_info({name})")
            ]
            self._do(f"DROP TABLE {name}")
            self._do(f"CREATE TABLE {name} ({', '.join(columns)})")

    def _of(self, table: str) -> list[_SqliteIndex]:
        found = self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", table)
        return [
            _SqliteIndex(
                each.name,
                table,
                # An expression has no name there; it comes with no table, so its own statement makes it.
                tuple(row.name or "" for row in self._rows(f"PRAGMA index_info({each.name})")),
                each.sql,
            )
            for each in found
        ]

    def make(self) -> Iterator[str]:
        """Makes them again, one at a time."""
        for name, table, columns, statement in self._indices:
            self._do(statement or f"CREATE UNIQUE INDEX made_{name} ON {table} ({', '.join(columns)})")
            yield name
        self._do("PRAGMA writable_schema = on")
        for name, _, _, statement in self._indices:
            if statement is None:
                self._do("UPDATE sqlite_master SET name = ?, sql = NULL WHERE name = ?", name, f"made_{name}")
        for name, sql in self._tables.items():
            self._do("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", sql, name)
        self._do("PRAGMA writable_schema = reset")

    def _rows(self, statement: str, *values: str) -> list[Row[Any]]:
        return list(self._connection.exec_driver_sql(statement, values))

    def _do(self, statement: str, *values: str) -> None:
        self._connection.exec_driver_sql(statement, values)


class PostgresqlIndices:
    """Constraints and indices of tables, but for the keys that only grow.

    Args:
        connection: in a transaction.
        tables: empty ones.
    """

    def __init__(self, connection: Connection, tables: Iterable[Table]) -> None:
        self._connection = connection
        tables = list(tables)
        constraints = [
            each
            for table in tables
            for each in table.constraints
            if isinstance(each, UniqueConstraint)
            or (each is table.primary_key and table.autoincrement_column is None)
        ]
        # Other tables refer to what is unique in these.
        foreign = [
            each
            for table in metadata.sorted_tables
            for each in table.constraints
            if isinstance(each, ForeignKeyConstraint)
        ]
        indices = [each for table in tables for each in table.indexes]
        #: In the order in which they can be made.
        self._all = [*constraints, *indices, *foreign]

    def __len__(self) -> int:
        """How many indices and constraints were taken away."""
        return len(self._all)

    def drop(self) -> None:
        """Takes them away."""
        for each in reversed(self._all):
            self._connection.execute(DropIndex(each) if isinstance(each, Index) else DropConstraint(each))

    def make(self) -> Iterator[str]:
        """Makes them again, one at a time."""
        for each in self._all:
            self._connection.execute(CreateIndex(each) if isinstance(each, Index) else AddConstraint(each))
            yield str(each.name)
