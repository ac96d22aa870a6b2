"""A transaction is a plain function: from BEGIN to COMMIT nothing can be awaited, hashed or mailed."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from store.api_keys import ApiKeys
from store.attempts import Attempts
from store.effects import Effects
from store.events import Events
from store.faults import StoreUnavailable
from store.installation import Installation
from store.one_time_secrets import OneTimeSecrets
from store.sessions import Sessions
from store.sweep import Leftovers
from store.systems import Systems
from store.user_lists import UserLists
from store.users import Users
from store.verifiers import Verifiers
from store.wishes import Wishes
from store.xmpp_accounts import XmppAccounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

__all__ = ["Store", "StoreUnavailable", "Unit"]

P = ParamSpec("P")
Result = TypeVar("Result")


class Unit:
    """What a transaction works on: one repository for each thing that is kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def users(self) -> Users:
        """Users and their login names."""
        return Users(self._connection)

    @cached_property
    def user_lists(self) -> UserLists:
        """Users, many at a time."""
        return UserLists(self._connection)

    @cached_property
    def verifiers(self) -> Verifiers:
        """What proves the users' passwords."""
        return Verifiers(self._connection)

    @cached_property
    def systems(self) -> Systems:
        """Systems and their activation codes."""
        return Systems(self._connection)

    @cached_property
    def xmpp_accounts(self) -> XmppAccounts:
        """The XMPP accounts of users and systems."""
        return XmppAccounts(self._connection)

    @cached_property
    def sessions(self) -> Sessions:
        """Sign-ins."""
        return Sessions(self._connection)

    @cached_property
    def one_time_secrets(self) -> OneTimeSecrets:
        """Reset tokens and codes, as digests."""
        return OneTimeSecrets(self._connection)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The keys of applications."""
        return ApiKeys(self._connection)

    @cached_property
    def attempts(self) -> Attempts:
        """Counts of attempts, by keyed digests."""
        return Attempts(self._connection)

    @cached_property
    def wishes(self) -> Wishes:
        """Addresses that asked for a reset, until the relay has looked them up."""
        return Wishes(self._connection)

    @cached_property
    def effects(self) -> Effects:
        """The outbox."""
        return Effects(self._connection)

    @cached_property
    def events(self) -> Events:
        """The audit."""
        return Events(self._connection)

    @cached_property
    def installation(self) -> Installation:
        """The check value, the signing keys, and whether there ever was a user."""
        return Installation(self._connection)

    @cached_property
    def leftovers(self) -> Leftovers:
        """Rows that are over."""
        return Leftovers(self._connection)

    @property
    def wrote_effects(self) -> bool:
        """Whether this transaction put something into the outbox."""
        return "effects" in self.__dict__ and self.effects.wrote


def _report(task: asyncio.Task[Any]) -> None:
    """Hands the fault of a write to the loop's handler, since whoever asked for it has gone."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        context = {"message": "a write failed after its caller had gone", "exception": fault, "task": task}
        task.get_loop().call_exception_handler(context)


class Store(ABC):
    """A database. What `work` returns commits, what it raises rolls back."""

    def __init__(self) -> None:
        #: Set after a commit that put something into the outbox, so that a relay here need not wait.
        self.effects_written = asyncio.Event()
        self._writing: set[asyncio.Task[Any]] = set()

    async def write(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs `work(unit, …)` in a transaction that may write; a cancelled caller does not cut it short.

        Raises:
            StoreUnavailable: it could not; nothing is written, unless it was the answer to the commit that
                was lost.
        """

        def counted(unit: Unit) -> tuple[Result, bool]:
            return work(unit, *args, **kwargs), unit.wrote_effects

        async def commit() -> Result:
            result, wrote_effects = await self._write(counted)
            if wrote_effects:
                self.effects_written.set()
            return result

        task = asyncio.ensure_future(commit())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report)
            raise

    async def read(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs `work(unit, …)` in a transaction that only reads.

        Raises:
            StoreUnavailable: it could not.
        """
        return await self._read(lambda unit: work(unit, *args, **kwargs))

    async def glance(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs a `work` of one statement by key, in place where the database allows: cheaper than `read`.

        Raises:
            StoreUnavailable: it could not.
        """
        return await self._glance(lambda unit: work(unit, *args, **kwargs))

    @abstractmethod
    async def _write(self, work: Callable[[Unit], Result]) -> Result: ...

    @abstractmethod
    async def _read(self, work: Callable[[Unit], Result]) -> Result: ...

    @abstractmethod
    async def _glance(self, work: Callable[[Unit], Result]) -> Result: ...

    async def close(self) -> None:
        """Lets running writes end, their callers gone or not, then closes every connection."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._close()

    @abstractmethod
    async def _close(self) -> None: ...
