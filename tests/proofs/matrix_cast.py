"""Everybody whom the allow/deny matrix knows, with what they present in each of its states."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from credentials.key_schedule import DatedKey, KeySchedule
from credentials.model import Role
from credentials.one_time import api_key
from credentials.signing_keys import SigningKey
from credentials.tokens import AccessTokens
from delivery.relay import Relay
from resolvers import activate_system as activating
from resolvers.authenticate import authenticate
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from resolvers.revoke_api_key import revoke_api_key
from resolvers.selectors import UserSelector
from resolvers.sign_out import sign_out
from resolvers.update_user import UserUpdated, update_user
from resolvers.user_input import UserChanges
from server.app import create_app
from server.settings import load
from tests.proofs.matrix import Cast, Stage
from tests.resets import strike
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from resolvers.services import Caller, SessionCaller
    from tests.world import World

STATES = ("live", "expired", "revoked", "ended", "foreign", "malformed")
PEOPLE = {"user": "mary", "guest": "gus", "disabled": "dora", "administrator": "root"}
KEYS = {"USER key": Role.USER, "ADMIN key": Role.ADMIN}
#: Whom the arguments name where a caller acts on somebody else.
VICTIM = "bob"
#: The life of an access token or a key that expires, and of those that are dead for another reason.
SHORT = timedelta(minutes=15)
LONG = timedelta(hours=1)
#: When the short ones are over.
OVER = timedelta(minutes=16)


@asynccontextmanager
async def open_stage(world: World, folder: Path) -> AsyncIterator[Stage]:
    """The application on this world's services; its clients come from where the world's own do."""
    settings = load({"REKEY_DATA_DIR": str(folder)}, None)
    transport = httpx.ASGITransport(create_app(settings, world.services), client=("192.0.2.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield Stage(client, world.services)


async def gather_cast(world: World) -> Cast:
    """Makes everybody and everything; all that is live is so at the end."""
    cast = Cast()
    roles = {"root": Role.ADMIN, "former": Role.ADMIN, "gus": Role.GUEST}
    for name in (VICTIM, "former", *PEOPLE.values()):
        await world.user(name, roles=(roles.get(name, Role.USER),))
    for caller, name in PEOPLE.items():
        await _dead_sessions(world, cast, caller, name)
    for caller, role in KEYS.items():
        await _dead_keys(world, cast, caller, role)
    demoted = UserChanges(roles=(Role.USER,))
    done = await update_user(world.services, origin(), OPERATOR, UserSelector(username="former"), demoted)
    assert isinstance(done, UserUpdated), done
    world.chance.forward(OVER)
    for caller, name in PEOPLE.items():
        await _live_session(world, cast, caller, name)
    for caller, role in KEYS.items():
        await _live_key(world, cast, caller, role)
    # Only the flag, not the epoch: the session would be alive otherwise.
    await world.change("dora", turn=False, is_disabled=True)
    cast.bearers["anonymous", "live"] = None
    cast.meant = await _meant(world)
    return cast


def _access_token(
    world: World, caller: SessionCaller, life: timedelta = LONG, tokens: AccessTokens | None = None
) -> str:
    tokens = tokens or world.services.access_tokens
    return tokens.issue(caller.user.id, caller.session.id, life).token.reveal()


async def _dead_sessions(world: World, cast: Cast, caller: str, name: str) -> None:
    cast.bearers[caller, "ended"] = _access_token(world, await world.caller(name))
    await world.change(name)
    revoked = await world.caller(name)
    cast.bearers[caller, "revoked"] = _access_token(world, revoked)
    await sign_out(world.services, origin(), revoked)
    cast.bearers[caller, "expired"] = _access_token(world, await world.caller(name), SHORT)


async def _live_session(world: World, cast: Cast, caller: str, name: str) -> None:
    live, other = await world.caller(name), await world.caller(name)
    token, address = _access_token(world, live), "http://127.0.0.1:8000"
    # Another installation at the same address: the same claims, a key of its own.
    key = DatedKey(SigningKey.new(world.chance), world.chance.now())
    theirs = AccessTokens(address, address, KeySchedule([key], SHORT), world.chance)
    cast.bearers[caller, "live"] = token
    cast.bearers[caller, "foreign"] = _access_token(world, live, tokens=theirs)
    cast.bearers[caller, "malformed"] = f"{token}="
    cast.own[caller] = {
        "revokeSession.input.sessionId": other.session.id,
        "changePassword.input.user.username": name,
    }


async def _key(world: World, maker: Caller, role: Role, life: timedelta | None = None) -> ApiKeyCreated:
    until = None if life is None else world.chance.now() + life
    made = await create_api_key(world.services, origin(), maker, "portal", role, until)
    assert isinstance(made, ApiKeyCreated), made
    return made


async def _dead_keys(world: World, cast: Cast, caller: str, role: Role) -> None:
    ended = await _key(world, await world.caller("former"), role)
    cast.bearers[caller, "ended"] = ended.api_key.reveal()
    revoked = await _key(world, OPERATOR, role)
    cast.bearers[caller, "revoked"] = revoked.api_key.reveal()
    await revoke_api_key(world.services, origin(), OPERATOR, revoked.id)
    cast.bearers[caller, "expired"] = (await _key(world, OPERATOR, role, SHORT)).api_key.reveal()


async def _live_key(world: World, cast: Cast, caller: str, role: Role) -> None:
    live = await _key(world, OPERATOR, role)
    # Used once now: the last use of a key is written a minute later at the earliest.
    assert await authenticate(world.services, origin(), live.api_key)
    cast.bearers[caller, "live"] = live.api_key.reveal()
    cast.bearers[caller, "foreign"] = api_key(world.chance, live.id).reveal()
    cast.bearers[caller, "malformed"] = f"{live.api_key.reveal()}="
    cast.meant["revokeApiKey.input.id"] = live.id
    cast.own[caller] = {}


async def _meant(world: World) -> dict[str, object]:
    bob, signed_in = await world.user_now(VICTIM), await world.signed_in(VICTIM)
    waiting, begun = await world.system("exchange"), await world.system("lobby")
    admission = await activating.admit(world.services, origin(), begun.system.pbx_id, begun.activation_code)
    assert isinstance(admission, activating.ActivationAdmission), admission
    with closing(admission):
        active = await activating.activate_system(world.services, origin(), admission)
    assert isinstance(active, activating.SystemActivating), active
    spare = await _key(world, OPERATOR, Role.USER)
    # A relay without any channel: every effect is SKIPPED, so that each can be retried.
    relay = Relay(world.services.store, world.chance, {})
    while await relay.step():
        pass
    return {
        "username": VICTIM,
        "emailAddress": bob.email_address,
        "oldPassword": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "repeatNewPassword": NEW_PASSWORD,
        "name": "new",
        "user.by.username": VICTIM,
        "system.by.id": waiting.system.id,
        "signIn.input.login": VICTIM,
        "signIn.input.password": PASSWORD,
        "refreshSession.input.refreshToken": signed_in.refresh_token.reveal(),
        "revokeSession.input.sessionId": "none of an API key's",
        "changePassword.input.user.username": VICTIM,
        "resetPassword.input.proof.token": (await strike(world, bob)).token.reveal(),
        "adminResetPassword.input.user.username": VICTIM,
        "resetSystemPassword.input.systemId": waiting.system.id,
        "activateSystem.input.pbxId": waiting.system.pbx_id,
        "activateSystem.input.activationCode": waiting.activation_code.reveal(),
        "confirmSystemActivation.input.pbxId": begun.system.pbx_id,
        "confirmSystemActivation.input.password": active.jid_pbxagent_password.reveal(),
        "createUser.input.username": "newcomer",
        "createUser.input.emailAddress": "newcomer@example.org",
        "updateUser.input.user.username": VICTIM,
        "updateUser.input.fullName": "Somebody Else",
        "deleteUser.input.user.username": VICTIM,
        "revokeUserSessions.input.user.username": VICTIM,
        "deleteSystem.input.system.id": waiting.system.id,
        "revokeApiKey.input.id": spare.id,
        "retryDelivery.input.id": (await world.effects())[0].id,
    }
