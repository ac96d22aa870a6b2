"""What an administrator asked for before their rights ended comes to nothing after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import build_schema

from credentials.model import Role
from credentials.secret import Secret
from resolvers.admin_reset_password import admin_reset_password
from resolvers.create_api_key import create_api_key
from resolvers.create_system import create_system
from resolvers.create_user import create_user
from resolvers.delete_system import delete_system
from resolvers.delete_user import delete_user
from resolvers.outcomes import Forbidden, Unauthenticated
from resolvers.reset_system_password import reset_system_password
from resolvers.retry_delivery import retry_delivery
from resolvers.revoke_api_key import revoke_api_key
from resolvers.revoke_user_sessions import revoke_user_sessions
from resolvers.selectors import SystemSelector, UserSelector
from resolvers.sign_out import sign_out
from resolvers.unlock_user import unlock_user
from resolvers.update_user import update_user
from resolvers.user_input import NewUser, UserChanges
from schema import print_sdl
from tests.world import OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from resolvers.services import Caller, SessionCaller
    from tests.world import World

    Ending: TypeAlias = Callable[[World, SessionCaller], Awaitable[None]]

pytestmark = pytest.mark.anyio

MARY, ROOT = UserSelector(username="mary"), UserSelector(username="root")


async def _demoted(world: World, _caller: SessionCaller) -> None:
    await update_user(world.services, origin(), OPERATOR, ROOT, UserChanges(roles=[Role.USER]))


async def _deleted(world: World, _caller: SessionCaller) -> None:
    await delete_user(world.services, origin(), OPERATOR, ROOT)


async def _signed_out(world: World, caller: SessionCaller) -> None:
    await sign_out(world.services, origin(), caller)


async def _acts(world: World, caller: Caller) -> dict[str, object]:
    """One of each thing that administrators do, to whom and what there is."""
    await world.user()
    system_id, key_id = (await world.system()).system.id, (await world.key_caller()).key.id
    before = len(await world.events()), len(await world.effects())
    asked = (world.services, origin(), caller)
    new = NewUser("mallory", "mallory@example.org", password=Secret(PASSWORD))
    answers: dict[str, object] = {
        "createUser": await create_user(*asked, new),
        "updateUser": await update_user(*asked, MARY, UserChanges(full_name="Mallory")),
        "deleteUser": await delete_user(*asked, MARY),
        "unlockUser": await unlock_user(*asked, MARY),
        "revokeUserSessions": await revoke_user_sessions(*asked, MARY),
        "adminResetPassword": await admin_reset_password(
            *asked, MARY, None, require_change=True, send_mail=False
        ),
        "adminResetPassword, by mail": await admin_reset_password(
            *asked, MARY, None, require_change=True, send_mail=True
        ),
        "createApiKey": await create_api_key(*asked, "evil", Role.ADMIN, None),
        "revokeApiKey": await revoke_api_key(*asked, key_id),
        "createSystem": await create_system(*asked, "evil"),
        "resetSystemPassword": await reset_system_password(*asked, system_id, None),
        "deleteSystem": await delete_system(*asked, SystemSelector(id=system_id)),
        "retryDelivery": await retry_delivery(world.services, caller, "delivery"),
    }
    assert (len(await world.events()), len(await world.effects())) == before
    return answers


@pytest.mark.parametrize("end", [_demoted, _deleted, _signed_out])
async def test_a_session_that_ended_after_the_guard_read_it_does_nothing(world: World, end: Ending) -> None:
    """Demoted, deleted or signed out while a hash was waited for: nothing is done, and nothing written down.

    Planted, seen to fail: rights read by the guard alone, so that a key and an administrator could be left
    behind; and the epoch alone looked at, which signing out does not turn.
    """
    caller, _ = await world.admin(), await world.admin("other")
    await end(world, caller)
    assert set((await _acts(world, caller)).values()) == {Unauthenticated()}


async def test_a_key_that_was_revoked_meanwhile_does_nothing(world: World) -> None:
    """Of an application alike; a key makes no keys anyway."""
    caller = await world.key_caller()
    await revoke_api_key(world.services, origin(), OPERATOR, caller.key.id)
    answers = await _acts(world, caller)
    assert answers.pop("createApiKey") == Forbidden()
    assert set(answers.values()) == {Unauthenticated()}
    assert answers.keys() | {"createApiKey"} >= _administrators_mutations()


def _administrators_mutations() -> set[str]:
    """Those that the schema gives to administrators: a new one belongs among these, too."""
    mutations = build_schema(print_sdl()).mutation_type
    assert mutations is not None
    nodes = [field.ast_node for field in mutations.fields.values() if field.ast_node is not None]
    return {node.name.value for node in nodes if "adminOnly" in {each.name.value for each in node.directives}}
