"""Counts of attempts, by keyed digests: reserved before the work, taken back by who was right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from store import attempt_statements as statements
from store.attempt_statements import FREE, FREE_OR_WAITED, WAITED, counting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

#: The failure from which there is a wait, and the longest one: NIST SP 800-63B 3.2.2 asks for a limit of
#: at most 100 failures in a row; a wait of at most an hour leaves an owner who is attacked a way in.
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: Counts are forgotten after a day.
DAY = timedelta(days=1)
#: Names that a network may fail on within an hour, over which it waits: the contract's figures.
NAMES = 30
HOUR = timedelta(hours=1)


class Level(NamedTuple):
    """A count, and the network whose failing names it is one of; both keyed digests.

    Attributes:
        key: The count's own.
        network: None where no names are counted.
        times: How many networks' worth of failures there may be.
    """

    key: bytes
    network: bytes | None = None
    times: int = 1


def wait_after(failures: int, free: int = FREE_FAILURES) -> timedelta:
    """How long to wait after so many failures in a row: nothing, then 30 s doubling up to an hour."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 7)  # 30 s x 2^7 is over an hour
    wait: timedelta = FIRST_WAIT * 2**doublings
    return min(wait, LONGEST_WAIT)


def _spare(level: Level) -> int:
    """How many of a network's failing names are not the one that makes it wait."""
    return level.times * NAMES - 1


class Attempts:
    """The rows of attempts. A key is a keyed digest: what was typed is never stored.

    Whoever counted at several keys gives them back or clears them in the order of counting, so that no two
    transactions wait for each other.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waits(self, levels: Sequence[Level], now: datetime) -> list[datetime | None]:
        """Until when each of these waits, by its own count or its network's names; nothing is counted."""
        values: dict[str, Any] = {"now": now, "since": now - HOUR}
        for number, level in enumerate(levels):
            values |= {f"key{number}": level.key, f"network{number}": level.network}
            values[f"names{number}"] = _spare(level)
        found: list[datetime | None] = [None] * len(levels)
        for row in self._connection.execute(statements.waiting(len(levels)), values):
            until = row.at + HOUR if row.is_name else row.at
            found[row.level] = max(until, found[row.level] or until)
        return found

    def reserve(self, level: Level, now: datetime, subject: bytes | None = None) -> datetime | None:
        """Counts an attempt as failed; a time means that it was not counted: the key waits until then.

        `subject` groups the counts that `clear_subjects` ends together.
        """
        also = {"subject": subject, "network": level.network}
        counted = self._count(WAITED, level.key, now, DAY, **also)
        if counted is None:
            return self._waits_until(level.key)
        # The row is held by the statement before, so the wait belongs to this very count.
        # Where there is none to keep, none is written: another process's clock may be a little behind.
        if wait := wait_after(counted.taken, level.times * FREE_FAILURES):
            self._wait(level.key, now + wait)
        return None

    def reserve_name(self, level: Level, now: datetime) -> datetime | None:
        """Until when a network waits for failing on too many names, read after who else counts one now.

        Nobody else counts one until the transaction ends.
        """
        if level.network is None:
            return None
        self.add(level.network, now, HOUR)
        values = {"of_network": level.network, "since": now - HOUR, "names": _spare(level)}
        oldest: datetime | None = self._connection.execute(statements.OLDEST_NAME, values).scalar()
        return None if oldest is None else oldest + HOUR

    def add(self, key: bytes, now: datetime, window: timedelta) -> int:
        """Counts one more in a window, without a limit, and says how many that makes."""
        counted = self._count(None, key, now, window)
        return 0 if counted is None else counted.taken

    def take(
        self, key: bytes, now: datetime, *, limit: int, window: timedelta, then: timedelta | None = None
    ) -> datetime | None:
        """Takes one of `limit` places in a window; a time means that none was free until then.

        With `then`, beyond the limit one more place comes free each time that long has passed since the last.
        """
        opening = FREE if then is None else FREE_OR_WAITED
        counted = self._count(opening, key, now, window, limit=limit)
        if counted is None:
            return self._waits_until(key)
        self._wait(key, counted.started_at + window if then is None else now + then)
        return None

    def full(self, limits: Sequence[tuple[bytes, int]], now: datetime) -> datetime | None:
        """Until when one of these windows has no place free, each with its limit; nothing is counted."""
        most = dict(limits)
        values = {"keys": list(most), "now": now}
        waiting = self._connection.execute(statements.IN_WINDOW, values)
        return max((row.waits_until for row in waiting if row.taken >= most[row.key]), default=None)

    def taken(self, key: bytes, now: datetime, window: timedelta) -> int:
        """How many places of a window are taken."""
        values = {"of_key": key, "since": now - window}
        return self._connection.execute(statements.TAKEN, values).scalar() or 0

    def give_back(self, keys: Sequence[bytes]) -> None:
        """Takes back an attempt that turned out right, and the wait that it would have brought."""
        if keys:
            self._connection.execute(statements.GIVE_BACK, [{"of_key": key} for key in keys])

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forgets these counts."""
        if keys:
            self._connection.execute(statements.CLEAR, [{"of_key": key} for key in keys])

    def clear_subjects(self, subjects: Sequence[bytes]) -> None:
        """Forgets every network's count for these subjects."""
        values = {"subjects": list(subjects)}
        self.clear(list(self._connection.execute(statements.OF_SUBJECTS, values).scalars()))

    def _count(
        self,
        opening: ColumnElement[bool] | None,
        key: bytes,
        now: datetime,
        window: timedelta,
        **values: Any,
    ) -> Row[Any] | None:
        values |= {"new_key": key, "now": now, "begun": now - window, "until": now + max(window, DAY)}
        statement = counting(self._connection.dialect.name, opening)
        defaults = {"subject": None, "network": None}
        return self._connection.execute(statement, {**defaults, **values}).one_or_none()

    def _wait(self, key: bytes, until: datetime) -> None:
        self._connection.execute(statements.WAIT, {"of_key": key, "until": until})

    def _waits_until(self, key: bytes) -> datetime:
        until: datetime = self._connection.execute(statements.WAITS_UNTIL, {"of_key": key}).scalar_one()
        return until
