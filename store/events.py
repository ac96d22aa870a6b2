"""The audit: what happened, who did it, from where."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from credentials.model import Event, EventKind
from store.tables import events

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_FIELDS = tuple(field.name for field in fields(Event))


def _event_of(row: Row[Any]) -> Event:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Event(**{**values, "kind": EventKind(row.kind)})


_ADD = insert(events)


class Events:
    """The rows of the audit; they are added and never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, **values: Any) -> None:
        """Adds one line."""
        self._connection.execute(_ADD, values)

    def page(
        self, after: int | None, limit: int, *, user_id: str | None = None, system_id: str | None = None
    ) -> list[Event]:
        """Lines, the latest first, from below the number `after`."""
        query = select(events).order_by(events.c.sequence.desc()).limit(limit)
        if after is not None:
            query = query.where(events.c.sequence < after)
        if user_id is not None:
            query = query.where(events.c.user_id == user_id)
        if system_id is not None:
            query = query.where(events.c.system_id == system_id)
        return [_event_of(row) for row in self._connection.execute(query)]
