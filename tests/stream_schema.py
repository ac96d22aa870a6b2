"""A schema whose subscriptions end in every way there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator  # noqa: TC003  strawberry reads the annotations
from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

from credentials.secret import Secret
from resolvers.outcomes import InvalidCredentials
from resolvers.sign_in import sign_in
from schema import Schema
from schema.binding import bind_guards
from schema.context import Info  # noqa: TC001  strawberry reads the annotations
from schema.errors import Denied
from schema.guards import Public, SelfOnly
from server.operation_choice import OperationChoice

Unwritable = NewType("Unwritable", int)
#: What happened behind the streams, by name: `began`, `closed`, `sent`, `ran`.
SEEN: Counter[str] = Counter()


@strawberry.type
class Half:
    """An event whose only field may fail."""

    bad: strawberry.Private[bool]

    @strawberry.field
    def value(self) -> int:
        """A number."""
        if self.bad:
            message = "hunter2"
            raise RuntimeError(message)
        return 1


def ran() -> int:
    """Must not run where only subscriptions do."""
    SEEN["ran"] += 1
    return 1


async def guess(info: Info) -> bool:
    """Tries a wrong password of a user who is not there."""
    context = info.context
    refused = await sign_in(context.services, context.origin, "nobody", Secret("hunter2"))
    return isinstance(refused, InvalidCredentials)


async def count(to: int) -> AsyncGenerator[int, None]:
    """Numbers below `to`."""
    for number in range(to):
        yield number


async def own() -> AsyncGenerator[int, None]:
    """One number, and then nothing for ever."""
    SEEN["began"] += 1
    try:
        yield 1
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)  # what a generator waits for when it is closed is waited for
        SEEN["closed"] += 1


async def flood() -> AsyncGenerator[str, None]:
    """As much as is taken."""
    try:
        while True:
            yield "x" * 10_000
            SEEN["sent"] += 1
    finally:
        SEEN["closed"] += 1


async def ends(code: str) -> AsyncGenerator[int, None]:
    """One number, and then this error."""
    yield 1
    if code == "DEFECT":
        message = "hunter2"
        raise RuntimeError(message)
    raise Denied(code, "It is over.")


async def unwritable() -> AsyncGenerator[Unwritable, None]:
    """What no JSON holds."""
    yield Unwritable(2**70)


async def halves() -> AsyncGenerator[Half, None]:
    """Two events, the first of which cannot be answered."""
    yield Half(bad=True)
    yield Half(bad=False)


@strawberry.type
class Query:
    """One field."""

    version: int = strawberry.field(resolver=ran, extensions=[Public()])


@strawberry.type
class Mutation:
    """Two fields."""

    act: int = strawberry.mutation(resolver=ran, extensions=[Public()])
    guess: bool = strawberry.mutation(resolver=guess, extensions=[Public()])


@strawberry.type
class Subscription:
    """The streams above; `own` needs a live session."""

    count: AsyncGenerator[int, None] = strawberry.subscription(resolver=count, extensions=[Public()])
    own: AsyncGenerator[int, None] = strawberry.subscription(resolver=own, extensions=[SelfOnly()])
    flood: AsyncGenerator[str, None] = strawberry.subscription(resolver=flood, extensions=[Public()])
    ends: AsyncGenerator[int, None] = strawberry.subscription(resolver=ends, extensions=[Public()])
    unwritable: AsyncGenerator[Unwritable, None] = strawberry.subscription(
        resolver=unwritable, extensions=[Public()]
    )
    halves: AsyncGenerator[Half, None] = strawberry.subscription(resolver=halves, extensions=[Public()])


def stream_schema() -> Schema:
    """The schema, guarded."""
    schema = Schema(
        Query,
        Mutation,
        Subscription,
        extensions=[OperationChoice],
        config=StrawberryConfig(scalar_map={Unwritable: strawberry.scalar(name="Unwritable")}),
    )
    bind_guards(schema)
    return schema
