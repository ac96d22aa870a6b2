"""resolvers/rotate_keys.py, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.key_schedule import MARGIN, WAIT, KeyState
from resolvers.authenticate import authenticate
from resolvers.outcomes import Conflict
from resolvers.refresh_session import RefreshAdmission, admit, refresh_session
from resolvers.rotate_keys import KeysRotated, rotate_keys
from resolvers.sessions import SignedIn
from tests.world import OPERATOR, RULES, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def rotated(world: World, *, at_once: bool = False) -> KeysRotated:
    """Rotates, which must succeed."""
    done = await rotate_keys(world.services, OPERATOR, at_once=at_once)
    assert isinstance(done, KeysRotated), done
    return done


async def refreshed(world: World, signed: SignedIn) -> SignedIn | None:
    """The next tokens of a session; None: it is over."""
    admission = await admit(world.services, origin(), signed.refresh_token)
    if not isinstance(admission, RefreshAdmission):
        return None
    done = await refresh_session(world.services, origin(), admission)
    assert isinstance(done, SignedIn)
    return done


async def test_a_new_key_signs_an_hour_later(world: World) -> None:
    """Published at once, it signs after an hour; a session goes on over all of it; the old one goes.

    Planted: the new key signs at once; seen to fail.
    """
    await world.user()
    before = await world.signed_in()
    world.chance.forward(timedelta(minutes=1))
    (old,) = world.services.access_tokens.jwks()["keys"]
    with capture_logs() as lines:
        done = await rotated(world)
    assert (done.entry.state, done.dropped, done.revoked_sessions) == (KeyState.WAITING, [], 0)
    assert done.entry.signs_from == world.chance.now() + WAIT
    assert [(line["event"], line["actor"], line["kid"]) for line in lines] == [
        ("keys.rotated", "cli:0", done.entry.key.kid)
    ]
    new = done.entry.key.kid
    assert [jwk["kid"] for jwk in world.services.access_tokens.jwks()["keys"]] == [old["kid"], new]
    assert await authenticate(world.services, origin(), before.access_token)
    world.chance.forward(WAIT)
    assert [jwk["kid"] for jwk in world.services.access_tokens.jwks()["keys"]] == [new, old["kid"]]
    after = await refreshed(world, before)
    assert after is not None
    assert await authenticate(world.services, origin(), after.access_token)
    world.chance.forward(RULES.access_token_ttl + MARGIN)
    assert [jwk["kid"] for jwk in world.services.access_tokens.jwks()["keys"]] == [new]


async def test_one_key_waits_at_a_time(world: World) -> None:
    """A second rotation within the hour is a Conflict, and changes nothing."""
    await rotated(world)
    assert isinstance(await rotate_keys(world.services, OPERATOR, at_once=False), Conflict)
    assert len(await world.services.store.read(lambda unit: unit.signing_keys.all())) == 2
    world.chance.forward(WAIT)
    await rotated(world)


async def test_at_once_drops_every_key_and_session(world: World) -> None:
    """`--now`: one new key signs, all others are gone, a waiting one too, and no session is left.

    Planted: sessions left alone; a waiting key kept; each seen to fail.
    """
    await world.user()
    await world.user("john")
    signed = [await world.signed_in(), await world.signed_in("john")]
    await rotated(world)
    done = await rotated(world, at_once=True)
    assert (done.entry.state, len(done.dropped), done.revoked_sessions) == (KeyState.SIGNING, 2, 2)
    (kept,) = await world.services.store.read(lambda unit: unit.signing_keys.all())
    assert kept.kid == done.entry.key.kid
    for each in signed:
        assert await authenticate(world.services, origin(), each.access_token) is None
        assert await refreshed(world, each) is None
    again = await world.signed_in()
    assert await authenticate(world.services, origin(), again.access_token)
