"""A system's agent exchanges its code for a password."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.key_ring import KeyRing
from credentials.model import EffectKind, EventKind, SystemStatus
from credentials.secret import Secret
from resolvers import activate_system
from resolvers.activate_system import ActivationAdmission, SystemActivating
from resolvers.delete_system import delete_system
from resolvers.outcomes import InvalidInput, InvalidToken, TooManyAttempts
from resolvers.rewrap_keys import rewrap_keys
from resolvers.selectors import SystemSelector
from tests.agents import HERE, activate, activated, confirm, reset_system
from tests.statements import statements
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from credentials.model import System
    from tests.world import World

pytestmark = pytest.mark.anyio
ELSEWHERE = "198.51.100.1"
MOMENT = timedelta(microseconds=1)


async def now(world: World, system_id: str) -> System:
    """A system as it is now."""
    found = await world.services.store.read(lambda unit: unit.systems.by_id(system_id))
    assert found is not None
    return found.system


async def test_a_code_becomes_a_long_password(world: World) -> None:
    """S7: the agent gets a long random password, from then on the account's; the status is ACTIVATING."""
    made = await world.system()
    before = len(await world.effects())
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    assert len(agent.jid_pbxagent_password.reveal()) == 43
    assert await world.account(made.system.jid_pbxagent) == agent.jid_pbxagent_password
    assert agent.system.status is SystemStatus.ACTIVATING
    assert await now(world, made.system.id) == agent.system
    effects = (await world.effects())[before:]
    assert list(agent.effects) == effects
    kinds = [EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT]
    assert [(each.kind, each.target, each.details) for each in effects] == [
        (kind, made.system.jid_pbxagent, {}) for kind in kinds
    ]
    (event,) = await world.events(EventKind.SYSTEM_ACTIVATING)
    assert (event.success, event.system_id, event.actor) == (
        True,
        made.system.id,
        f"system:{made.system.id}",
    )


async def test_a_code_with_blanks(world: World) -> None:
    """S7: blanks in a typed code do not count."""
    made = await world.system(code_digits=8)
    code = made.activation_code.reveal()
    await activated(world, made.system.pbx_id, Secret(f" {code[:4]} {code[4:]} "))


async def test_a_lost_answer_is_given_again(world: World) -> None:
    """S7: for ten minutes the same code from the same network answers with the same password, untold.

    Planted: eleven minutes; seen to fail.
    """
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    effects = await world.effects()
    world.chance.forward(timedelta(minutes=10) - MOMENT)
    again = await activated(world, made.system.pbx_id, made.activation_code)
    assert again.jid_pbxagent_password == agent.jid_pbxagent_password
    assert again.system == agent.system
    assert await world.effects() == effects
    world.chance.forward(MOMENT)
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    assert (await now(world, made.system.id)).status is SystemStatus.ACTIVATING


async def test_a_lost_answer_across_a_change_of_root_key(world: World) -> None:
    """S7: a new root key between answer and repetition strands no agent, and lets no other network in.

    Planted: the network compared under today's key alone; seen to fail.
    """
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    world.ring.learn(KeyRing.parse(KeyRing.new_text(world.chance)))
    await rewrap_keys(world.services, OPERATOR, lambda _: None)
    again = await activated(world, made.system.pbx_id, made.activation_code)
    assert again.jid_pbxagent_password == agent.jid_pbxagent_password
    assert again.system == agent.system
    assert await activate(world, made.system.pbx_id, made.activation_code, ELSEWHERE) == InvalidToken()
    assert (await now(world, made.system.id)).status is SystemStatus.CREATED


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=11)])
async def test_a_right_code_from_another_network(world: World, later: timedelta) -> None:
    """S7: it voids code and password, sets CREATED and raises an event; the account is nobody's.

    Planted: the network not compared; seen to fail.
    """
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    world.chance.forward(later)
    before = len(await world.effects())
    assert await activate(world, made.system.pbx_id, made.activation_code, ELSEWHERE) == InvalidToken()
    assert (await now(world, made.system.id)).status is SystemStatus.CREATED
    assert await world.account(made.system.jid_pbxagent) != agent.jid_pbxagent_password
    assert await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password) == InvalidToken()
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    assert [effect.kind for effect in (await world.effects())[before:]] == [
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
    ]
    assert [event.system_id for event in await world.events(EventKind.SYSTEM_RESET)] == [made.system.id]
    fresh = await reset_system(world, made.system.id)
    await activated(world, made.system.pbx_id, fresh.activation_code, ELSEWHERE)


