"""Sessions: begun with the epoch that was read before hashing, dead with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from credentials.model import Session, User
from store.tables import sessions, users
from store.users import user_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


def _session_of(row: Row[Any]) -> Session:
    return Session(**{column.name: getattr(row, column.name) for column in sessions.c})


_WITH_USER = select(*users.c, *(c.label(f"session_{c.name}") for c in sessions.c)).join(
    sessions, sessions.c.user_id == users.c.id
)

_BY_ID = _WITH_USER.where(sessions.c.id == bindparam("session_id"))
_HOLDER = (
    select(users.c.id)
    .where(users.c.id == bindparam("of_user"), users.c.epoch == bindparam("of_epoch"), ~users.c.is_disabled)
    # PostgreSQL: a change that is under way is waited for, and a later one waits for the new session.
    .with_for_update(read=True)
)
#: Rows that one statement ends, so that none is cut off for taking long: some milliseconds' work.
PIECE = 500
_ADD = insert(sessions)
_NOW = bindparam("now", type_=sessions.c.ended_at.type)
_LIVE = (sessions.c.ended_at.is_(None), sessions.c.expires_at > _NOW)
_LIVE_OF_EPOCH = (
    sessions.c.user_id == bindparam("of_user"),
    sessions.c.epoch == bindparam("of_epoch"),
    *_LIVE,
)
_SOME = select(sessions.c.id).where(*_LIVE_OF_EPOCH).limit(PIECE)
_END_SOME = update(sessions).where(sessions.c.id.in_(_SOME), *_LIVE_OF_EPOCH).values(ended_at=_NOW)
_COUNT = select(func.count()).select_from(sessions).where(*_LIVE_OF_EPOCH)
_FROM = sessions.c.id > bindparam("after")
_LAST = select(sessions.c.id).where(_FROM).order_by(sessions.c.id).offset(PIECE - 1).limit(1)
_END_REST = update(sessions).where(_FROM, *_LIVE).values(ended_at=_NOW)
_END_PIECE = _END_REST.where(sessions.c.id <= bindparam("last"))


class Sessions:
    """The rows of sessions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, session: Session) -> bool:
        """Adds a session where its user still has the epoch that was read; False: the user changed since."""
        values = {"of_user": session.user_id, "of_epoch": session.epoch}
        if self._connection.execute(_HOLDER, values).one_or_none() is None:
            return False
        self._connection.execute(_ADD, {column.name: getattr(session, column.name) for column in sessions.c})
        return True

    def with_user(self, session_id: str) -> tuple[Session, User] | None:
        """A session and its user as they are now, in one statement; `is_alive` says whether it speaks."""
        row = self._connection.execute(_BY_ID, {"session_id": session_id}).one_or_none()
        if row is None:
            return None
        session = Session(**{c.name: getattr(row, f"session_{c.name}") for c in sessions.c})
        return session, user_of(row)

    def of_users(self, user_ids: Sequence[str], now: datetime) -> list[Session]:
        """The live sessions of these users, the oldest first."""
        query = (
            select(sessions)
            .join(users, users.c.id == sessions.c.user_id)
            .where(
                sessions.c.user_id.in_(user_ids),
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.epoch == users.c.epoch,
            )
            .order_by(sessions.c.created_at, sessions.c.id)
        )
        return [_session_of(row) for row in self._connection.execute(query)]

    def alive(self, session_ids: Sequence[str], now: datetime) -> set[str]:
        """Which of these still speak for their users, by the rule of `is_alive`, in one statement."""
        query = (
            select(sessions.c.id)
            .join(users, users.c.id == sessions.c.user_id)
            .where(
                sessions.c.id.in_(session_ids),
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.epoch == users.c.epoch,
                ~users.c.is_disabled,
            )
        )
        return set(self._connection.execute(query).scalars())

    def rotate(self, session: Session, *, at: datetime, expires_at: datetime) -> bool:
        """Spends refresh number `n` for `n + 1`; False: another request did, or the session is dead."""
        epoch = select(users.c.epoch).where(users.c.id == sessions.c.user_id).scalar_subquery()
        spent = self._connection.execute(
            update(sessions)
            .where(
                sessions.c.id == session.id,
                sessions.c.refresh_n == session.refresh_n,
                sessions.c.ended_at.is_(None),
                sessions.c.epoch == epoch,
            )
            .values(refresh_n=session.refresh_n + 1, refreshed_at=at, expires_at=expires_at)
        )
        return spent.rowcount == 1

    def end(self, session_id: str, user_id: str, now: datetime) -> bool:
        """Ends one live session of this user; False: there is none with this id."""
        ended = self._connection.execute(
            update(sessions)
            .where(
                sessions.c.id == session_id,
                sessions.c.user_id == user_id,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > now,
            )
            .values(ended_at=now)
        )
        return ended.rowcount == 1

    def end_all(self, user_id: str, epoch: int, now: datetime) -> int:
        """Ends the sessions that were alive in this epoch, which has turned, and says how many.

        Where there are very many only `PIECE` rows say so; the others died with the epoch.
        """
        values = {"of_user": user_id, "of_epoch": epoch, "now": now}
        ended = self._connection.execute(_END_SOME, values).rowcount
        if ended == PIECE:
            ended += self._connection.execute(_COUNT, values).scalar_one()
        return ended

    def end_every(self, now: datetime) -> int:
        """Ends the sessions of all users, piece by piece, and says how many."""
        ended, after = 0, ""
        while (last := self._connection.execute(_LAST, {"after": after}).scalar()) is not None:
            values = {"after": after, "last": last, "now": now}
            ended += self._connection.execute(_END_PIECE, values).rowcount
            after = last
        return ended + self._connection.execute(_END_REST, {"after": after, "now": now}).rowcount


def is_alive(session: Session, user: User, now: datetime) -> bool:
    """Whether this session still speaks for this user."""
    return (
        session.ended_at is None
        and session.expires_at > now
        and session.epoch == user.epoch
        and not user.is_disabled
    )
