"""Who asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import Role
from credentials.secret import Secret
from resolvers.authenticate import authenticate, check_application
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from resolvers.outcomes import InvalidInput, Unauthenticated
from resolvers.revoke_api_key import revoke_api_key
from resolvers.services import KeyCaller, SessionCaller
from resolvers.sign_out import sign_out
from tests.statements import statements
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def api_key(world: World, role: Role = Role.ADMIN) -> ApiKeyCreated:
    """Makes an API key."""
    made = await create_api_key(world.services, origin(), OPERATOR, "backup", role, None)
    assert isinstance(made, ApiKeyCreated)
    return made


async def test_a_live_token_speaks_for_its_user(world: World) -> None:
    """R1: an access token of a live session speaks for its user as they are now, by one statement."""
    mary = await world.user()
    session = await world.signed_in()
    await world.change(turn=False, full_name="Mary")
    with statements() as asked:
        caller = await authenticate(world.services, origin(), session.access_token)
    assert isinstance(caller, SessionCaller)
    assert (caller.user.id, caller.user.full_name, caller.is_admin) == (mary.id, "Mary", False)
    assert len([each for each in asked if each.startswith("SELECT")]) == 1


@pytest.mark.parametrize(
    "bearer", [None, "", "x", "\ud800", "a.b.c", "rk_abc", "rk_" + "a" * 26 + "_" + "A" * 43]
)
async def test_what_is_no_bearer(world: World, bearer: str | None) -> None:
    """R1: no bearer, a malformed one and an unknown API key are nobody."""
    presented = None if bearer is None else Secret(bearer)
    assert await authenticate(world.services, origin(), presented) is None


@pytest.mark.parametrize(
    ("values", "turn"),
    [({}, True), ({"is_disabled": True}, False), ({"is_disabled": True}, True)],
)
async def test_a_dead_session_speaks_for_nobody(world: World, values: dict[str, Any], turn: bool) -> None:
    """R4: with a turned epoch or a disabled user every access token of before is dead at once.

    Planted: the epoch not compared; seen to fail.
    """
    await world.user()
    session = await world.signed_in()
    await world.change(turn=turn, **values)
    assert await authenticate(world.services, origin(), session.access_token) is None


async def test_a_token_without_its_session(world: World) -> None:
    """A token speaks for nobody once its session ended, its user is gone, or its time is over."""
    mary = await world.user()
    sessions = [await world.signed_in() for _ in range(3)]
    caller = await authenticate(world.services, origin(), sessions[0].access_token)
    assert isinstance(caller, SessionCaller)
    await sign_out(world.services, origin(), caller)
    assert await authenticate(world.services, origin(), sessions[0].access_token) is None
    world.chance.forward(timedelta(minutes=15))
    assert await authenticate(world.services, origin(), sessions[1].access_token) is None
    world.chance.forward(timedelta(minutes=-15))
    await world.services.store.write(lambda unit: unit.users.delete(mary.id))
    assert await authenticate(world.services, origin(), sessions[2].access_token) is None


async def test_a_token_of_another_user(world: World) -> None:
    """A token whose subject is not its session's user speaks for nobody."""
    await world.user()
    john = await world.user("john")
    caller = await world.caller()
    mixed = world.services.access_tokens.issue(john.id, caller.session.id, timedelta(minutes=1))
    assert await authenticate(world.services, origin(), mixed.token) is None


async def test_an_api_key_is_a_bearer(world: World) -> None:
    """A live API key speaks for its application; only one of the role ADMIN for an administrator."""
    for role, is_admin in ((Role.ADMIN, True), (Role.USER, False)):
        made = await api_key(world, role)
        caller = await authenticate(world.services, origin(), made.api_key)
        assert isinstance(caller, KeyCaller)
        assert (caller.actor, caller.is_admin) == (f"apiKey:{made.id}", is_admin)


async def test_a_dead_api_key_is_nobody(world: World) -> None:
    """A revoked key, an expired one and one with another secret are nobody."""
    revoked, expired, other = [await api_key(world) for _ in range(3)]
    await revoke_api_key(world.services, origin(), OPERATOR, revoked.id)
    assert await authenticate(world.services, origin(), revoked.api_key) is None
    forged = other.api_key.reveal().replace(other.id, expired.id)
    assert await authenticate(world.services, origin(), Secret(forged)) is None
    world.chance.forward(timedelta(days=90))
    assert await authenticate(world.services, origin(), expired.api_key) is None


async def test_a_key_that_is_revoked_while_its_use_is_noted_is_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write may wait for its turn for seconds. Planted: its outcome passed over; seen to fail."""
    made, store = await api_key(world), world.services.store
    write = store.write

    async def late(*work: Any) -> object:
        monkeypatch.undo()
        await revoke_api_key(world.services, origin(), OPERATOR, made.id)
        return await write(*work)

    monkeypatch.setattr(store, "write", late)
    assert await authenticate(world.services, origin(), made.api_key) is None


async def test_the_last_use_of_a_key_is_noted_by_the_minute(world: World) -> None:
    """When and from where a key was used is written at most once a minute."""
    made, first = await api_key(world), world.chance.now()
    for seconds in (0, 59):
        await authenticate(world.services, origin(f"192.0.2.{seconds}"), made.api_key)
        world.chance.forward(timedelta(seconds=59))
    ((_, key),) = await world.services.store.read(lambda unit: unit.api_keys.page(None, 9))
    assert (key.last_used_at, key.last_used_address) == (first, "192.0.2.0")
    await authenticate(world.services, origin("192.0.2.9"), made.api_key)
    ((_, key),) = await world.services.store.read(lambda unit: unit.api_keys.page(None, 9))
    assert (key.last_used_at, key.last_used_address) == (world.chance.now(), "192.0.2.9")


async def test_an_application_names_itself(world: World) -> None:
    """T2: a key in the input or the header names the application; it grants nothing."""
    made = await api_key(world, Role.USER)
    in_header = replace(origin(), api_key=made.api_key)
    for where, given in ((origin(), made.api_key), (in_header, None), (in_header, made.api_key)):
        key = await check_application(world.services, where, given)
        assert key is not None
        assert not isinstance(key, InvalidInput | Unauthenticated)
        assert key.id == made.id
    assert await check_application(world.services, origin(), None) is None
    assert await check_application(world.services, origin(), Secret("dead")) is None


async def test_two_applications_at_once(embedded: World) -> None:
    """T2: keys in both places that differ are an invalid input, whatever is required."""
    made = await api_key(embedded)
    where = replace(origin(), api_key=made.api_key)
    for services in (embedded.services, embedded.with_rules(require_api_key=True)):
        refusal = await check_application(services, where, Secret("another"))
        assert isinstance(refusal, InvalidInput)
        assert [(fault.field, fault.code) for fault in refusal.faults] == [("apiKey", "DIFFERS")]


async def test_an_application_may_be_required(world: World) -> None:
    """T2: where REKEY_REQUIRE_API_KEY is set, nobody is let in without a live key.

    Planted: a revoked key accepted; seen to fail.
    """
    made = await api_key(world)
    services = world.with_rules(require_api_key=True)
    for given in (None, Secret("dead")):
        assert await check_application(services, origin(), given) == Unauthenticated()
    key = await check_application(services, origin(), made.api_key)
    assert not isinstance(key, Unauthenticated)
    await revoke_api_key(services, origin(), OPERATOR, made.id)
    assert await check_application(services, origin(), made.api_key) == Unauthenticated()
