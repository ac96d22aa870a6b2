"""Verifiers: the present one of each user, and the former ones that may not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, delete, insert, literal_column, select, update

from credentials.hashing import Verifier
from credentials.phc import read_phc
from store.tables import password_history, users
from store.tables.people import VERIFIER_PARAMETERS
from store.users import Users

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from credentials.hash_parameters import HashParameters
    from credentials.model import User

#: More than any operator ever had; a bound, where verifiers of another make were put in by hand.
MOST_SETS = 50

_parameters = literal_column(VERIFIER_PARAMETERS, Text)
_NEXT_SET = (
    select(_parameters.label("parameters"), users.c.verifier)
    .where(_parameters > bindparam("after"))
    .order_by(_parameters)
    .limit(1)
)
_IS_MINE = password_history.c.user_id == bindparam("of_user")
_FORMER = (
    select(password_history.c.verifier, password_history.c.verifier_key)
    .where(_IS_MINE)
    .order_by(password_history.c.sequence.desc())
    .limit(bindparam("most"))
)
_REMEMBER = insert(password_history)
_FORGET = delete(password_history).where(
    _IS_MINE, password_history.c.sequence.not_in(_FORMER.with_only_columns(password_history.c.sequence))
)


class Verifiers:
    """What proves a user's password; replaced by compare on the epoch that was read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(
        self,
        user: User,
        verifier: Verifier,
        *,
        at: datetime,
        expires_at: datetime | None,
        is_temporary: bool,
        history: int,
    ) -> User | None:
        """Replaces the verifier where the epoch is still the one of `user`, and turns it; unlocks.

        `history` is how many of the former verifiers are kept. None: somebody else was first.
        """
        changed = Users(self._connection).change(
            user.id,
            user.epoch,
            {
                "verifier": verifier.phc,
                "verifier_key": verifier.key_id,
                "password_changed_at": at,
                "password_expires_at": expires_at,
                "password_is_temporary": is_temporary,
                "locked_at": None,
            },
            turn=True,
        )
        if changed is not None and history and user.verifier is not None:
            self._remember(user.id, user.verifier, history)
        return changed

    def rehash(self, user: User, verifier: Verifier) -> None:
        """Moves the same password to newer parameters or a newer key: no turn of the epoch."""
        self._connection.execute(
            update(users)
            .where(users.c.id == user.id, users.c.epoch == user.epoch)
            .values(verifier=verifier.phc, verifier_key=verifier.key_id)
        )

    def parameters(self) -> set[HashParameters]:
        """What the present verifiers cost: each set of parameters once, by one search in an index each."""
        found: set[HashParameters] = set()
        after = ""
        while len(found) < MOST_SETS and (row := self._next_set(after)) is not None:
            after = row.parameters
            if (phc := read_phc(row.verifier)) is not None:
                found.add(phc.parameters)
        return found

    def _next_set(self, after: str) -> Row[Any] | None:
        return self._connection.execute(_NEXT_SET, {"after": after}).one_or_none()

    def former(self, user_id: str, limit: int) -> list[Verifier]:
        """The verifiers of the passwords before the present one, the latest first."""
        rows = self._connection.execute(_FORMER, {"of_user": user_id, "most": limit})
        return [Verifier(row.verifier, row.verifier_key) for row in rows]

    def _remember(self, user_id: str, verifier: Verifier, history: int) -> None:
        values = {"user_id": user_id, "verifier": verifier.phc, "verifier_key": verifier.key_id}
        self._connection.execute(_REMEMBER, values)
        self._connection.execute(_FORGET, {"of_user": user_id, "most": history})
