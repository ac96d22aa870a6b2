"""How many wrong codes there may be."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.model import EffectKind, EventKind, SystemStatus
from credentials.secret import Secret
from resolvers.outcomes import InvalidToken, TooManyAttempts
from tests.agents import activate, activated, reset_system

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from resolvers.create_system import SystemCreated
    from resolvers.reset_system_password import SystemReset
    from store.systems import Activation
    from tests.world import World

pytestmark = pytest.mark.anyio
DAY_SECONDS = 24 * 3600


def wrong(code: Secret) -> Secret:
    """A code as long that is another one."""
    return Secret(str(int(code.reveal()) - 1).zfill(len(code.reveal())))


async def try_wrong(
    world: World, made: SystemCreated | SystemReset, times: int, first_network: int = 0
) -> list[object]:
    """Shows wrong codes, each from a network of its own."""
    return [
        await activate(world, made.system.pbx_id, wrong(made.activation_code), f"203.0.113.{network}")
        for network in range(first_network, first_network + times)
    ]


def alarms(logged: Sequence[Mapping[str, object]]) -> list[object]:
    """What was said of bounds that were reached."""
    return [line["event"] for line in logged if str(line["event"]).startswith("activation.")]


async def now(world: World, made: SystemCreated) -> Activation:
    """A system as it is now."""
    found = await world.services.store.read(lambda unit: unit.systems.by_id(made.system.id))
    assert found is not None
    return found


async def test_five_wrong_codes_void_it(world: World) -> None:
    """S8: five wrong codes, from anywhere, void a code; the account then has a password nobody holds.

    Planted: six; and the account left with its code; both seen to fail.
    """
    made = await world.system()
    assert await try_wrong(world, made, 4) == [InvalidToken()] * 4
    assert (await now(world, made)).code is not None
    before = len(await world.effects())
    assert await try_wrong(world, made, 1, 4) == [InvalidToken()]
    after = await now(world, made)
    assert (after.code, after.system.status) == (None, SystemStatus.CREATED)
    kept = await world.account(made.system.jid_pbxagent)
    assert kept is not None
    assert len(kept.reveal()) == 43
    assert [effect.kind for effect in (await world.effects())[before:]] == [
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
    ]
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    codes = [event.code for event in await world.events(EventKind.SYSTEM_ACTIVATING)]
    assert codes == ["INVALID_TOKEN"] * 5


async def test_wrong_codes_at_once(world: World) -> None:
    """S8: of 24 wrong codes at once no more than five are looked at.

    Planted: the count without its condition and the code not voided; together seen to fail.
    """
    made = await world.system()
    guesses = [
        activate(world, made.system.pbx_id, wrong(made.activation_code), f"203.0.113.{network}")
        for network in range(24)
    ]
    await asyncio.gather(*guesses)
    assert len(await world.events(EventKind.SYSTEM_ACTIVATING)) == 5
    assert (await now(world, made)).code is None


async def test_the_right_code_takes_its_own_back(world: World) -> None:
    """S8: a right code is not counted, however often the agent repeats it."""
    made = await world.system()
    await try_wrong(world, made, 4)
    for _ in range(25):
        await activated(world, made.system.pbx_id, made.activation_code)
    assert (await now(world, made)).code_failures == 4


async def test_ten_a_day_lock_the_system(world: World) -> None:
    """S8: ten wrong codes in a day lock the system, whatever was re-issued; the next day it opens.

    Planted: the system's count begun anew with a new code; seen to fail.
    """
    made = await world.system()
    for round_ in range(2):
        fresh = await reset_system(world, made.system.id)
        await try_wrong(world, fresh, 5, 5 * round_)
    fresh = await reset_system(world, made.system.id)
    with capture_logs() as logged:
        locked = await activate(world, made.system.pbx_id, fresh.activation_code, "203.0.113.99")
    assert locked == TooManyAttempts(DAY_SECONDS)
    (line,) = logged
    assert (line["event"], line["system_id"]) == ("activation.system_locked", made.system.id)
    assert (await now(world, made)).code is None
    assert await world.account(made.system.jid_pbxagent) != fresh.activation_code
    world.chance.forward(timedelta(days=1))
    fresh = await reset_system(world, made.system.id)
    await activated(world, made.system.pbx_id, fresh.activation_code)


async def test_the_tenth_locks_at_once(world: World) -> None:
    """S8: the tenth wrong code of a day ends a code that took only two, and with it the account's password.

    Planted: a code ended by its own five alone, the system locked by the eleventh; seen to fail.
    """
    made = await world.system()
    for round_ in range(2):
        await try_wrong(world, await reset_system(world, made.system.id), 4, 4 * round_)
    fresh = await reset_system(world, made.system.id)
    with capture_logs() as logged:
        assert await try_wrong(world, fresh, 1, 8) == [InvalidToken()]
        assert alarms(logged) == []
        assert (await now(world, made)).code is not None
        assert await try_wrong(world, fresh, 1, 9) == [InvalidToken()]
    assert alarms(logged) == ["activation.system_locked"]
    assert (await now(world, made)).code is None
    kept = await world.account(made.system.jid_pbxagent)
    assert kept is not None
    assert len(kept.reveal()) == 43
    assert await activate(world, made.system.pbx_id, fresh.activation_code, "203.0.113.99") == InvalidToken()


async def test_a_long_code_opens_a_locked_system(world: World) -> None:
    """S8: a code of 12 digits is bound by the network's count alone: a locked system has a way in.

    Planted: long codes counted by system too; seen to fail.
    """
    made = await world.system()
    for round_ in range(2):
        await try_wrong(world, await reset_system(world, made.system.id), 5, 5 * round_)
    long = await reset_system(world, made.system.id, 12)
    await try_wrong(world, long, 30, 20)
    assert (await now(world, made)).code is not None
    await activated(world, made.system.pbx_id, long.activation_code)


async def test_eleven_digits_are_not_long(world: World) -> None:
    """S8: a code of 11 digits is voided by five wrong ones."""
    made = await world.system(code_digits=11)
    await try_wrong(world, made, 5)
    assert (await now(world, made)).code is None


@pytest.mark.parametrize("digits", [4, 12])
async def test_twenty_a_day_from_a_network(world: World, digits: int) -> None:
    """S8: a network has twenty wrong codes a day over all systems; then it waits, and no code is voided.

    Planted: the network counted for each system apart; seen to fail.
    """
    systems = [await world.system(f"system {number}", code_digits=digits) for number in range(6)]
    tries = [made for made in systems for _ in range(4)][:21]
    answers = [
        await activate(world, made.system.pbx_id, wrong(made.activation_code), "192.0.2.7") for made in tries
    ]
    assert answers == [InvalidToken()] * 20 + [TooManyAttempts(DAY_SECONDS)]
    right = (systems[5].system.pbx_id, systems[5].activation_code)
    assert await activate(world, *right, "192.0.2.7") == TooManyAttempts(DAY_SECONDS)
    await activated(world, *right, "192.0.2.8")


async def test_the_services_budget(world: World) -> None:
    """S8: wrong codes over the whole service have a budget; reaching it is an alarm, and no code is voided.

    Planted: the budget not looked at; seen to fail.
    """
    services = world.with_rules(activation_budget=6)
    systems = [await world.system(f"system {number}") for number in range(3)]
    for number, made in enumerate(systems[:2]):
        for network in range(3):
            where = f"203.0.113.{10 * number + network}"
            await activate(world, made.system.pbx_id, wrong(made.activation_code), where, services)
    right = (systems[2].system.pbx_id, systems[2].activation_code)
    with capture_logs() as logged:
        assert await activate(world, *right, services=services) == TooManyAttempts(DAY_SECONDS)
    (line,) = logged
    assert (line["event"], line["log_level"]) == ("activation.budget_used_up", "error")
    long = await reset_system(world, systems[0].system.id, 12)
    answer = await activate(world, long.system.pbx_id, long.activation_code, services=services)
    assert not isinstance(answer, TooManyAttempts)
    world.chance.forward(timedelta(days=1) - timedelta(seconds=1))
    assert await activate(world, *right, services=services) == TooManyAttempts(1)


async def test_reaching_the_budget_is_an_alarm(world: World) -> None:
    """S8: the alarm is raised by the last wrong code of the budget, once, and not by a right one.

    Planted: raised by the first one beyond; seen to fail.
    """
    services, made = world.with_rules(activation_budget=3), await world.system()

    async def show(code: Secret, network: int) -> list[object]:
        with capture_logs() as logged:
            await activate(world, made.system.pbx_id, code, f"203.0.113.{network}", services)
        return alarms(logged)

    for network in range(2):
        assert await show(wrong(made.activation_code), network) == []
    assert await show(made.activation_code, 2) == []
    assert await show(wrong(made.activation_code), 3) == ["activation.budget_used_up"]
    assert (await now(world, made)).code is not None


async def test_a_full_count_costs_the_others_nothing(world: World) -> None:
    """S8: who is refused for one count is not counted in the others."""
    made, other = await world.system("one"), await world.system("two")
    services = world.with_rules(activation_budget=1)
    await activate(world, made.system.pbx_id, wrong(made.activation_code), services=services)
    for _ in range(30):
        answer = await activate(world, other.system.pbx_id, other.activation_code, services=services)
        assert isinstance(answer, TooManyAttempts)
    await activated(world, other.system.pbx_id, other.activation_code)


async def test_a_dead_code_is_counted_apart(world: World) -> None:
    """S8: tries on a system without a live code use up none of its counts, and wait by the name."""
    made = await world.system()
    await try_wrong(world, made, 5)
    answers = [await activate(world, made.system.pbx_id, made.activation_code) for _ in range(6)]
    assert answers == [InvalidToken()] * 5 + [TooManyAttempts(30)]
    fresh = await reset_system(world, made.system.id)
    await activated(world, made.system.pbx_id, fresh.activation_code)
