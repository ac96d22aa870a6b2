"""Counts of attempts, by keyed digests: reserved before the work, taken back by who was right."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, literal, or_, select, update

from store.columns import EPOCH, Instant
from store.dialect import upsert
from store.tables import attempts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Executable, Row

#: The failure from which there is a wait, and the longest one: NIST SP 800-63B 3.2.2 asks for a limit of
#: at most 100 failures in a row; a wait of at most an hour leaves an owner who is attacked a way in.
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: Counts are forgotten after a day.
DAY = timedelta(days=1)


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: nothing, then 30 s doubling up to an hour."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 7)  # 30 s x 2^7 is over an hour
    wait: timedelta = FIRST_WAIT * 2**doublings
    return min(wait, LONGEST_WAIT)


_NOW = bindparam("now", type_=Instant)
_FREE = attempts.c.taken < bindparam("limit")
_WAITED = attempts.c.waits_until <= _NOW
_FREE_OR_WAITED = or_(_FREE, _WAITED)
_CLEAR = delete(attempts).where(attempts.c.key.in_(bindparam("keys", expanding=True)))


@cache  # building it takes ten times as long as running it
def _counting(dialect: str, opening: ColumnElement[bool]) -> Executable:
    over = attempts.c.started_at <= bindparam("begun", type_=Instant)
    return (
        upsert(dialect, attempts)
        .values(
            key=bindparam("new_key"),
            subject=bindparam("subject"),
            taken=1,
            started_at=_NOW,
            waits_until=EPOCH,
        )
        .on_conflict_do_update(
            index_elements=[attempts.c.key],
            set_={
                "taken": case((over, 1), else_=attempts.c.taken + 1),
                "started_at": case((over, _NOW), else_=attempts.c.started_at),
                "waits_until": case((over, literal(EPOCH, Instant)), else_=attempts.c.waits_until),
            },
            where=or_(over, opening),
        )
        .returning(attempts.c.taken, attempts.c.started_at)
    )


class Attempts:
    """The rows of attempts. A key is a keyed digest: what was typed is never stored."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reserve(self, key: bytes, now: datetime, subject: bytes | None = None) -> datetime | None:
        """Counts an attempt as failed; a time means that it was not counted: `key` waits until then.

        `subject` groups the counts that `clear` ends together.
        """
        counted = self._count(_WAITED, key, now, DAY, subject=subject)
        if counted is None:
            return self._waits_until(key)
        # The row is held by the statement before, so the wait belongs to this very count.
        # Where there is none to keep, none is written: another process's clock may be a little behind.
        if wait := wait_after(counted.taken):
            self._wait(key, now + wait)
        return None

    def take(
        self, key: bytes, now: datetime, *, limit: int, window: timedelta, then: timedelta | None = None
    ) -> datetime | None:
        """Takes one of `limit` places in a window; a time means that none was free until then.

        With `then`, beyond the limit one more place comes free each time that long has passed since the last.
        """
        opening = _FREE if then is None else _FREE_OR_WAITED
        counted = self._count(opening, key, now, window, limit=limit)
        if counted is None:
            return self._waits_until(key)
        self._wait(key, counted.started_at + window if then is None else now + then)
        return None

    def taken(self, key: bytes, now: datetime, window: timedelta) -> int:
        """How many places of a window are taken."""
        query = select(attempts.c.taken).where(attempts.c.key == key, attempts.c.started_at > now - window)
        return self._connection.execute(query).scalar_one_or_none() or 0

    def give_back(self, keys: Sequence[bytes]) -> None:
        """Takes back an attempt that turned out right, and the wait that it would have brought."""
        self._connection.execute(
            update(attempts)
            .where(attempts.c.key.in_(keys), attempts.c.taken > 0)
            .values(taken=attempts.c.taken - 1, waits_until=EPOCH)
        )

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forgets these counts."""
        self._connection.execute(_CLEAR, {"keys": list(keys)})

    def clear_subjects(self, subjects: Sequence[bytes]) -> None:
        """Forgets every network's count for these subjects."""
        self._connection.execute(delete(attempts).where(attempts.c.subject.in_(subjects)))

    def _count(
        self, opening: ColumnElement[bool], key: bytes, now: datetime, window: timedelta, **values: Any
    ) -> Row[Any] | None:
        values |= {"new_key": key, "now": now, "begun": now - window}
        statement = _counting(self._connection.dialect.name, opening)
        return self._connection.execute(statement, {"subject": None, **values}).one_or_none()

    def _wait(self, key: bytes, until: datetime) -> None:
        self._connection.execute(update(attempts).where(attempts.c.key == key).values(waits_until=until))

    def _waits_until(self, key: bytes) -> datetime:
        query = select(attempts.c.waits_until).where(attempts.c.key == key)
        until: datetime = self._connection.execute(query).scalar_one()
        return until
