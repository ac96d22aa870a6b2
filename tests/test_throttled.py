"""Refusals of who has to wait are counted, and become one line of the audit a minute for each kind."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type

from credentials.kinds import EventKind
from credentials.secret import Secret
from resolvers.throttled import record_throttled
from schema.throttled import KINDS
from server.background import background
from store.faults import StoreUnavailable
from store.opening import open_store
from tests.api import open_api
from tests.graphql_world import SCHEMA, run
from tests.graphql_world import World as Site
from tests.overload import overloaded
from tests.statements import statements, writes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio

SIGN_IN = 'mutation { signIn(input: {login: "nobody", password: "wrong horse battery"}) { __typename } }'
ACTIVATE = 'mutation { activateSystem(input: {pbxId: "nobody", activationCode: "1234"}) { __typename } }'
RESET = """mutation { resetPassword(input: {
  proof: {code: "ABC-DEF"}, emailAddress: "x@example.org", newPassword: "eleven quiet rivers wander"
}) { __typename } }"""


def test_every_field_that_may_say_so_has_its_kind() -> None:
    """A new one without a kind fails."""
    mutation = SCHEMA._schema.mutation_type  # noqa: SLF001  Strawberry gives no other way to the union's members
    assert isinstance(mutation, GraphQLObjectType)
    may: set[str] = set()
    for name, field in mutation.fields.items():
        answer: Any = get_named_type(field.type)
        if isinstance(answer, GraphQLUnionType) and "TooManyAttempts" in {each.name for each in answer.types}:
            may.add(name)
    assert may == set(KINDS)


def test_refusals_are_counted_and_write_nothing(tmp_path: Path) -> None:
    """Wrong passwords are lines; from the refusal on they are a count in this process.

    Planted: answers of an admission not counted; seen to fail.
    """

    async def body(site: Site) -> None:
        answers = [(await site.ask(SIGN_IN, None, {})).data for _ in range(6)]
        assert answers[-1] == {"signIn": {"__typename": "TooManyAttempts"}}
        with statements() as asked:
            await site.ask(SIGN_IN, None, {})
        assert writes(asked) == []
        assert site.services.throttled == Counter({EventKind.SIGN_IN_FAILED: 2})
        answers = [(await site.ask(ACTIVATE, None, {})).data for _ in range(6)]
        assert answers[-1] == {"activateSystem": {"__typename": "TooManyAttempts"}}
        assert site.services.throttled[EventKind.SYSTEM_ACTIVATING] == 1

    run(tmp_path, body)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_has_to_wait_is_told_in_a_header_too(world: World) -> None:
    """Retry-After has the seconds of the answer, rounded up, whether they are asked for or not."""
    async with open_api(world) as api:
        answers = [await api.post(document) for document in (SIGN_IN, ACTIVATE) for _ in range(6)]
        refused = [answer.headers["retry-after"] for answer in answers if "TooMany" in answer.text]
        assert "retry-after" not in answers[0].headers
        world.chance.forward(timedelta(seconds=1.5))
        asked = SIGN_IN.replace("__typename", "... on Problem { retryAfterSeconds }")
        answer = await api.post(asked)
    assert refused == ["30", "30"]
    assert answer.json()["data"]["signIn"] == {"retryAfterSeconds": 29}
    assert answer.headers["retry-after"] == "29"
    with overloaded(world, by_strangers=True) as services:
        async with open_api(world, services) as api:
            answers = [await api.post(document) for document in (SIGN_IN.replace("nobody", "x"), RESET)]
    assert [answer.json()["data"].popitem()[1]["__typename"] for answer in answers] == ["Overloaded"] * 2
    assert [answer.headers["retry-after"] for answer in answers] == ["1", "1"]


async def test_they_become_one_line_of_each_kind(world: World) -> None:
    """With their number, and without a subject: what was typed is nobody's to keep."""
    throttled = world.services.throttled
    await record_throttled(world.services)
    assert await world.events() == []
    throttled.update({EventKind.SIGN_IN_FAILED: 1000, EventKind.RESET_REQUESTED: 1})
    with structlog.testing.capture_logs() as logged:
        await record_throttled(world.services)
        await record_throttled(world.services)
    lines = await world.events()
    assert {(line.kind, line.code, line.counted, line.success) for line in lines} == {
        (EventKind.SIGN_IN_FAILED, "TOO_MANY_ATTEMPTS", 1000, False),
        (EventKind.RESET_REQUESTED, "TOO_MANY_ATTEMPTS", 1, False),
    }
    assert {(line.actor, line.user_id, line.address) for line in lines} == {("anonymous", None, None)}
    assert sorted(line["count"] for line in logged) == [1, 1000]
    assert not throttled


async def test_counts_outlive_a_database_that_is_gone(world: World, tmp_path: Path) -> None:
    """They are written when it is back; a process that ends before says how many it lost.

    Planted: the counts not put back; seen to fail.
    """
    gone = open_store(Secret(f"sqlite:///{tmp_path}/gone.db"))
    services = replace(world.services, store=gone)
    services.throttled[EventKind.SIGN_IN_FAILED] = 3
    with pytest.raises(StoreUnavailable):
        await record_throttled(services)
    with structlog.testing.capture_logs() as logged:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(background(services))
    await gone.close()
    assert [(line["event"], line["refusals"]) for line in logged if "refusals" in line] == [
        ("throttled.lost", 3)
    ]
    async with background(world.services):
        pass
    assert [line.counted for line in await world.events()] == [3]
