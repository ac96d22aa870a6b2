"""What one request carries through the schema, and what its guards hand to the fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from resolvers.reads import chat_accounts_of, jid_passwords, sessions_of
from resolvers.services import KeyCaller, SessionCaller

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from credentials.model import ChatAccount, Session
    from credentials.secret import Secret
    from resolvers.services import Origin, Services

Passed = TypeVar("Passed")
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Context:
    """One request. `bearer` is the text behind `Authorization: Bearer`, believed by nobody yet.

    `passes` holds what a guard let through, by the response key of its root field, so that no field
    sees a caller whom another field's guard has checked; `waits` the seconds that a field's answer asks its
    caller to wait, likewise. The loaders gather the rows of a list into
    one read; they keep nothing, since a mutation may come between two reads.
    """

    services: Services
    origin: Origin
    bearer: Secret | None = None
    passes: dict[str | int, object] = field(default_factory=dict, init=False, repr=False)
    waits: dict[str | int, int | None] = field(default_factory=dict, init=False, repr=False)
    loaders: dict[str, DataLoader[Any, Any]] = field(default_factory=dict, init=False, repr=False)

    @property
    def sessions(self) -> DataLoader[str, list[Session]]:
        """A user's live sessions, by the user's id."""
        return self._loader("sessions", self._load_sessions)

    @property
    def chat_accounts(self) -> DataLoader[str, list[ChatAccount]]:
        """A user's chat accounts, by the user's id."""
        return self._loader("chat accounts", self._load_chat_accounts)

    @property
    def jid_passwords(self) -> DataLoader[tuple[str, int], dict[str, Secret]]:
        """A user's XMPP passwords by JID, by the user's id and epoch."""
        return self._loader("JID passwords", self._load_jid_passwords)

    def _loader(self, name: str, load: Callable[[list[K]], Awaitable[list[V]]]) -> DataLoader[K, V]:
        """Makes each where it is first asked for: most operations ask for none."""
        if name not in self.loaders:
            self.loaders[name] = DataLoader(load, cache=False)
        return self.loaders[name]

    async def _load_sessions(self, users: list[str]) -> list[list[Session]]:
        found = await sessions_of(self.services, users)
        return [found.get(user, []) for user in users]

    async def _load_chat_accounts(self, users: list[str]) -> list[list[ChatAccount]]:
        found = await chat_accounts_of(self.services, users)
        return [found.get(user, []) for user in users]

    async def _load_jid_passwords(self, owners: list[tuple[str, int]]) -> list[dict[str, Secret]]:
        found = {owner: await jid_passwords(self.services, *owner) for owner in set(owners)}
        return [found[owner] for owner in owners]


Info: TypeAlias = strawberry.Info[Context, None]


class NotPassed(Exception):  # noqa: N818  it says what happened
    """A field asked for something that its guard did not hand over: a defect, never an answer."""


def hand_over(info: strawberry.Info[Any, Any], passed: object) -> None:
    """Called by a guard: keeps what it checked for the body of the same root field."""
    info.context.passes[info.path.key] = passed


def handed(info: strawberry.Info[Any, Any], kind: type[Passed]) -> Passed:
    """Gives the body of a root field what its own guard checked.

    Raises:
        NotPassed: The field's guard checked nothing of that kind.
    """
    passed = info.context.passes.get(info.path.key)
    if not isinstance(passed, kind):
        raise NotPassed(kind.__name__)
    return passed


def own_caller(info: strawberry.Info[Any, Any]) -> SessionCaller:
    """The signed-in user whom `@selfOnly` let through."""
    return handed(info, SessionCaller)


def administrator(info: strawberry.Info[Any, Any]) -> SessionCaller | KeyCaller:
    """Whom `@adminOnly` let through: a user, or an application with an ADMIN key."""
    passed = info.context.passes.get(info.path.key)
    return passed if isinstance(passed, KeyCaller) else own_caller(info)
