"""Who may call what: every root field, every caller, every state of what they present (ASVS 8.2.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from resolvers.reset_system_password import reset_system_password
from store.opening import embedded_path
from tests.proofs.matrix import GUARDS, PASS, Dump, RootField, problems, root_fields
from tests.proofs.matrix_cast import KEYS, PEOPLE, STATES, VICTIM, gather_cast, open_stage
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from credentials.secret import Secret
    from tests.proofs.matrix import Cast, Stage
    from tests.world import World

pytestmark = pytest.mark.anyio

FIELDS = root_fields()
PROBLEMS = problems()
#: Written by hand, so that a guard that was swapped or weakened in the code is seen here.
INTENDED = {
    "public": {
        *("passwordPolicy", "serviceInfo"),
        *("signIn", "changeExpiredPassword", "requestPasswordReset"),
    },
    "selfOnly": {"me", "signOut", "revokeSession", "changePassword", "credentialEvents"},
    "tokenAuth": {"refreshSession", "resetPassword", "activateSystem", "confirmSystemActivation"},
    "adminOnly": {
        *("user", "users", "system", "systems", "apiKeys", "auditEvents", "deliveries"),
        "allCredentialEvents",
        *("adminResetPassword", "createUser", "updateUser", "deleteUser", "revokeUserSessions"),
        *("resetSystemPassword", "createSystem", "deleteSystem"),
        *("createApiKey", "revokeApiKey", "retryDelivery"),
    },
}
#: Fields whose body refuses somebody whom the guard lets pass: C8, an API key never makes keys.
REFUSED_BY_THE_BODY = {("createApiKey", "ADMIN key"): "FORBIDDEN"}
OTHER = "somebody else as "
#: Where each one-time secret is sent.
SECRETS = {
    "refreshSession": "refreshSession.input.refreshToken",
    "resetPassword": "resetPassword.input.proof.token",
    "activateSystem": "activateSystem.input.activationCode",
    "confirmSystemActivation": "confirmSystemActivation.input.password",
}
DEAD_SECRETS = ("expired", "used", "ended", "foreign", "malformed")
#: What is answered where it is not InvalidToken: S7, asked again with the same password it answers the same.
ANSWERS = {
    ("activateSystem", "malformed"): "InvalidInput",
    ("confirmSystemActivation", "used"): "ConfirmSystemActivationSuccess",
}
#: What a refusal may write, and where it may write more: an old refresh token ends its session, a wrong
#: activation code is counted on its system (S8).
COUNTED = {"attempts", "events"}
ALSO_CHANGED = {
    ("refreshSession", "used"): {"sessions"},
    ("activateSystem", "foreign"): {"systems"},
    ("activateSystem", "ended"): {"systems"},
}
#: Digits of a new code that cannot happen to be the old one again.
LONG_CODE = 16
#: Beyond a session's seven idle days; and beyond the ten minutes in which an activation may be repeated.
EVERY_SECRET_IS_OVER = timedelta(days=8)
NO_REPEAT = timedelta(minutes=11)


def expected(root: RootField, caller: str, state: str) -> str:
    """What the contract says of one cell: PASS, or a code of `errors`."""
    if root.guard in ("public", "tokenAuth"):
        return PASS
    if caller.removeprefix(OTHER) in ("anonymous", "disabled") or state != "live":
        return "UNAUTHENTICATED"
    if root.guard == "selfOnly":
        return "FORBIDDEN" if caller in KEYS or caller.startswith(OTHER) else PASS
    if caller not in ("administrator", "ADMIN key"):
        return "FORBIDDEN"
    return REFUSED_BY_THE_BODY.get((root.name, caller), PASS)


def cells(root: RootField, states: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every caller in every state; where a field has a subject, also callers who name somebody else."""
    yield "anonymous", "live"
    callers = [*PEOPLE, *KEYS, *(OTHER + caller for caller in PEOPLE if root.subject)]
    for caller in callers:
        for state in states:
            yield caller, state


