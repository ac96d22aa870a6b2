"""No statement's cost grows with a table: what each method of each repository sends is explained, on both."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    Boolean,
    Double,
    Integer,
    LargeBinary,
    insert,
    text,
)

from credentials.kinds import EffectState, Role
from store.columns import Instant, JsonText, metadata
from store.opening import open_store
from store.tables import login_names
from store.unit_of_work import Unit
from tests.chance import START
from tests.direct import direct
from tests.plans import GROWING, PLANNED, listening, most_rows, scans
from tests.repository_calls import CALLS, CONSTANT, PENDING_EVERY, ROWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Column, Connection

    from credentials.secret import Secret
    from tests.plans import Sent

pytestmark = pytest.mark.anyio


#: Methods that ask an embedded database nothing.
SILENT = {"condition.server"}


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
    if connection.dialect.name == "postgresql":  # there autovacuum does; on SQLite nothing ever does
        connection.execute(text("ANALYZE"))


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
        with listening() as sent:
            await store.write(call)
        found[name] = [each for each in sent if each[0].split()[0] in PLANNED]
        assert found[name] or name in SILENT, name
    await store.close()
    return found


async def test_no_method_reads_a_growing_table_from_end_to_end(database_url: Secret) -> None:
    """On 2,000 rows in each table, with the statistics that a database makes by itself: SQLite has none.

    Planted: an index dropped; seen to fail for sessions, effects, names.
    """
    found = await scans(database_url, await _sent(database_url))
    assert {name: lines for name, lines in found.items() if lines} == {}


async def test_a_scan_would_be_seen(database_url: Secret) -> None:
    """The explainers know a search without an index, and one whose bound comes after a sort."""
    sent: dict[str, Sent] = {
        "filter": [("SELECT id FROM users WHERE created_at < 1 LIMIT 9", ())],
        "sort": [("SELECT id FROM users ORDER BY created_at LIMIT 9", ())],
        "bounded": [("SELECT id FROM users LIMIT 9", ())],
        "small": [("SELECT * FROM installation", ())],
    }
    found = await scans(database_url, sent)
    assert [name for name, each in found.items() if each] == ["filter", "sort"]


def _add_names(connection: Connection) -> None:
    names = [f"z{number}" for number in range(100)]
    rows = [{"name_key": name, "skeleton": name, "user_id": "id1"} for name in names]
    connection.execute(insert(login_names), rows)


def _look_for(unit: Unit, name: str) -> None:
    assert unit.users.by_login(name) is None or name == "z50"


async def test_a_name_is_found_by_one_row_where_statistics_are_old(
    databases: Callable[[str], AbstractContextManager[Secret]],
) -> None:
    """PostgreSQL: after many new names that it does not know of. Planted: their `min`; seen to fail."""
    with databases("postgresql") as url:
        await direct(url, _fill)
        await direct(url, _add_names)
        store = open_store(url)
        for name in ("z", "z50", "zz"):
            with listening() as sent:
                await store.read(_look_for, name)
            found = [each for each in sent if each[0].split()[0] in PLANNED]
            assert await most_rows(url, found) == 1, name
        await store.close()
