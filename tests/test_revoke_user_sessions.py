"""End every session of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, Role
from resolvers.outcomes import InvalidToken, UserNotFound
from resolvers.revoke_user_sessions import SessionsRevoked, revoke_user_sessions
from resolvers.selectors import UserSelector
from tests.resets import request, reset, strike
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
IM = "mary@localhost"
MARY = UserSelector(username="mary")


@pytest.mark.parametrize("roles", [(Role.USER,), (Role.ADMIN,)])
async def test_every_session_ends(world: World, roles: tuple[Role, ...]) -> None:
    """1.7 R4 R5 R6: sessions, tokens and the chat password are dead; the password stays; a letter is sent.

    Planted: the chat password left; seen to fail.
    """
    mary = await world.user(jid_im=IM, roles=roles)
    callers, mail = [await world.caller() for _ in range(3)], await strike(world, mary)
    chat, before = await world.account(IM), len(await world.effects())
    done = await revoke_user_sessions(world.services, origin(), OPERATOR, MARY)
    assert done == SessionsRevoked(3)
    assert not any([await world.is_alive(caller) for caller in callers])
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()
    assert await world.account(IM) != chat
    effects = (await world.effects())[before:]
    assert [effect.kind for effect in effects] == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.MAIL_NOTICE,
    ]
    assert effects[-1].details["letter"] == "SESSIONS_REVOKED"
    (event,) = await world.events(EventKind.SESSION_REVOKED)
    assert (event.user_id, event.actor) == (mary.id, OPERATOR.actor)
    await world.signed_in()


async def test_without_a_session(world: World) -> None:
    """Where nobody is signed in none ends, and what was mailed dies all the same."""
    await world.user()
    done = await revoke_user_sessions(world.services, origin(), OPERATOR, MARY)
    assert done == SessionsRevoked(0)


async def test_an_unknown_user(world: World) -> None:
    """1.7: a user who is not there is said to be so."""
    assert await revoke_user_sessions(world.services, origin(), OPERATOR, MARY) == UserNotFound()
