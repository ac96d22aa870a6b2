"""`credentialEvents` and `allCredentialEvents`: who may follow, what is told, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import Role
from credentials.secret import Secret
from resolvers.follower import SessionRevoked
from schema.context import Context
from schema.errors import SESSION_REVOKED, denied
from server.masking import mask
from store.faults import StoreUnavailable
from tests.following import add_events, hangs_up, heard, listening, serving
from tests.graphql_world import ORIGIN, SCHEMA, World, codes, run
from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from strawberry.types import ExecutionResult

OWN = "subscription { credentialEvents { id cursor at kind userId systemId } }"
ALL = "subscription($after: String) { allCredentialEvents(after: $after) { id cursor } }"


async def follow(
    world: World, document: str, bearer: Secret | None, **variables: Any
) -> AsyncGenerator[ExecutionResult, None]:
    """Subscribes as a transport would."""
    context = Context(services=world.services, origin=ORIGIN, bearer=bearer)
    return await SCHEMA.subscribe(document, variable_values=variables, context_value=context)


async def refusal(world: World, document: str, bearer: Secret | None, **variables: Any) -> list[object]:
    """The codes of the one answer of a subscription that does not begin."""
    async with listening(await follow(world, document, bearer, **variables)) as stream:
        first = await heard(stream)
        assert first.data is None
        with pytest.raises(StopAsyncIteration):
            await heard(stream)
    return codes(first)


def test_who_may_not_follow_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    """R1 R2 C1: by one answer with the guard's code; no event is looked at.

    Planted: a body that runs before its guard; seen to fail.
    """

    async def body(world: World) -> None:
        user, _ = await world.sign_in(await world.add_user("ann"))
        guest, _ = await world.sign_in(await world.add_user("gus", Role.GUEST))
        admin_key, user_key = await world.add_key(Role.ADMIN), await world.add_key(Role.USER)
        async with serving(world.services):
            with statements() as asked:
                for document in (OWN, ALL):
                    for nobody in (None, Secret("dead")):
                        assert await refusal(world, document, nobody) == ["UNAUTHENTICATED"]
                for key in (admin_key, user_key):
                    assert await refusal(world, OWN, key) == ["FORBIDDEN"]
                for bearer in (user, guest, user_key):
                    assert await refusal(world, ALL, bearer) == ["FORBIDDEN"]
        assert not [each for each in asked if "events" in each and "position IS NULL" not in each]

    run(tmp_path, body)


def test_ones_own_events_are_told_as_they_happen(tmp_path: Path) -> None:
    """What happened, when, to whom; who hangs up is waited for by nobody."""

    async def body(world: World) -> None:
        ann = await world.add_user("ann")
        bearer, _ = await world.sign_in(ann)
        async with serving(world.services):
            stream = await follow(world, OWN, bearer)
            waiting = asyncio.create_task(heard(stream))
            await asyncio.sleep(0.05)
            await world.services.store.write(add_events, "one", user_id=ann.id)
            told = await waiting
            assert told.errors is None
            assert told.data == {
                "credentialEvents": {
                    "id": "one",
                    "cursor": "MQ",
                    "at": "2026-11-20T12:00:00.000Z",
                    "kind": "SIGNED_IN",
                    "userId": ann.id,
                    "systemId": None,
                }
            }
            waiting = asyncio.create_task(heard(stream))
            await asyncio.sleep(0.05)
            await hangs_up(waiting, stream)

    run(tmp_path, body)


def test_everybodys_events_go_on_behind_a_cursor(tmp_path: Path) -> None:
    """For an administrator and for an ADMIN key; what is no cursor is BAD_USER_INPUT at once."""

    async def body(world: World) -> None:
        admin, _ = await world.sign_in(await world.add_user("root", Role.ADMIN))
        key = await world.add_key(Role.ADMIN)
        await world.services.store.write(add_events, "a", "b", "c")
        async with serving(world.services):
            for bearer in (admin, key):
                async with listening(await follow(world, ALL, bearer, after="MQ")) as stream:
                    told = [(await heard(stream)).data for _ in range(2)]
                assert told == [
                    {"allCredentialEvents": {"id": "b", "cursor": "Mg"}},
                    {"allCredentialEvents": {"id": "c", "cursor": "Mw"}},
                ]
                assert await refusal(world, ALL, bearer, after="no cursor") == ["BAD_USER_INPUT"]

    run(tmp_path, body)


def test_a_revoked_session_ends_the_stream_by_name(tmp_path: Path) -> None:
    """1.7: SESSION_REVOKED is the last word of a stream, in `errors`, and nothing follows."""

    async def body(world: World) -> None:
        ann = await world.add_user("ann")
        bearer, session = await world.sign_in(ann)
        async with serving(world.services), listening(await follow(world, OWN, bearer)) as stream:
            waiting = asyncio.create_task(heard(stream))
            await asyncio.sleep(0.05)
            now = world.chance.now()
            await world.services.store.write(lambda unit: unit.sessions.end(session.id, ann.id, now))
            last = await waiting
            assert (codes(last), last.data) == ([SESSION_REVOKED], None)
            with pytest.raises(StopAsyncIteration):
                await heard(stream)

    run(tmp_path, body)


def test_a_stream_that_nobody_can_check_ends_as_a_fault_of_ours(tmp_path: Path) -> None:
    """1.7: INTERNAL, with the plain text; here since no feed is at work."""

    async def body(world: World) -> None:
        bearer, _ = await world.sign_in(await world.add_user("ann"))
        async with listening(await follow(world, OWN, bearer)) as stream:
            (fault,) = (await heard(stream)).errors or []
        assert isinstance(fault.original_error, StoreUnavailable)
        entry = mask(fault, "request")
        assert (entry["message"], entry["extensions"]["code"]) == ("Internal error.", "INTERNAL")

    run(tmp_path, body)


def test_the_end_of_a_stream_is_told_by_its_code() -> None:
    """A transport knows it by `extensions.code`."""
    assert denied(SessionRevoked()).extensions == {"code": "SESSION_REVOKED"}
