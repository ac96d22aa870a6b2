"""A system's agent shows that its password arrived."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind, SystemStatus
from credentials.secret import Secret
from resolvers import confirm_system_activation
from resolvers.confirm_system_activation import ConfirmationAdmission, SystemActivated
from resolvers.delete_system import delete_system
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.selectors import SystemSelector
from tests.agents import activated, confirm, reset_system
from tests.looking import all_look_first
from tests.statements import statements
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_confirmed_system_is_activated(world: World) -> None:
    """S7: who shows the new password makes the system ACTIVATED; asked again it answers the same."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    done = await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password)
    assert isinstance(done, SystemActivated)
    assert (done.system.status, done.system.code_expires_at) == (SystemStatus.ACTIVATED, None)
    world.chance.forward(timedelta(days=30))
    assert await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password) == done
    (event,) = await world.events(EventKind.SYSTEM_ACTIVATED)
    assert (event.system_id, event.actor) == (made.system.id, f"system:{made.system.id}")
    assert await world.account(made.system.jid_pbxagent) == agent.jid_pbxagent_password


async def test_the_code_is_no_password(world: World) -> None:
    """S7: a system that waits for its agent is not confirmed by its code.

    Planted: the status not looked at; seen to fail.
    """
    made = await world.system()
    assert await confirm(world, made.system.pbx_id, made.activation_code) == InvalidToken()


async def test_wrong_passwords_are_counted(world: World) -> None:
    """S7: a wrong password confirms nothing; after five the right one waits, and then clears the count."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    for _ in range(5):
        assert await confirm(world, made.system.pbx_id, Secret("wrong")) == InvalidToken()
    right = (made.system.pbx_id, agent.jid_pbxagent_password)
    assert await confirm(world, *right) == TooManyAttempts(30)
    world.chance.forward(timedelta(seconds=30))
    for _ in range(7):
        assert isinstance(await confirm(world, *right), SystemActivated)


async def test_a_password_is_refused_where_it_is_counted(embedded: World) -> None:
    """Those that looked before any was counted are refused by the count itself, from the sixth on.

    Planted: what the count says is not looked at; seen to fail.
    """
    made = await embedded.system()
    show, wrong = confirm_system_activation.admit, Secret("wrong")
    tries = [show(embedded.services, origin(), made.system.pbx_id, wrong) for _ in range(8)]
    assert await all_look_first(embedded, tries) == 5 * [InvalidToken()] + 3 * [TooManyAttempts(30)]


async def test_not_after_the_code_expired(world: World) -> None:
    """S7: unconfirmed when the code expires, the password confirms nothing any more."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    world.chance.forward(timedelta(hours=24))
    assert await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password) == InvalidToken()


async def test_a_password_that_nobody_holds(world: World) -> None:
    """S7: where the account's password is forgotten nothing confirms it."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    jid = made.system.jid_pbxagent

    sealed = await world.services.store.read(lambda unit: unit.xmpp_accounts.password(jid))
    assert sealed is not None
    assert sealed.sealed is not None
    kept = sealed.sealed
    await world.services.store.write(lambda unit: unit.xmpp_accounts.set_password(jid, kept, is_code=True))
    await world.services.store.write(lambda unit: unit.xmpp_accounts.forget_code(jid, kept))
    assert await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password) == InvalidToken()


@pytest.mark.parametrize(
    ("pbx_id", "password"), [("", "x"), ("\ud800", "x"), ("x" * 255, "x"), ("PBX", "x" * 513)]
)
async def test_what_has_no_shape(embedded: World, pbx_id: str, password: str) -> None:
    """1.8: what cannot be a name or a password is an InvalidToken before anything is counted."""
    with statements() as asked:
        assert await confirm(embedded, pbx_id, Secret(password)) == InvalidToken()
    assert asked == []


async def test_an_unknown_system(world: World) -> None:
    """1.7: a system that is not there has one answer with a wrong password."""
    assert await confirm(world, "nothing", Secret("x")) == InvalidToken()


async def admitted(world: World, pbx_id: str, password: Secret) -> ConfirmationAdmission:
    """A confirmation whose password was looked at."""
    found = await confirm_system_activation.admit(world.services, origin(), pbx_id, password)
    assert isinstance(found, ConfirmationAdmission)
    return found


async def test_twice_at_once(world: World) -> None:
    """S7: two confirmations at once answer the same, and the audit has one."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    right = (made.system.pbx_id, agent.jid_pbxagent_password)
    first, second = [await admitted(world, *right) for _ in range(2)]
    confirmation = confirm_system_activation.confirm_system_activation
    answers = await asyncio.gather(
        confirmation(world.services, origin(), first), confirmation(world.services, origin(), second)
    )
    assert isinstance(answers[0], SystemActivated)
    assert answers[0] == answers[1]
    assert len(await world.events(EventKind.SYSTEM_ACTIVATED)) == 1


async def test_what_happens_between_look_and_change(world: World) -> None:
    """S6 S7: a system that was reset, activated anew or deleted in between is not confirmed.

    Planted: any epoch taken for the other's confirmation; seen to fail.
    """
    made = await world.system(code_digits=12)
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    right = (made.system.pbx_id, agent.jid_pbxagent_password)
    confirmations = [await admitted(world, *right) for _ in range(3)]
    confirmation = confirm_system_activation.confirm_system_activation
    fresh = await reset_system(world, made.system.id, 12)
    assert await confirmation(world.services, origin(), confirmations[0]) == InvalidToken()
    other = await activated(world, made.system.pbx_id, fresh.activation_code)
    await confirm(world, made.system.pbx_id, other.jid_pbxagent_password)
    assert await confirmation(world.services, origin(), confirmations[1]) == InvalidToken()
    await delete_system(world.services, origin(), OPERATOR, SystemSelector(id=made.system.id))
    assert await confirmation(world.services, origin(), confirmations[2]) == InvalidToken()