async def test_a_confirmed_system_has_no_code(world: World) -> None:
    """S7: once the arrival is confirmed the code opens nothing, also not to the same network."""
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password)
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    assert (await now(world, made.system.id)).status is SystemStatus.ACTIVATED


async def test_a_code_lives_a_day(world: World) -> None:
    """S8: a code lives 24 hours, whether it was used or not."""
    used, unused = await world.system("one"), await world.system("two")
    world.chance.forward(timedelta(hours=24) - MOMENT)
    await activated(world, used.system.pbx_id, used.activation_code)
    world.chance.forward(MOMENT)
    for made in (used, unused):
        assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()


async def test_the_same_agent_many_times_at_once(world: World) -> None:
    """S7: of eight requests at once with the right code from one network all get one password."""
    made = await world.system()
    shown = [activate(world, made.system.pbx_id, made.activation_code) for _ in range(8)]
    answers = await asyncio.gather(*shown)
    passwords = {
        each.jid_pbxagent_password.reveal() for each in answers if isinstance(each, SystemActivating)
    }
    assert {type(each) for each in answers} == {SystemActivating}
    assert len(passwords) == 1
    assert len(await world.events(EventKind.SYSTEM_ACTIVATING)) == 1


async def test_another_systems_code(world: World) -> None:
    """S7: the code of one system opens no other."""
    one, two = await world.system("one", code_digits=16), await world.system("two", code_digits=16)
    assert await activate(world, two.system.pbx_id, one.activation_code) == InvalidToken()
    await activated(world, one.system.pbx_id, one.activation_code)


async def test_an_unknown_system_waits(world: World) -> None:
    """Who tries codes on a system that is not there waits from the fifth one."""
    for _ in range(5):
        assert await activate(world, "nothing", Secret("1234")) == InvalidToken()
    assert await activate(world, "nothing", Secret("1234")) == TooManyAttempts(30)


async def test_a_system_that_goes_between_look_and_use(world: World) -> None:
    """A system that was deleted after its code was looked at gets nothing."""
    made = await world.system()
    admission = await activate_system.admit(
        world.services, origin(HERE), made.system.pbx_id, made.activation_code
    )
    assert isinstance(admission, ActivationAdmission)
    await delete_system(world.services, origin(), OPERATOR, SystemSelector(id=made.system.id))
    answer = await activate_system.activate_system(world.services, origin(HERE), admission)
    assert answer == InvalidToken()


@pytest.mark.parametrize(
    ("pbx_id", "code", "fields"),
    [
        ("", "1234", ["pbxId"]),
        ("x" * 255, "1234", ["pbxId"]),
        ("\0", "x", ["pbxId", "activationCode"]),
        ("PBX", "", ["activationCode"]),
        ("PBX", "123", ["activationCode"]),
        ("PBX", "1" * 17, ["activationCode"]),
        ("PBX", "12a4", ["activationCode"]),
        ("PBX", "\u0661\u0662\u0663\u0664", ["activationCode"]),
        ("PBX", "\ud800", ["activationCode"]),
    ],
)
async def test_shape_before_everything(embedded: World, pbx_id: str, code: str, fields: list[str]) -> None:
    """1.8: what cannot be a code or a name is an invalid input, and not counted."""
    with statements() as asked:
        refusal = await activate(embedded, pbx_id, Secret(code))
    assert isinstance(refusal, InvalidInput)
    assert [fault.field for fault in refusal.faults] == fields
    assert asked == []
