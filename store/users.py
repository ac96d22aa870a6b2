"""Users: who they are, and the names they sign in by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from credentials.hashing import Verifier
from credentials.login_names import fold, skeleton
from credentials.model import IdentitySource, PasswordState, Role, User
from store.dialect import upsert
from store.tables import login_names, users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select


def user_of(row: Row[Any]) -> User:
    """A user from a row that holds every column of `users`."""
    verifier = None if row.verifier is None else Verifier(row.verifier, row.verifier_key)
    password = None
    if row.password_changed_at is not None:
        password = PasswordState(
            row.password_changed_at, row.password_expires_at, bool(row.password_is_temporary)
        )
    return User(
        id=row.id,
        system_user_id=row.system_user_id,
        username=row.username,
        email_address=row.email_address,
        full_name=row.full_name,
        locale=row.locale,
        time_zone=row.time_zone,
        theme_dir=row.theme_dir,
        user_group_id=row.user_group_id,
        roles=tuple(Role(role) for role in row.roles),
        permissions=row.permissions,
        permission_ids=row.permission_ids,
        preferences=row.preferences,
        properties=row.properties,
        support_username=row.support_username,
        identity_source=IdentitySource(row.identity_source),
        is_disabled=row.is_disabled,
        locked_at=row.locked_at,
        epoch=row.epoch,
        verifier=verifier,
        password=password,
        created_at=row.created_at,
    )


_BY_ID = select(users).where(users.c.id == bindparam("of_user"))
# The key itself is left to whoever refers to the user.
_BY_ID_HELD = _BY_ID.with_for_update(key_share=True)


def _first_name(least: ColumnElement[str] | str) -> ScalarSelect[str]:
    # Not the `min` of them: where its statistics are old, PostgreSQL reads them all for it.
    names = select(login_names.c.name_key).where(login_names.c.name_key >= least)
    return names.order_by(login_names.c.name_key).limit(1).scalar_subquery()


_NEAREST_NAME = func.coalesce(_first_name(bindparam("name")), _first_name(""))
_BY_NAME = (
    select(users, login_names.c.name_key).join(login_names).where(login_names.c.name_key == _NEAREST_NAME)
)
# What is set are the columns that stand among the values it is run with.
_CHANGE = (
    update(users)
    .where(users.c.id == bindparam("of_user"), users.c.epoch == bindparam("of_epoch"))
    .returning(users)
)


class Users:
    """The rows of users, one at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_id(self, user_id: str, *, hold: bool = False) -> User | None:
        """The user with this id; `hold` keeps the row as it is until the commit."""
        return self._one(_BY_ID_HELD if hold else _BY_ID, {"of_user": user_id})

    def by_login(self, name: str) -> User | None:
        """The user whose username or e-mail address this is.

        For a name that is nobody's the next one's user is read and forgotten: to be found takes no longer.
        """
        name_key = fold(name)
        row = self._connection.execute(_BY_NAME, {"name": name_key}).one_or_none()
        user = None if row is None else user_of(row)
        return user if row is not None and row.name_key == name_key else None

    def by_username(self, username: str) -> User | None:
        """The user with this username."""
        user = self.by_login(username)
        return user if user is not None and fold(user.username) == fold(username) else None

    def by_address(self, address: str) -> User | None:
        """The user with this e-mail address."""
        user = self.by_login(address)
        return user if user is not None and fold(user.email_address) == fold(address) else None

    def claim_names(self, user_id: str, names: Sequence[str]) -> str | None:
        """Makes `names` the user's login names and gives up any other; the first that is taken is returned.

        Two that fold to the same stand once. Where one is taken the others stand, until they are given up.
        """
        keys = {fold(name): skeleton(name) for name in names}
        self.give_up_names(user_id)
        # Names that exclude each other share a skeleton: in its order two claims cannot block each other.
        taken = {
            key for key in sorted(keys, key=keys.__getitem__) if not self._claim(key, keys[key], user_id)
        }
        return next((name for name in names if fold(name) in taken), None)

    def _claim(self, key: str, shape: str, user_id: str) -> bool:
        claimed = self._connection.execute(
            upsert(self._connection.dialect.name, login_names)
            .values(name_key=key, skeleton=shape, user_id=user_id)
            .on_conflict_do_nothing()
        )
        return claimed.rowcount == 1

    def give_up_names(self, user_id: str) -> None:
        """Takes the user's login names away."""
        self._connection.execute(delete(login_names).where(login_names.c.user_id == user_id))

    def add(self, values: dict[str, Any]) -> User:
        """Adds a user whose names are claimed; `values` hold every column but the number."""
        row = self._connection.execute(insert(users).values(**values).returning(users)).one()
        return user_of(row)

    def change(self, user_id: str, epoch: int, values: dict[str, Any], *, turn: bool) -> User | None:
        """Sets columns where the epoch is still `epoch`, else None; `turn` makes every session stale."""
        next_epoch = epoch + 1 if turn else epoch
        where = {"of_user": user_id, "of_epoch": epoch}
        row = self._connection.execute(_CHANGE, {**values, **where, "epoch": next_epoch}).one_or_none()
        return None if row is None else user_of(row)

    def delete(self, user_id: str) -> None:
        """Deletes a user with all that belongs to them."""
        self._connection.execute(delete(users).where(users.c.id == user_id))

    def _one(self, query: Select[Any], values: dict[str, str]) -> User | None:
        row = self._connection.execute(query, values).one_or_none()
        return None if row is None else user_of(row)
