"""What nobody needs any more goes, a bounded number of rows at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from credentials.model import EffectState
from store.attempts import DAY
from store.known_networks import KNOWN_FOR
from store.tables import attempts, effects, known_networks, one_time_secrets, sessions, wishes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection

    from store.unit_of_work import Unit

#: Rows of one kind that one call takes, so that no transaction grows with a table: some milliseconds' work.
CHUNK = 1000
#: Sessions stay readable for a while after their end, for who asks what happened.
SESSIONS_KEPT = timedelta(days=7)
#: A repeated letter must find its secret; the relay gives a letter up after a day.
SECRETS_KEPT = DAY
#: A letter that failed can be tried again while its wish is there; its token would not live longer.
WISHES_KEPT = DAY
#: Settled effects are what an operator looks at when a mail did not come.
EFFECTS_KEPT = timedelta(days=30)


class Leftovers:
    """Deletes rows that are over, the oldest first, at most `CHUNK`, and says how many."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def attempts(self, now: datetime) -> int:
        """Counts that no window looks back to: most go a day after they were begun."""
        return self._delete(attempts.c.key, attempts.c.kept_until, now)

    def known_networks(self, now: datetime) -> int:
        """Networks that signed nobody in for ninety days."""
        return self._delete(known_networks.c.digest, known_networks.c.seen_at, now - KNOWN_FOR)

    def sessions(self, now: datetime) -> int:
        """Sessions that expired or were ended over seven days ago; the greater number."""
        expired = self._delete(sessions.c.id, sessions.c.expires_at, now - SESSIONS_KEPT)
        return max(expired, self._delete(sessions.c.id, sessions.c.ended_at, now - SESSIONS_KEPT))

    def one_time_secrets(self, now: datetime) -> int:
        """Secrets that expired over a day ago; a spent one goes when it would have expired."""
        return self._delete(one_time_secrets.c.id, one_time_secrets.c.expires_at, now - SECRETS_KEPT)

    def wishes(self, now: datetime) -> int:
        """Wishes over a day old that no pending effect waits for.

        Pending ones among the oldest are passed over, not waited for; the relay gives them up in time.
        """
        waits = select(1).where(effects.c.id == wishes.c.id, effects.c.state == EffectState.PENDING).exists()
        return self._delete(wishes.c.id, wishes.c.created_at, now - WISHES_KEPT, ~waits)

    def effects(self, now: datetime) -> int:
        """Effects that were settled over thirty days ago."""
        return self._delete(effects.c.sequence, effects.c.settled_at, now - EFFECTS_KEPT)

    def _delete(
        self, key: Column[Any], time: Column[datetime], before: datetime, *also: ColumnElement[bool]
    ) -> int:
        # Two sweepers at once: the second leaves to the first what that one holds.
        over = (
            select(key)
            .where(time < before, *also)
            .order_by(time)
            .limit(CHUNK)
            .with_for_update(skip_locked=True)
        )
        return self._connection.execute(delete(key.table).where(key.in_(over))).rowcount


#: What is looked through, each kind in a transaction of its own.
KINDS = (
    Leftovers.attempts,
    Leftovers.known_networks,
    Leftovers.sessions,
    Leftovers.one_time_secrets,
    Leftovers.wishes,
    Leftovers.effects,
)


def sweep(unit: Unit, kind: Callable[[Leftovers, datetime], int], now: datetime) -> bool:
    """Deletes what is over of one kind, at most `CHUNK` rows; True: there may be more."""
    return kind(unit.leftovers, now) >= CHUNK
