"""An administrator resets a system."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, SystemStatus
from credentials.secret import Secret
from resolvers import activate_system
from resolvers.outcomes import Conflict, InvalidInput, InvalidToken, SystemNotFound
from resolvers.reset_system_password import SystemReset, reset_system_password
from tests.agents import activate, activated, confirm, reset_system
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_new_code_of_four_digits(world: World) -> None:
    """S2 S3: by its id a system gets a code from 1000 to 9999 for 24 hours, its account's password too."""
    made = await world.system()
    done = await reset_system(world, made.system.id)
    code = done.activation_code.reveal()
    assert 1000 <= int(code) <= 9999
    assert (done.activation_code_expires_at - world.chance.now()).total_seconds() == 24 * 3600
    assert await world.account(made.system.jid_pbxagent) == done.activation_code


async def test_what_the_server_is_told(world: World) -> None:
    """S3: the account's password is put on the XMPP server, then its resources are disconnected."""
    made = await world.system()
    before = len(await world.effects())
    done = await reset_system(world, made.system.id)
    effects = (await world.effects())[before:]
    assert list(done.effects) == effects
    jid = made.system.jid_pbxagent
    told = [(each.kind, each.subject, each.target, each.system_id, each.details) for each in effects]
    assert told == [
        (EffectKind.XMPP_PASSWORD, f"xmpp:{jid}", jid, made.system.id, {}),
        (EffectKind.XMPP_DISCONNECT, f"xmpp:{jid}", jid, made.system.id, {}),
    ]


async def test_the_pbx_id_stays(world: World) -> None:
    """S4: neither `pbxId` nor the JID changes by a reset."""
    made = await world.system()
    done = await reset_system(world, made.system.id)
    assert done.system.pbx_id == made.system.pbx_id
    assert done.system.jid_pbxagent == made.system.jid_pbxagent


async def test_any_status_becomes_created(world: World) -> None:
    """S5: from CREATED, ACTIVATING and ACTIVATED it becomes CREATED, and the answer says from what."""
    made = await world.system()
    seen = [(await reset_system(world, made.system.id))]
    await activated(world, made.system.pbx_id, seen[-1].activation_code)
    seen.append(await reset_system(world, made.system.id))
    agent = await activated(world, made.system.pbx_id, seen[-1].activation_code)
    await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password)
    seen.append(await reset_system(world, made.system.id))
    assert [done.previous_status for done in seen] == list(SystemStatus)
    assert {done.system.status for done in seen} == {SystemStatus.CREATED}
    (event, *_) = await world.events(EventKind.SYSTEM_RESET)
    assert (event.system_id, event.actor, event.success) == (made.system.id, OPERATOR.actor, True)


async def test_what_was_before_is_dead(world: World) -> None:
    """S6: any older code and the password of an activated system are dead.

    Planted: the older code's digest kept; seen to fail.
    """
    made = await world.system(code_digits=12)
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password)
    done = await reset_system(world, made.system.id, 12)
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    assert await confirm(world, made.system.pbx_id, agent.jid_pbxagent_password) == InvalidToken()
    assert await world.account(made.system.jid_pbxagent) != agent.jid_pbxagent_password
    await activated(world, made.system.pbx_id, done.activation_code)


async def test_an_admission_of_before_is_dead(world: World) -> None:
    """S6: an agent whose code was looked at before the reset and used after it gets nothing."""
    made = await world.system()
    admission = await activate_system.admit(
        world.services, origin(), made.system.pbx_id, made.activation_code
    )
    assert isinstance(admission, activate_system.ActivationAdmission)
    await reset_system(world, made.system.id)
    answer = await activate_system.activate_system(world.services, origin(), admission)
    assert answer == InvalidToken()


@pytest.mark.parametrize("digits", [4, 5, 12, 16])
async def test_longer_codes(world: World, digits: int) -> None:
    """S8: a code has as many digits as are asked for, and opens the system."""
    made = await world.system()
    done = await reset_system(world, made.system.id, digits)
    assert len(done.activation_code.reveal()) == digits
    await activated(world, made.system.pbx_id, done.activation_code)


@pytest.mark.parametrize("digits", [-1, 0, 3, 17, 10**9])
async def test_digits_out_of_range(embedded: World, digits: int) -> None:
    """1.8: fewer than 4 or more than 16 digits are an invalid input, before the system is looked up."""
    refusal = await reset_system_password(embedded.services, origin(), OPERATOR, "nothing", digits)
    assert isinstance(refusal, InvalidInput)
    (fault,) = refusal.faults
    assert (fault.field, fault.code, fault.meta) == ("codeDigits", "OUT_OF_RANGE", {"min": 4, "max": 16})


@pytest.mark.parametrize("system_id", ["nothing", "", "\0", "\ud800"])
async def test_an_unknown_system(world: World, system_id: str) -> None:
    """1.7: a system that is not there is said to be so."""
    answer = await reset_system_password(world.services, origin(), OPERATOR, system_id, None)
    assert answer == SystemNotFound()


async def test_a_rule_for_the_digits(world: World) -> None:
    """S3: the operator's number of digits is used where none is asked for."""
    made = await world.system()
    services = world.with_rules(activation_code_digits=9)
    done = await reset_system_password(services, origin(), OPERATOR, made.system.id, None)
    assert isinstance(done, SystemReset)
    assert len(done.activation_code.reveal()) == 9


async def test_codes_may_be_kept_off_the_server(world: World) -> None:
    """S8: with REKEY_XMPP_ACTIVATION_CODE=false the account gets a random password that nobody holds."""
    made = await world.system()
    services = world.with_rules(xmpp_activation_code=False)
    done = await reset_system_password(services, origin(), OPERATOR, made.system.id, None)
    assert isinstance(done, SystemReset)
    kept = await world.account(made.system.jid_pbxagent)
    assert isinstance(kept, Secret)
    assert len(kept.reveal()) == 43
    agent = await activated(world, made.system.pbx_id, done.activation_code)
    assert agent.jid_pbxagent_password != kept


async def test_two_resets_at_once(world: World) -> None:
    """S6: of eight resets at once the last one's code alone is alive; who was overtaken has a Conflict."""
    made = await world.system()
    asked = (world.services, origin(), OPERATOR, made.system.id, 16)
    answers = await asyncio.gather(*(reset_system_password(*asked) for _ in range(8)))
    assert {type(answer) for answer in answers} <= {SystemReset, Conflict}
    codes = [answer.activation_code for answer in answers if isinstance(answer, SystemReset)]
    opened = [await activate(world, made.system.pbx_id, code) for code in codes]
    assert len([answer for answer in opened if answer != InvalidToken()]) == 1
    events = await world.events(EventKind.SYSTEM_RESET)
    assert len([event for event in events if event.success]) == len(codes)
