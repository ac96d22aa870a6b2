"""One subscription, whatever carries it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import pytest
from strawberry.http import GraphQLRequestData

from schema.context import Context
from server.subscribing import Step, follow
from tests.stream_schema import SEEN, stream_schema
from tests.world import origin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.world import World

pytestmark = pytest.mark.anyio


def steps(world: World, document: str) -> AsyncGenerator[Step, None]:
    """What this subscription says."""
    operation = GraphQLRequestData(document, None, None, None)
    return follow(stream_schema(), operation, Context(world.services, origin()))


async def test_how_it_ends_is_one_step(embedded: World) -> None:
    """Events, then an end with errors alone; a subscription that is through has none."""
    async with aclosing(steps(embedded, 'subscription { ends(code: "SESSION_REVOKED") }')) as said:
        first, last = [step async for step in said]
    assert first == Step({"data": {"ends": 1}}, is_end=False)
    assert (last.is_end, last.codes, set(last.payload)) == (True, ["SESSION_REVOKED"], {"errors"})
    async with aclosing(steps(embedded, "subscription { count(to: 2) }")) as said:
        assert [step.is_end async for step in said] == [False, False]


async def test_a_guards_refusal_is_an_end_and_nothing_has_begun(embedded: World) -> None:
    """The body of the subscription does not run for who may not pass."""
    SEEN.clear()
    async with aclosing(steps(embedded, "subscription { own }")) as said:
        assert [(step.is_end, step.codes) async for step in said] == [(True, ["UNAUTHENTICATED"])]
    assert not SEEN["began"]


async def test_others_have_their_turn_beside_a_source_that_is_never_empty(embedded: World) -> None:
    """A stream that could always go on lets the loop run.

    Planted: no pause between two steps; seen to hang.
    """
    SEEN.clear()

    async def take_all() -> None:
        async with aclosing(steps(embedded, "subscription { flood }")) as said:
            async for step in said:
                assert not step.is_end

    taking = asyncio.create_task(take_all())
    await asyncio.sleep(0.05)
    assert SEEN["sent"] > 1
    taking.cancel()
    with suppress(asyncio.CancelledError):
        await taking
    assert SEEN["closed"] == 1
