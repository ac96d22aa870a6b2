"""Verifiers of several parameters in one database, and when failing answers leave."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.secret import Secret
from resolvers.change_password import change_expired_password, change_password
from resolvers.outcomes import InvalidCredentials, InvalidToken
from resolvers.sign_in import sign_in
from resolvers.verifier_parameters import learn_parameters
from tests.resets import request, reset
from tests.world import CHEAPEST, NEW_PASSWORD, PASSWORD, origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resolvers.services import Services
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio

OLDER = HashParameters(memory_kib=8, time_cost=2, parallelism=1)
WRONG, NEW = Secret("wrong"), Secret(NEW_PASSWORD)


@pytest.fixture
async def older(world: World) -> World:
    """John's verifier has older parameters than new ones get, Mary's has not."""
    hashing = HashingEngine(world.ring, OLDER, workers=1, max_wait=5, chance=world.chance, alarm=print)
    present = world.services
    world.services = replace(present, hashing=hashing)
    await world.user("john")
    world.services = present
    hashing.close()
    await world.user()
    await learn_parameters(world.services)
    return world


async def lying(world: World) -> set[HashParameters]:
    """The parameters that verifiers have."""
    return await world.services.store.read(lambda unit: unit.verifiers.parameters())


async def test_rehashing_ends_the_older_set(older: World) -> None:
    """Once the last of them has signed in nobody waits any more. Planted: no rehash; seen to fail."""
    assert await lying(older) == {OLDER, CHEAPEST}
    assert older.services.deadline.seconds > 0
    await older.signed_in("john")
    assert await lying(older) == {CHEAPEST}
    with capture_logs() as logged:
        await learn_parameters(older.services)
        await learn_parameters(older.services)
    assert older.services.deadline.seconds == 0
    assert [(line["event"], line["seconds"], line["sets"]) for line in logged] == [("hashing.deadline", 0, 1)]


async def test_what_is_no_verifier_has_no_parameters(world: World) -> None:
    """Others' hashes, put in by hand, are passed over, however long and however many."""
    await world.user()
    strange = ["$argon2i$" + "x" * 90, "*", "", *(f"$2b${number:090}" for number in range(60))]

    def put_in(unit: Unit, number: int, text: str) -> None:
        user = unit.users.by_id(ids[number])
        assert user is not None
        unit.users.change(user.id, user.epoch, {"verifier": text, "verifier_key": "k"}, turn=False)

    ids = [(await world.user(f"user{number}", None)).id for number in range(len(strange))]
    for number, text in enumerate(strange):
        await world.services.store.write(put_in, number, text)
    assert await lying(world) <= {CHEAPEST}


async def at_sign_in(services: Services, name: str, password: Secret) -> object:
    """Tries to sign in."""
    return await sign_in(services, origin(), name, password)


async def at_change(services: Services, name: str, password: Secret) -> object:
    """Tries to change the password."""
    return await change_expired_password(services, origin(), name, password, NEW, NEW)


async def at_reset(services: Services, name: str, password: Secret) -> object:
    """Tries to reset it by a temporary one."""
    return await reset(services, request(temporary_password=password, email_address=f"{name}@example.org"))


@pytest.mark.parametrize("door", [at_sign_in, at_change, at_reset])
async def test_every_failing_answer_waits(
    older: World,
    door: Callable[[Services, str, Secret], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever's name it is, with no place taken and after everything was written; who is right does not wait.

    ASVS 6.3.8. Planted: each door without `keep`, and with it where its place is taken; each seen to fail.
    """
    waited = waiting(older.services, monkeypatch)
    await older.user("temp", require_change=True)
    for number, name in enumerate(("mary", "john", "nobody", "temp"), start=1):
        assert await door(older.services, name, WRONG) in (InvalidCredentials(), InvalidToken())
        assert waited == [0] * number
    assert len([event for event in await older.events() if not event.success]) == 4
    assert await door(older.services, "temp", Secret(PASSWORD)) not in (InvalidCredentials(), InvalidToken())
    assert len(waited) == 4


async def test_an_own_password_too(older: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`changePassword` answers a wrong old one at the same time."""
    caller = await older.caller("mary")
    waited = waiting(older.services, monkeypatch)
    refusal = await change_password(older.services, origin(), caller, WRONG, NEW, None)
    assert (refusal, waited) == (InvalidCredentials(), [0])


def waiting(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many places of the queue are taken each time that an answer is held back."""
    taken: list[int] = []

    async def sleep(_seconds: float) -> None:
        taken.append(services.hashing.places_taken)

    # Only there: elsewhere a sleep lets others go on.
    monkeypatch.setattr("credentials.deadline.asyncio", SimpleNamespace(sleep=sleep))
    return taken
