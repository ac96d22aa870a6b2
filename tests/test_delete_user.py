"""Delete a user."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, Role
from credentials.secret import Secret
from resolvers.delete_user import UserDeleted, delete_user
from resolvers.outcomes import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    ReauthenticationRequired,
    Unauthenticated,
    UserNotFound,
)
from resolvers.selectors import UserSelector
from resolvers.sign_in import sign_in
from resolvers.update_user import LAST
from tests.resets import request, reset, strike
from tests.world import OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from resolvers.delete_user import Refused
    from resolvers.services import Caller
    from tests.world import World

pytestmark = pytest.mark.anyio
IM = "mary@localhost"


async def delete(world: World, caller: Caller = OPERATOR, username: str = "mary") -> UserDeleted | Refused:
    """Deletes a user."""
    return await delete_user(world.services, origin(), caller, UserSelector(username=username))


async def test_a_deleted_user_is_out_everywhere(world: World) -> None:
    """1.7 R4 R5 R6: sessions, tokens, password and chat password are dead; the last letter is sent.

    Planted: the effects left out; seen to fail.
    """
    mary = await world.user(jid_im=IM)
    caller, mail, before = await world.caller(), await strike(world, mary), len(await world.effects())
    assert await delete(world) == UserDeleted()
    assert not await world.is_alive(caller)
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()
    refusal = await sign_in(world.services, origin(), "mary", Secret(PASSWORD))
    assert refusal == InvalidCredentials()
    assert await world.account(IM) is None
    effects = (await world.effects())[before:]
    assert [(each.kind, each.target) for each in effects] == [
        (EffectKind.XMPP_NOTICE, IM),
        (EffectKind.XMPP_PASSWORD, IM),
        (EffectKind.XMPP_DISCONNECT, IM),
        (EffectKind.MAIL_NOTICE, mary.id),
    ]
    assert (effects[-1].details["letter"], effects[-1].details["to"]) == (
        "ACCOUNT_DELETED",
        mary.email_address,
    )


async def test_the_audit_stays(world: World) -> None:
    """What a deleted user did, and that they were deleted, stays in the audit."""
    mary = await world.user()
    await world.signed_in()
    await delete(world)
    events = [(event.kind, event.user_id) for event in await world.events()]
    assert events == [
        (EventKind.USER_CREATED, mary.id),
        (EventKind.SIGNED_IN, mary.id),
        (EventKind.USER_DELETED, mary.id),
    ]


async def test_names_are_free_again(world: World) -> None:
    """1.7: names and JIDs may be given again; neither id is."""
    first = await world.user(jid_im=IM)
    await delete(world)
    second = await world.user(jid_im=IM)
    assert second.id != first.id
    assert second.system_user_id > first.system_user_id


async def test_an_unknown_user(world: World) -> None:
    """1.7: who is not there cannot be deleted, nor twice."""
    assert await delete(world) == UserNotFound()
    await world.user()
    await delete(world)
    assert await delete(world) == UserNotFound()


async def test_nobody_deletes_themselves(world: World) -> None:
    """C9: an administrator does not delete themselves."""
    caller = await world.admin()
    await world.user("toor", roles=(Role.ADMIN,))
    refusal = await delete(world, caller, "root")
    assert isinstance(refusal, InvalidInput)
    assert [(each.field, each.code) for each in refusal.faults] == [("user", "NOT_ALLOWED")]
    assert await world.is_alive(caller)


async def test_the_last_administrator_stays(world: World) -> None:
    """C9: the last enabled local administrator is not deleted, by the operator either."""
    caller = await world.admin()
    assert await delete(world, OPERATOR, "root") == Conflict(LAST)
    assert await world.is_alive(caller)


async def test_an_administrator_needs_a_fresh_sign_in(world: World) -> None:
    """C8: an administrator is deleted by a fresh session only, and the others are mailed."""
    stale = await world.admin()
    key = await world.key_caller()
    maker = await world.admin("toor")
    made = await world.made_key(maker)
    await world.user()
    assert await delete(world, key, "toor") == Forbidden()
    assert await delete(world, key, "mary") == UserDeleted()
    world.chance.forward(timedelta(minutes=16))
    assert await delete(world, stale, "toor") == ReauthenticationRequired()
    assert await world.key_is_alive(made)
    fresh = await world.caller("root")
    since = len(await world.effects())
    assert await delete(world, fresh, "toor") == UserDeleted()
    told = [(each.details["to"], each.details["letter"]) for each in (await world.effects())[since:]]
    assert told == [
        ("toor@example.org", "ACCOUNT_DELETED"),
        ("root@example.org", "ADMINISTRATOR_NOTICE"),
    ]
    assert not await world.key_is_alive(made)


async def test_who_was_demoted_meanwhile_deletes_no_administrator(world: World) -> None:
    """Rights that changed between the guard's read and the transaction are not used any more."""
    one, other = await world.admin("one"), await world.admin("other")
    await world.user("third", roles=(Role.ADMIN,))
    await world.change("other")
    gone = await delete_user(world.services, origin(), other, UserSelector(username="third"))
    assert gone == Unauthenticated()
    gone = await delete_user(world.services, origin(), one, UserSelector(username="third"))
    assert gone == UserDeleted()
