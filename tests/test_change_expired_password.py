"""Change a password that opens no session any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource
from credentials.secret import Secret
from resolvers.change_password import PasswordChanged, change_expired_password
from resolvers.outcomes import InvalidCredentials, InvalidInput, Overloaded, PasswordRejected, TooManyAttempts
from resolvers.sign_in import sign_in
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.statements import statements, writes
from tests.world import NEW_PASSWORD, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from resolvers.change_password import Refused
    from resolvers.services import Services
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio


async def change(
    services: Services,
    username: str = "mary",
    old: str = PASSWORD,
    new: str = NEW_PASSWORD,
    repeat: str | None = None,
) -> PasswordChanged | Refused:
    """Changes a password by the old one alone; the repetition agrees where none is given."""
    again = Secret(new if repeat is None else repeat)
    return await change_expired_password(services, origin(), username, Secret(old), Secret(new), again)


@pytest.mark.parametrize("username", ["mary", "MARY", "mary@example.org"])
async def test_an_expired_password_is_changed(world: World, username: str) -> None:
    """O1 O2: an expired password is accepted, by username or address; the new one opens sessions."""
    mary = await world.user(jid_im="mary@localhost")
    await world.change(password_expires_at=world.chance.now() - timedelta(days=9))
    done = await change(world.services, username)
    assert isinstance(done, PasswordChanged)
    assert done.user.password is not None
    assert done.user.password.expires_at is None
    await world.signed_in("mary", NEW_PASSWORD)
    (event,) = await world.events(EventKind.PASSWORD_CHANGED)
    assert (event.actor, event.user_id, event.success) == (f"user:{mary.id}", mary.id, True)
    assert EffectKind.XMPP_NOTICE in [effect.kind for effect in done.effects]


async def test_a_valid_password_is_changed_and_ends_sessions(world: World) -> None:
    """O2 R4: a still valid password is accepted too, and every session ends."""
    await world.user()
    caller = await world.caller()
    done = await change(world.services)
    assert isinstance(done, PasswordChanged)
    assert done.revoked_sessions == 1
    assert not await world.is_alive(caller)


async def test_a_temporary_password_is_used_once(world: World) -> None:
    """O2 C3: a temporary password opens this change, once, and what is set is not temporary."""
    await world.user(require_change=True)
    done = await change(world.services)
    assert isinstance(done, PasswordChanged)
    assert done.user.password is not None
    assert not done.user.password.is_temporary
    other = "another thing entirely walking"
    assert await change(world.services, new=other) == InvalidCredentials()


async def test_a_temporary_password_dies(world: World) -> None:
    """C3: after its 24 hours a temporary password opens nothing.

    Planted: its expiry not looked at; seen to fail.
    """
    await world.user(require_change=True)
    world.chance.forward(timedelta(hours=24))
    assert await change(world.services) == InvalidCredentials()


async def test_it_may_not_be_set_again(world: World) -> None:
    """O5: the present password may not be the new one, temporary or not; the refusal names the field."""
    await world.user(require_change=True)
    refusal = await change(world.services, new=PASSWORD)
    assert isinstance(refusal, PasswordRejected)
    assert (refusal.field, [each.rule.value for each in refusal.violations]) == ("newPassword", ["REUSED"])


async def test_the_same_work_for_everyone(store: Store) -> None:
    """1.8: unknown, disabled, external, without a password: one refusal after the same work.

    It is never said that a user is managed elsewhere. Planted: no hash for an unknown name; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        for name in ("mary", "disabled"):
            await world.user(name)
        await world.user("never", None)
        await world.user("external", None, identity_source=IdentitySource.OIDC)
        await world.change("disabled", is_disabled=True)
        seen = {}
        for login in ("mary", "disabled", "never", "external", "nobody"):
            before = chance.jobs
            with statements() as asked:
                old = PASSWORD if login == "disabled" else "wrong"
                assert await change(world.services, login, old) == InvalidCredentials()
            seen[login] = (asked, chance.jobs - before)
        assert all(work == seen["mary"] for work in seen.values())
        events = await world.events(EventKind.PASSWORD_CHANGED)
        assert {event.actor for event in events} == {"anonymous"}


async def test_sign_in_and_change_count_together(world: World) -> None:
    """Wrong passwords at this door and at signIn are one count for a name and a network."""
    await world.user()
    for _ in range(3):
        assert await change(world.services, old="wrong") == InvalidCredentials()
    for _ in range(2):
        refusal = await sign_in(world.services, origin(), "mary", Secret("wrong"))
        assert refusal == InvalidCredentials()
    assert await change(world.services) == TooManyAttempts(30)


@pytest.mark.parametrize(
    ("username", "old", "repeat", "field", "code"),
    [
        ("", PASSWORD, NEW_PASSWORD, "username", "REQUIRED"),
        ("x" * 255, PASSWORD, NEW_PASSWORD, "username", "TOO_LONG"),
        ("\0", PASSWORD, NEW_PASSWORD, "username", "MALFORMED"),
        ("mary", "", NEW_PASSWORD, "oldPassword", "REQUIRED"),
        ("mary", PASSWORD, "", "repeatNewPassword", "DIFFERS"),
        ("mary", PASSWORD, NEW_PASSWORD.upper(), "repeatNewPassword", "DIFFERS"),
    ],
)
async def test_shape_before_everything(
    embedded: World, username: str, old: str, repeat: str, field: str, code: str
) -> None:
    """O1 O3 O5: what is missing or differs is refused by its field, before anything is hashed or counted."""
    with overloaded(embedded) as services, statements() as asked:
        refusal = await change(services, username, old, repeat=repeat)
    assert isinstance(refusal, InvalidInput)
    assert [(fault.field, fault.code) for fault in refusal.faults] == [(field, code)]
    assert asked == []


async def test_a_full_queue_counts_nothing(embedded: World) -> None:
    """1.8: where the hashing queue is full nothing is counted."""
    with overloaded(embedded) as services, statements() as asked:
        assert isinstance(await change(services), Overloaded)
    assert writes(asked) == []


async def test_one_use_under_concurrency(world: World) -> None:
    """O2: eight at once with one temporary password: exactly one wins."""
    await world.user(require_change=True)
    words = [f"{NEW_PASSWORD} {number}" for number in range(8)]
    answers = await asyncio.gather(*(change(world.services, new=word) for word in words))
    assert sum(isinstance(answer, PasswordChanged) for answer in answers) == 1
