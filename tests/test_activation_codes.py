"""A system's activation code: made, put on its account, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resolvers.activation_codes import digits_fault, end_code, give_code
from tests.agents import activated

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("digits", [None, 4, 16])
def test_numbers_of_digits(digits: int | None) -> None:
    """S8: 4 to 16 digits, or the operator's number where none is given."""
    assert digits_fault(digits) is None


@pytest.mark.parametrize("digits", [-4, 0, 3, 17])
def test_other_numbers_of_digits(digits: int) -> None:
    """S8: anything else is out of range."""
    fault = digits_fault(digits)
    assert fault is not None
    assert fault.code == "OUT_OF_RANGE"


async def test_a_code_lies_as_a_digest(world: World) -> None:
    """The system's row keeps a digest of its code; the account's password is sealed."""
    made = await world.system(code_digits=16)
    found = await world.services.store.read(lambda unit: unit.systems.by_id(made.system.id))
    account = await world.services.store.read(
        lambda unit: unit.xmpp_accounts.password(made.system.jid_pbxagent)
    )
    assert found is not None
    assert found.code is not None
    assert account is not None
    assert account.sealed is not None
    assert account.holds_code
    code = made.activation_code.utf8()
    assert code not in found.code.value
    assert code not in account.sealed.box


async def test_whoever_was_overtaken_changes_nothing(world: World) -> None:
    """1.8: a code is neither given nor ended for a system that changed in between.

    Planted: the account's password replaced all the same; seen to fail.
    """
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    effects, now, services = await world.effects(), world.chance.now(), world.services
    given = await services.store.write(lambda unit: give_code(unit, services, made.system, None, now))
    ended = await services.store.write(lambda unit: end_code(unit, services, made.system, now))
    assert (given, ended) == (None, None)
    assert await world.effects() == effects
    assert await world.account(made.system.jid_pbxagent) == agent.jid_pbxagent_password
