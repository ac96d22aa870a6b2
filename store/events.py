"""The audit: what happened, who did it, from where, and in which order it was committed."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from credentials.audit_chain import Kept, Mark
from credentials.model import Event, EventKind
from store.event_chain import kept_of, values_of
from store.tables import event_seal, events

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from credentials.audit_chain import AuditChain

_FIELDS = tuple(field.name for field in fields(Event))


def _event_of(row: Row[Any]) -> Event:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Event(**{**values, "kind": EventKind(row.kind)})


_ADD = insert(events)
_LINES = select(*(events.c[name] for name in _FIELDS))
# In the order of the index that holds only these rows.
_UNSEALED = _LINES.where(events.c.position.is_(None)).order_by(events.c.position, events.c.sequence)
_NEXT_UNSEALED = _UNSEALED.limit(1)
_LAST = select(func.max(events.c.position))
# PostgreSQL: whoever holds the row seals. On SQLite the transaction itself is the lock.
_SEAL = select(event_seal).with_for_update(skip_locked=True)
_NUMBER = update(events).where(events.c.sequence == bindparam("of_event"))


class Events:
    """The rows of the audit; they are added, then numbered once, and never changed otherwise.

    `sequence` is the order in which rows were written. On PostgreSQL one that was written first may be
    committed last, and a reader who goes by it would miss that one. `position` is given after the commit.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: Whether this transaction added one.
        self.wrote = False
        #: Whether this transaction gave positions.
        self.sealed = False

    def add(self, **values: Any) -> None:
        """Adds one line."""
        self.wrote = True
        self._connection.execute(_ADD, values)

    def page(
        self, after: int | None, limit: int, *, user_id: str | None = None, system_id: str | None = None
    ) -> list[Event]:
        """Lines, the latest first, from below the number `after`."""
        query = _LINES.order_by(events.c.sequence.desc()).limit(limit)
        if after is not None:
            query = query.where(events.c.sequence < after)
        if user_id is not None:
            query = query.where(events.c.user_id == user_id)
        if system_id is not None:
            query = query.where(events.c.system_id == system_id)
        return [_event_of(row) for row in self._connection.execute(query)]

    def is_unsealed(self) -> bool:
        """Whether some line has no position yet: cheap enough to be asked all the time."""
        return self._connection.execute(_NEXT_UNSEALED).first() is not None

    def seal(self, limit: int, chain: AuditChain) -> list[Event]:
        """Numbers the oldest lines that have no position, chains them to those before, and gives them.

        Positions have no gaps and become visible in their order: of several sealers one holds the seal
        until its commit. Where another has it, nothing is sealed here.
        """
        row = self._connection.execute(_SEAL).one_or_none()
        found = (
            []
            if row is None
            else [_event_of(each) for each in self._connection.execute(_UNSEALED.limit(limit))]
        )
        if row is None or not found:
            return []
        link = chain.resume(kept_of(row))
        sealed, numbers = list[Event](), list[dict[str, Any]]()
        for each in found:
            event = replace(each, position=link.position + 1)
            link = chain.follow(link, event)
            sealed.append(event)
            numbers.append(
                {
                    "of_event": event.sequence,
                    "position": link.position,
                    "digest": link.digest,
                    "digest_key": link.key_id,
                }
            )
        self._connection.execute(_NUMBER, numbers)
        head = Kept(link, chain.stamp(Mark.HEAD, link))
        self._connection.execute(update(event_seal).values(values_of(head)))
        self.sealed = True
        return sealed

    def after(self, position: int, limit: int, *, user_id: str | None = None) -> list[tuple[int, Event]]:
        """Sealed lines with their positions, in that order, from beyond a position; of one user, or all."""
        query = _LINES.where(events.c.position > position).order_by(events.c.position).limit(limit)
        if user_id is not None:
            query = query.where(events.c.user_id == user_id)
        return [(row.position, _event_of(row)) for row in self._connection.execute(query)]

    def last_position(self) -> int:
        """The position that was given last; 0 where none was."""
        return self._connection.execute(_LAST).scalar_one() or 0
