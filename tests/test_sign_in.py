"""Sign in."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.model import EventKind, IdentitySource, Role
from credentials.secret import Secret
from resolvers.outcomes import (
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordExpired,
    TooManyAttempts,
)
from resolvers.services import Origin
from resolvers.sessions import SignedIn
from resolvers.sign_in import sign_in
from store.attempts import wait_after
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.statements import statements, writes
from tests.world import PASSWORD, open_world, origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolvers.services import Services
    from resolvers.sign_in import Refused
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
WRONG = "wrong"


@contextmanager
def dearer(world: World) -> Iterator[Services]:
    """The services with another cost of a hash than the verifiers were made with."""
    cost = HashParameters(memory_kib=8, time_cost=2, parallelism=1)
    hashing = HashingEngine(world.ring, cost, workers=1, max_wait=5, chance=world.chance, alarm=print)
    yield replace(world.services, hashing=hashing)
    hashing.close()


async def attempt(
    services: Services, login: str = "mary", password: str = WRONG, where: Origin | None = None
) -> SignedIn | Refused:
    """Tries to sign in."""
    return await sign_in(services, where or origin(), login, Secret(password))


async def test_the_right_password_opens_a_session(world: World) -> None:
    """A user signs in by username or by address, in any case of the letters."""
    await world.user()
    done = await world.signed_in("mary")
    assert done.user.username == "mary"
    again = await world.signed_in("MARY@example.org")
    assert again.user.id == done.user.id
    signed_in = await world.events(EventKind.SIGNED_IN)
    assert [(event.success, event.actor, event.user_id) for event in signed_in] == [
        (True, f"user:{done.user.id}", done.user.id)
    ] * 2


async def test_what_a_session_lasts(world: World) -> None:
    """Access tokens live 15 minutes, a session 7 days idle; it keeps a bounded name of the browser."""
    await world.user()
    where = Origin("request", "192.0.2.1", "x" * 1000)
    done = await sign_in(world.services, where, "mary", Secret(PASSWORD))
    assert isinstance(done, SignedIn)
    assert done.access_token_expires_at - world.chance.now() == timedelta(minutes=15)
    assert done.refresh_token_expires_at - world.chance.now() == timedelta(days=7)
    caller = await world.caller()
    assert caller.session.user_agent == "pytest"
    (event, _) = await world.events(EventKind.SIGNED_IN)
    assert event.user_agent == "x" * 256


async def test_a_session_may_have_no_browser(world: World) -> None:
    """Whoever does not say what they are signs in all the same."""
    await world.user()
    done = await attempt(world.services, password=PASSWORD, where=Origin("request"))
    assert isinstance(done, SignedIn)


async def test_a_wrong_password_opens_nothing(world: World) -> None:
    """A wrong password is refused without saying what is wrong; the audit knows whose it was."""
    mary = await world.user()
    assert await attempt(world.services) == InvalidCredentials()
    (event,) = await world.events(EventKind.SIGN_IN_FAILED)
    assert (event.code, event.actor, event.user_id) == ("INVALID_CREDENTIALS", "anonymous", mary.id)


async def test_the_same_work_for_everyone(store: Store) -> None:
    """Unknown, disabled, external, without a password: refused alike, after the same statements and hashes.

    Planted: no hash where there is no verifier; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        for name in ("mary", "disabled"):
            await world.user(name)
        await world.user("never", None)
        await world.user("external", None, identity_source=IdentitySource.SAML)
        await world.user("temporary", require_change=True)
        await world.change("disabled", is_disabled=True)
        chance.forward(timedelta(days=2))
        seen = {}
        for login in ("mary", "disabled", "never", "external", "temporary", "nobody"):
            right = PASSWORD if login in {"disabled", "temporary"} else "wrong"
            before = chance.jobs
            with statements() as asked:
                assert await attempt(world.services, login, right) == InvalidCredentials()
            seen[login] = (asked, chance.jobs - before)
        assert all(work == seen["mary"] for work in seen.values())
        assert seen["mary"][1] == 1


async def test_a_wait_from_the_fifth_failure(world: World) -> None:
    """From the fifth failure there is a wait of 30 seconds that doubles up to an hour.

    NIST SP 800-63B-4 3.2.2. Planted: the wait counted from the sixth; seen to fail.
    """
    await world.user()
    for _ in range(4):
        assert await attempt(world.services) == InvalidCredentials()
    waits = []
    for _ in range(9):
        assert await attempt(world.services) == InvalidCredentials()
        refusal = await attempt(world.services, password=PASSWORD)
        assert isinstance(refusal, TooManyAttempts)
        waits.append(refusal.retry_after)
        world.chance.forward(timedelta(seconds=refusal.retry_after))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert isinstance(await attempt(world.services, password=PASSWORD), SignedIn)


async def test_a_refused_try_is_not_counted(world: World) -> None:
    """Who comes too early does not wait longer for it."""
    await world.user()
    for _ in range(5):
        await attempt(world.services)
    for _ in range(10):
        assert await attempt(world.services) == TooManyAttempts(30)
    world.chance.forward(timedelta(seconds=29))
    assert await attempt(world.services, password=PASSWORD) == TooManyAttempts(1)