async def wrong_cells(stage: Stage, cast: Cast, roots: list[RootField], states: tuple[str, ...]) -> list[str]:
    """The cells that are not as the contract says, each with what came and what changed."""
    before, verdicts = await stage.dump(), {}
    for root in roots:
        for caller, state in cells(root, states):
            who = caller.removeprefix(OTHER)
            own = cast.own.get(who, {}) if who == caller else {}
            variables = root.variables(cast.meant | own)
            came = await stage.ask(root, variables, cast.bearers[who, state])
            should, after = expected(root, caller, state), await stage.dump()
            is_right = came == should if should != PASS else came[0].isupper() and came[1].islower()
            cell = f"{root.name} x {caller} x {state}: {came} {changes(before, after)}"
            verdicts[cell] = is_right and came not in PROBLEMS and (should == PASS or after == before)
            if after != before:
                await stage.restore(before)
    return [cell for cell, is_right in verdicts.items() if not is_right]


def changes(before: Dump, after: Dump) -> list[str]:
    """The tables that are not as they were."""
    return [name for name in before if before[name] != after[name]]


def test_every_field_has_the_guard_that_was_meant() -> None:
    """The one directive of each root field is the one that is written down here.

    Planted: `users` with @public in place of @adminOnly; seen to fail.
    """
    found = {guard: {root.name for root in FIELDS if root.guard == guard} for guard in GUARDS}
    assert found == INTENDED


@pytest.mark.parametrize("guard", GUARDS)
async def test_only_the_documented_cells_pass_and_the_others_change_nothing(
    world: World, database_url: Secret, tmp_path: Path, guard: str
) -> None:
    """R1 R2 C1 S1: who may not is told so by one code, and no table differs; who may gets a success.

    Planted: an API key passes @selfOnly; a session is alive that was ended, or is of an older epoch, or
    a disabled user's; an administrator passes @selfOnly for another; a revoked or expired key passes; each
    seen to fail.
    """
    # On PostgreSQL two states: what differs between the databases is the look-up, not the token.
    states = STATES if embedded_path(database_url) else ("live", "revoked")
    roots = [root for root in FIELDS if root.guard == guard]
    async with open_stage(world, tmp_path) as stage:
        assert not await wrong_cells(stage, await gather_cast(world), roots, states)


@pytest.mark.parametrize("root", [root for root in FIELDS if root.guard == "tokenAuth"], ids=lambda r: r.name)
async def test_only_a_live_one_time_secret_opens_its_field(
    world: World, tmp_path: Path, root: RootField
) -> None:
    """A secret that expired, was used, ended, made elsewhere or misspelt opens nothing and changes nothing.

    Attempts are counted and the audit is written. Planted: an expired token is found and spent; seen to fail.
    """
    async with open_stage(world, tmp_path) as stage:
        cast = await gather_cast(world)
        before, now, verdicts = await stage.dump(), world.chance.now(), {}
        for state in DEAD_SECRETS:
            await kill_secret(world, stage, root, cast, state)
            killed = await stage.dump()
            came = await stage.ask(root, root.variables(cast.meant | presented(cast, root, state)), None)
            changed = set(changes(killed, await stage.dump()))
            should = ANSWERS.get((root.name, state), "InvalidToken")
            beyond = changed - COUNTED - ALSO_CHANGED.get((root.name, state), set())
            verdicts[f"{state}: {came} {changed}"] = came == should and not beyond
            await stage.restore(before)
            world.chance.set(now)
        assert all(verdicts.values()), verdicts


def presented(cast: Cast, root: RootField, state: str) -> dict[str, object]:
    """What is sent in place of the live secret, where the state is one of the secret's text."""
    name = SECRETS[root.name]
    live = str(cast.meant[name])
    texts = {"malformed": f"{live}=", "foreign": "1000" if live != "1000" else "1001"}
    if not live.isdigit():
        texts["foreign"] = live[:-43] + "A" * 43
    return {name: texts[state]} if state in texts else {}


async def kill_secret(world: World, stage: Stage, root: RootField, cast: Cast, state: str) -> None:
    """Does what ends the secret that opens this field."""
    if state == "expired":
        world.chance.forward(EVERY_SECRET_IS_OVER)
    if state == "used":
        assert await stage.ask(root, root.variables(cast.meant), None) not in PROBLEMS
        world.chance.forward(NO_REPEAT)
    if state == "ended":
        await world.change(VICTIM)
        for system in await world.services.store.read(lambda unit: unit.systems.page(None, 10, None)):
            await reset_system_password(world.services, origin(), OPERATOR, system[1].id, LONG_CODE)
