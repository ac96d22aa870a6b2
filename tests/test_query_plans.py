"""No statement's cost grows with a table: what each method of each repository sends is explained, on both."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy import (
    Boolean,
    Double,
    Engine,
    Integer,
    LargeBinary,
    event,
    insert,
    text,
)

from credentials.kinds import EffectState, Role
from store.columns import Instant, JsonText, metadata
from store.opening import embedded_path, open_store
from store.unit_of_work import Unit
from tests.chance import START
from tests.direct import direct
from tests.repository_calls import CALLS, CONSTANT, PENDING_EVERY, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection

    from credentials.secret import Secret

pytestmark = pytest.mark.anyio

Sent = list[tuple[str, tuple[Any, ...]]]
#: They hold one row, one for each channel, or one for each key that an operator ever made.
SMALL = {"channels", "event_checkpoint", "event_seal", "installation", "signing_keys"}
GROWING = {table.name for table in metadata.sorted_tables} - SMALL
#: It holds the administrators only.
FEW = {"ix_users_is_admin"}
#: What a plan is made for; not SQLite's PRAGMAs, nor what Alembic asks PostgreSQL's catalogue.
PLANNED = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def _repositories() -> dict[str, set[str]]:
    """The public methods of each repository, by its name on the unit."""
    found = {}
    for name, member in vars(Unit).items():
        if isinstance(member, cached_property):
            methods = vars(type(getattr(Unit(None), name)))  # type: ignore[arg-type]  # nothing is sent
            found[name] = {each for each in methods if not each.startswith("_")}
    return found


def _value(column: Column[Any], number: int) -> Any:  # noqa: ANN401  whatever the column holds
    for name in (f"{column.table.name}.{column.name}", column.name):
        if name in CONSTANT:
            return CONSTANT[name]
    if column.name == "state":
        return EffectState.DELIVERED if number % PENDING_EVERY else EffectState.PENDING
    if column.name == "position":
        # Below what the seal gives next, and a few that it has not come to.
        return -number if number < ROWS - 9 else None
    if column.name == "is_admin":
        return number == 1
    kinds: list[tuple[type[Any], Any]] = [
        (Instant, START + timedelta(seconds=number)),
        (JsonText, [Role.USER] if column.name == "roles" else {}),
        (Boolean, False),
        (Integer, number),
        (Double, 0.5),
        (LargeBinary, f"{column.name}{number}".encode()),
    ]
    name = "id" if column.name in {"user_id", "system_id"} else column.name
    return next((value for kind, value in kinds if isinstance(column.type, kind)), f"{name}{number}")


def _fill(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if table.name in GROWING:
            columns = [c for c in table.c if c is not table.autoincrement_column]
            rows = [{c.name: _value(c, n) for c in columns} for n in range(1, ROWS + 1)]
            connection.execute(insert(table), rows)
    connection.execute(text("ANALYZE"))


@contextmanager
def _listening() -> Iterator[Sent]:
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


def test_every_method_of_every_repository_is_called_here() -> None:
    """A new method without a call fails; so its plan is looked at."""
    methods = {f"{name}.{method}" for name, all_ in _repositories().items() for method in all_}
    assert set(CALLS) == methods


async def _sent(url: Secret) -> dict[str, Sent]:
    """What each method sends, on filled tables."""
    await direct(url, _fill)
    store = open_store(url)
    found = {}
    for name, call in CALLS.items():
        with _listening() as sent:
            await store.write(call)
        found[name] = [each for each in sent if each[0].split()[0] in PLANNED]
        assert found[name], name
    await store.close()
    return found


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


async def _scans(url: Secret, sent: dict[str, Sent]) -> dict[str, list[str]]:
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


async def test_no_method_reads_a_growing_table_from_end_to_end(database_url: Secret) -> None:
    """On 2,000 rows in each table. Planted: an index dropped; seen to fail for sessions, effects, names."""
    scans = await _scans(database_url, await _sent(database_url))
    assert {name: found for name, found in scans.items() if found} == {}


async def test_a_scan_would_be_seen(database_url: Secret) -> None:
    """The explainers know a search without an index, and one whose bound comes after a sort."""
    sent: dict[str, Sent] = {
        "filter": [("SELECT id FROM users WHERE created_at < 1 LIMIT 9", ())],
        "sort": [("SELECT id FROM users ORDER BY created_at LIMIT 9", ())],
        "bounded": [("SELECT id FROM users LIMIT 9", ())],
        "small": [("SELECT * FROM installation", ())],
    }
    found = await _scans(database_url, sent)
    assert [name for name, each in found.items() if each] == ["filter", "sort"]
