"""`rekey xmpp sync`'s use case, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState
from delivery.relay import Relay
from resolvers.sync_xmpp_accounts import XmppAccountsSynced, sync_xmpp_accounts

if TYPE_CHECKING:
    from credentials.model import Effect
    from tests.world import World

pytestmark = pytest.mark.anyio


async def _skip_all(world: World) -> None:
    relay = Relay(world.services.store, world.chance, {})
    while await relay.step():
        pass


async def _pending(world: World) -> list[Effect]:
    return [each for each in await world.effects() if each.state is EffectState.PENDING]


async def test_every_account_is_told_once_more(world: World) -> None:
    """Users' and systems', each in its own line of the outbox, with its owner; nobody is disconnected."""
    await world.user(jid_im="mary@localhost", jid_tel="mary.tel@localhost")
    made = await world.system()
    await _skip_all(world)
    seen: list[int] = []
    assert await sync_xmpp_accounts(world.services, seen.append) == XmppAccountsSynced(3)
    told = await _pending(world)
    assert {each.kind for each in told} == {EffectKind.XMPP_PASSWORD}
    assert {(each.target, each.subject) for each in told} == {
        (jid, f"xmpp:{jid}") for jid in ("mary@localhost", "mary.tel@localhost", made.system.jid_pbxagent)
    }
    assert {each.system_id for each in told} == {None, made.system.id}
    assert seen == [3]


async def test_a_password_that_somebody_has_stays(world: World) -> None:
    """What the user's sign-in shows is what the server will be told; a forgotten code becomes random.

    Planted: every account renewed; seen to fail.
    """
    await world.user(jid_im="mary@localhost")
    made = await world.system()
    await _skip_all(world)
    before = await world.account("mary@localhost")
    assert await world.account(made.system.jid_pbxagent) is None
    await sync_xmpp_accounts(world.services, lambda _: None)
    assert await world.account("mary@localhost") == before
    given = await world.account(made.system.jid_pbxagent)
    assert given is not None
    assert given != made.activation_code


async def test_many_accounts_are_told_in_chunks(world: World) -> None:
    """However many there are, no transaction holds more than a chunk of them."""
    for number in range(5):
        await world.user(f"user{number}", password=None, jid_im=f"user{number}@localhost")
    await _skip_all(world)
    seen: list[int] = []
    assert await sync_xmpp_accounts(world.services, seen.append, 2) == XmppAccountsSynced(5)
    assert seen == [2, 4, 5]
    assert len(await _pending(world)) == 5