@pytest.mark.parametrize("login", ["mary", "nobody"])
async def test_counts_are_for_a_name_and_a_network(world: World, login: str) -> None:
    """The wait holds for one name, known or not, from one network (an IPv6 /64) only."""
    await world.user()
    await world.user("john")
    near, other = origin("2001:db8::1"), origin("2001:db8:0:1::1")
    for _ in range(5):
        await attempt(world.services, login, where=near)
    assert await attempt(world.services, login.upper(), where=origin("2001:db8::2")) == TooManyAttempts(30)
    assert await attempt(world.services, login, where=other) == InvalidCredentials()
    assert isinstance(await attempt(world.services, "john", PASSWORD, near), SignedIn)


async def test_the_right_password_clears_the_count(world: World) -> None:
    """A success forgets the failures before it."""
    await world.user()
    for _ in range(3):
        for _ in range(4):
            assert await attempt(world.services) == InvalidCredentials()
        await world.signed_in()


async def test_attempts_in_flight_count(world: World) -> None:
    """Twelve tries at once are counted before any is hashed: five are looked at, seven are not.

    Planted: a full count overlooked; seen to fail.
    """
    await world.user()
    answers = await asyncio.gather(*(attempt(world.services) for _ in range(12)))
    assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == 7


async def test_an_expired_password_opens_no_session(world: World) -> None:
    """O2: an expired password is right and opens nothing, said only to who knows it, and not counted."""
    await world.user()
    past = world.chance.now() - timedelta(seconds=1)
    await world.change(password_expires_at=past)
    for _ in range(12):
        assert await attempt(world.services, password=PASSWORD) == PasswordExpired(past, is_temporary=False)
    assert await attempt(world.services) == InvalidCredentials()
    (last,) = [event.code for event in await world.events(EventKind.SIGN_IN_FAILED)][-1:]
    assert last == "INVALID_CREDENTIALS"


async def test_a_temporary_password_opens_no_session(world: World) -> None:
    """C3: a temporary password opens no session, and when it is dead it is as good as wrong."""
    await world.user(require_change=True)
    alive = PasswordExpired(None, is_temporary=True)
    assert await attempt(world.services, password=PASSWORD) == alive
    world.chance.forward(timedelta(hours=24))
    assert await attempt(world.services, password=PASSWORD) == InvalidCredentials()


@pytest.mark.parametrize("values", [{}, {"is_disabled": True}, {"roles": [Role.GUEST]}])
async def test_a_change_while_the_hash_is_computed(store: Store, values: dict[str, Any]) -> None:
    """A session of an epoch that turned between the proof and its beginning is never begun.

    Planted: the session begun without comparing the epoch; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        mary = await world.user()
        chance.before_job(1, lambda: world.change(**values))
        assert await attempt(world.services, password=PASSWORD) == InvalidCredentials()
        sessions = await store.read(lambda unit: unit.sessions.of_users([mary.id], chance.now()))
        assert sessions == []


async def test_a_verifier_moves_to_newer_parameters(world: World) -> None:
    """A good sign-in seals the password anew where its verifier is not as new ones are."""
    before = await world.user()
    with dearer(world) as services:
        assert isinstance(await attempt(services, password=PASSWORD), SignedIn)
    after = await world.user_now()
    assert after.epoch == before.epoch
    assert after.verifier is not None
    assert "t=2" in after.verifier.phc


async def test_of_many_at_once_whose_verifier_is_older_none_is_refused(world: World) -> None:
    """Eight programs of one user, each in a network of its own, that start together: all are let in.

    Planted: the verifier replaced after the session began, a deadlock on PostgreSQL; seen to fail.
    """
    await world.user()
    with dearer(world) as services:
        places = [origin(f"198.51.100.{number}") for number in range(8)]
        done = await asyncio.gather(*(attempt(services, "mary", PASSWORD, where) for where in places))
    assert [type(each) for each in done] == [SignedIn] * 8


@pytest.mark.parametrize(
    ("login", "password", "field", "code"),
    [
        ("", PASSWORD, "login", "REQUIRED"),
        (" ", PASSWORD, "login", "REQUIRED"),
        ("x" * 255, PASSWORD, "login", "TOO_LONG"),
        ("ma\0ry", PASSWORD, "login", "MALFORMED"),
        ("ma\ud800ry", PASSWORD, "login", "MALFORMED"),
        ("mary", "", "password", "REQUIRED"),
        ("mary", "x" * 5000, "password", "TOO_LONG"),
        ("mary", "\ud800", "password", "MALFORMED"),
    ],
)
async def test_shape_comes_first(embedded: World, login: str, password: str, field: str, code: str) -> None:
    """1.8: what has no shape is refused before a place, a count or a look, and without an audit."""
    with overloaded(embedded) as services, statements() as asked:
        refusal = await attempt(services, login, password)
    assert isinstance(refusal, InvalidInput)
    assert [(fault.field, fault.code) for fault in refusal.faults] == [(field, code)]
    assert asked == []


async def test_a_full_queue_counts_nothing(embedded: World) -> None:
    """1.8: where the hashing queue is full nothing is tried or counted."""
    with overloaded(embedded) as services, statements() as asked:
        refusal = await attempt(services)
    assert isinstance(refusal, Overloaded)
    assert refusal.retry_after > 0
    assert writes(asked) == []


def test_waits_never_grow_beyond_an_hour() -> None:
    """However many failures there are, an hour is the longest wait."""
    assert wait_after(4) == timedelta(0)
    assert wait_after(1000) == timedelta(hours=1)
