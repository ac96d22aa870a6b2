"""An installation is filled with any number of users, in batches and with a bar that shows how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from benchmarks.indices import PostgresqlIndices, SqliteIndices
from benchmarks.made_history import history_rows
from benchmarks.made_rows import check
from benchmarks.made_users import user_rows
from store.columns import metadata
from store.opening import embedded_path
from store.postgresql import connect, postgresql_engine

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from benchmarks.made_rows import Given, Rows
    from credentials.secret import Secret

#: Users of one statement. A transaction of so many rows is some ten megabytes.
BATCH = 100_000
#: What makes bulk loading quick; a crash would spoil the file, which is then made anew. 256 MiB to sort in.
PRAGMAS = (
    *("journal_mode = off", "synchronous = off", "locking_mode = exclusive"),
    *("cache_size = -262144", "threads = 2"),
)


def fill(url: Secret, given: Given) -> None:
    """Fills an installation that never had a user; call it outside any event loop."""
    path = embedded_path(url)
    if path is not None:
        _fill_sqlite(path, given)
    else:
        asyncio.run(_fill_postgresql(url, given))


def _fill_sqlite(path: Path, given: Given) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        for pragma in PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        rows = [*user_rows("sqlite", given), *history_rows("sqlite", given)]
        _fill(connection, given, rows, SqliteIndices(connection, _tables(rows)))
        connection.commit()
        connection.exec_driver_sql("PRAGMA locking_mode = normal")
        connection.exec_driver_sql("PRAGMA journal_mode = wal")


async def _fill_postgresql(url: Secret, given: Given) -> None:
    engine = postgresql_engine(url, command_timeout=None)

    def run(connection: Connection) -> None:
        rows = [*user_rows("postgresql", given), *history_rows("postgresql", given)]
        _fill(connection, given, rows, PostgresqlIndices(connection, _tables(rows)))

    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()
    # What autovacuum does in time: statistics, and which pages an index alone can answer for.
    cleaning = await connect(url, command_timeout=None)
    await cleaning.execute("VACUUM ANALYZE")
    await cleaning.close()


def _tables(rows: list[Rows]) -> list[Table]:
    return [metadata.tables[name] for name in dict.fromkeys(each.table for each in rows)]


def _fill(
    connection: Connection, given: Given, rows: list[Rows], indices: SqliteIndices | PostgresqlIndices
) -> None:
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        indices.drop()
        task = progress.add_task("", total=len(rows) * given.size)
        for each in rows:
            check(each)
            progress.update(task, description=f"{given.size:,} users: {each.table}")
            for first in range(1, given.size + 1, BATCH):
                last = min(given.size, first + BATCH - 1)
                connection.exec_driver_sql(_statement(each, first, last))
                progress.advance(task, last - first + 1)
        task = progress.add_task("", total=len(indices))
        for name in indices.make():
            progress.update(task, advance=1, description=name)
    last = sum(each.table == "events" for each in rows) * given.size
    for table in ("event_seal", "event_checkpoint"):  # the chain begins behind these lines
        connection.exec_driver_sql(f"UPDATE {table} SET last_position = {last}")  # noqa: S608  ours
    connection.exec_driver_sql("UPDATE installation SET had_user = TRUE")


def _statement(rows: Rows, first: int, last: int) -> str:
    names, values = ", ".join(rows.columns), ", ".join(rows.columns.values())
    insert = f"INSERT INTO {rows.table} ({names})"
    if rows.table == "users":
        begin, next_ = f"SELECT CAST({first} AS BIGINT)", f"SELECT n + 1 FROM numbers WHERE n < {last}"  # noqa: S608  ours
        numbers = f"WITH RECURSIVE numbers(n) AS ({begin} UNION ALL {next_})"
        return f"{insert} {numbers} SELECT {values} FROM numbers"  # noqa: S608  ours
    chosen = f"u.system_user_id BETWEEN {first} AND {last} AND u.system_user_id % {rows.every} = 0"
    return f"{insert} SELECT {values} FROM users u WHERE {chosen} ORDER BY u.system_user_id"  # noqa: S608  ours
