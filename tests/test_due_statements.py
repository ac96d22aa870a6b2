"""store/due_statements.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from credentials.kinds import ChannelName
from credentials.secret import Secret
from store.due_effects import DueEffects
from store.opening import upgrade
from store.sqlite import sqlite_engine
from tests.chance import START

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def _plan(connection: Connection) -> list[str]:
    """How SQLite finds the rows of a look and a claim."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        sent.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    due = DueEffects(connection)
    due.channels(START)
    due.claim(ChannelName.MAIL, "mine", now=START, until=START, limit=1, busy=["somebody"])
    due.park(ChannelName.MAIL, now=START, busy=["somebody"])
    event.remove(connection, "before_cursor_execute", note)
    explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in sent]
    return [row.detail for rows in explained for row in rows]


def test_due_effects_are_found_by_an_index(tmp_path: Path) -> None:
    """However many were delivered, an idle look costs nothing. Planted: the index dropped; seen to fail."""
    path = tmp_path / "rekey.db"
    upgrade(Secret(f"sqlite:///{path}"))
    with sqlite_engine(path, writing=True).begin() as connection:
        plan = _plan(connection)
    assert "SEARCH effects USING INDEX ix_effects_due (channel=? AND due_at<?)" in plan
    assert [step for step in plan if step.startswith("SCAN effects")] == []
