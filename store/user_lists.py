"""Users as lists: pages, a search by prefix, and who the administrators are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import distinct, func, select

from credentials.login_names import fold
from credentials.model import IdentitySource
from store.tables import login_names, users
from store.users import user_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.model import User

#: Above it a count is not worth its time; the contract's figure.
COUNTED = 10_000
#: Sorts after every login name: no name has a character beyond it.
LAST_CHARACTER = "\U0010ffff"
#: Login names of one user at most: the username and the address.
NAMES_OF_ONE = 2

_ADMINISTRATORS = select(users).where(users.c.is_admin, ~users.c.is_disabled).order_by(users.c.system_user_id)


def _bounds(prefix: str) -> tuple[str, str]:
    """The names that begin with a prefix are those from the first of these to before the second."""
    return fold(prefix), fold(prefix) + LAST_CHARACTER


class UserLists:
    """Users, many at a time, by keyset."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def administrators(self, *, hold: bool = False) -> list[User]:
        """The enabled administrators that Rekey itself proves; `hold` keeps them so until the commit."""
        query = _ADMINISTRATORS.where(users.c.identity_source == IdentitySource.LOCAL)
        rows = self._connection.execute(query.with_for_update(key_share=True) if hold else query)
        return [user_of(row) for row in rows]

    def told_administrators(self) -> list[User]:
        """Every enabled administrator, whoever proves them: who is told what administrators do."""
        return [user_of(row) for row in self._connection.execute(_ADMINISTRATORS)]

    def page(self, after: int | None, limit: int) -> list[User]:
        """Users in the order they were made, from beyond the number `after`."""
        query = select(users).order_by(users.c.system_user_id).limit(limit)
        if after is not None:
            query = query.where(users.c.system_user_id > after)
        return [user_of(row) for row in self._connection.execute(query)]

    def search(self, prefix: str, after: str | None, limit: int) -> list[tuple[str, User]]:
        """Users with a login name that begins with `prefix`, each once, by the first such name."""
        names = self._matching(prefix)
        query = (
            select(names.c.name_key, users)
            .join(users, users.c.id == names.c.user_id)
            .order_by(names.c.name_key)
            .limit(limit)
        )
        if after is not None:
            query = query.where(names.c.name_key > after)
        return [(row.name_key, user_of(row)) for row in self._connection.execute(query)]

    def count(self, prefix: str | None = None) -> int | None:
        """How many users there are, or match; None above 10,000."""
        if prefix is None:
            some = select(users.c.id).limit(COUNTED + 1).subquery()
            counted = select(func.count()).select_from(some)
        else:
            # By an index alone, in its order. So many names are those of more users than are counted.
            first, last = _bounds(prefix)
            name = login_names.c.name_key
            matching = select(login_names.c.user_id).where(name >= first, name < last)
            some = matching.order_by(name).limit(NAMES_OF_ONE * (COUNTED + 1)).subquery()
            counted = select(func.count(distinct(some.c.user_id)))
        total = self._connection.execute(counted).scalar_one()
        return None if total > COUNTED else total

    @staticmethod
    def _matching(prefix: str) -> Any:  # noqa: ANN401  a subquery with name_key and user_id
        first, last = _bounds(prefix)
        other = login_names.alias()
        smaller = (
            select(1)
            .where(
                other.c.user_id == login_names.c.user_id,
                other.c.name_key >= first,
                other.c.name_key < login_names.c.name_key,
                # It follows; said, it keeps PostgreSQL from reading every name to find the smaller ones.
                other.c.name_key < last,
            )
            .exists()
        )
        return (
            select(login_names.c.name_key, login_names.c.user_id)
            .where(login_names.c.name_key >= first, login_names.c.name_key < last, ~smaller)
            .subquery()
        )
