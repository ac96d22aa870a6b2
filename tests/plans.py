"""What a database says of how it runs a statement: whether it reads a growing table from end to end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import Engine, event

from store.columns import metadata
from store.opening import embedded_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credentials.secret import Secret

Sent = list[tuple[str, tuple[Any, ...]]]
#: They hold one row, one for each channel, or one for each key that an operator ever made.
SMALL = {"channels", "event_checkpoint", "event_seal", "installation", "signing_keys"}
GROWING = {table.name for table in metadata.sorted_tables} - SMALL
#: It holds the administrators only.
FEW = {"ix_users_is_admin"}
#: What a plan is made for; not SQLite's PRAGMAs, nor what Alembic asks PostgreSQL's catalogue.
PLANNED = {"SELECT", "INSERT", "UPDATE", "DELETE"}


@contextmanager
def listening() -> Iterator[Sent]:
    """What is sent to any database while the block runs."""
    sent: Sent = []

    def note(*call: Any) -> None:
        _, _, statement, parameters, _, _ = call
        # Of many rows the first; a list of rows is a list, one statement's values are a tuple.
        sent.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _sqlite_scans(path: str, statement: str, parameters: tuple[Any, ...]) -> list[str]:
    """The lines of SQLite's plan that read a table from end to end; a bounded page of all rows may."""
    connection = sqlite3.connect(path)
    try:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    finally:
        connection.close()
    if "LIMIT" in statement and "WHERE" not in statement and not any("TEMP B-TREE" in line for line in plan):
        return []
    return [line for line in plan if line.startswith("SCAN") and line.split()[1] in GROWING]


def _postgresql_scans(node: dict[str, Any], *, limited: bool = False) -> list[str]:
    """The same of PostgreSQL's: a sequence of all rows, or an index without a condition."""
    kind = node["Node Type"]
    limited = (limited or kind == "Limit") and kind not in {"Sort", "Hash"}
    found = [each for child in node.get("Plans", []) for each in _postgresql_scans(child, limited=limited)]
    reads_all = kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node)
    bounded = (limited and "Filter" not in node) or node.get("Index Name") in FEW
    if reads_all and node.get("Relation Name") in GROWING and not bounded:
        found.append(f"{kind} on {node['Relation Name']}")
    return found


async def scans(url: Secret, sent: dict[str, Sent]) -> dict[str, list[str]]:
    """What reads a growing table from end to end, by the method that sends it."""
    found: dict[str, list[str]] = {name: [] for name in sent}
    path = embedded_path(url)
    if path is not None:
        for name, statements in sent.items():
            for each in statements:
                found[name] += _sqlite_scans(str(path), *each)
        return found
    connection = await asyncpg.connect(url.reveal())
    for name, statements in sent.items():
        for statement, parameters in statements:
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
            found[name] += _postgresql_scans(json.loads(plan)[0]["Plan"])
    await connection.close()
    return found


async def most_rows(url: Secret, sent: Sent) -> float:
    """The most rows that a step of these statements read, run on PostgreSQL."""
    connection = await asyncpg.connect(url.reveal())
    plans = [
        json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *parameters))
        for statement, parameters in sent
    ]
    await connection.close()
    return max(_rows(plan[0]["Plan"]) for plan in plans)


def _rows(node: dict[str, Any]) -> float:
    return max([float(node["Actual Rows"]), *(_rows(child) for child in node.get("Plans", []))])
