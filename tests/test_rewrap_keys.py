"""resolvers/rewrap_keys.py, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.key_ring import KeyRing
from credentials.key_uses import KeyUse
from credentials.kinds import EffectState
from credentials.places import wish_address
from credentials.secret import Secret
from credentials.vault import Sealed
from resolvers.authenticate import authenticate
from resolvers.key_status import key_status
from resolvers.reset_password import PasswordReset
from resolvers.rewrap_keys import CHUNK, KeysRewrapped, rewrap_keys
from tests.chance import START
from tests.mailroom import Mailroom
from tests.resets import request, reset
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio


async def rewrap(world: World) -> KeysRewrapped:
    """Rewraps without anybody who watches."""
    return await rewrap_keys(world.services, OPERATOR, lambda _: None)


async def wish(world: World, number: int) -> None:
    """Keeps a sealed address, of the shape that a wish for a reset has."""
    sealed = world.services.vault.seal(Secret("mary@example.org"), **wish_address(f"wish{number:04}"))
    await world.services.store.write(lambda unit: unit.wishes.add(f"wish{number:04}", sealed, START))


async def test_everything_sealed_moves_to_the_newest_root_key(world: World) -> None:
    """Nothing sealed names the old key, everything opens as before, tokens and sessions live on.

    Passwords and digests move by themselves or not at all. Planted: a chunk that is taken for the last;
    values that are left as they are; each seen to fail.
    """
    await world.user(jid_im="mary@localhost")
    signed, password = await world.signed_in(), await world.account("mary@localhost")
    for number in range(CHUNK + 1):
        await wish(world, number)
    old = world.ring.current_id
    world.ring.learn(KeyRing.parse(KeyRing.new_text(world.chance)))
    seen: list[int] = []
    with capture_logs() as lines:
        done = await rewrap_keys(world.services, OPERATOR, seen.append)
    assert done == KeysRewrapped(world.ring.newest_id, CHUNK + 3, 0)
    assert seen == [1, 1, CHUNK, 1]
    assert [(line["event"], line["actor"], line["root_key_changed"]) for line in lines] == [
        ("keys.rewrapped", "cli:0", True)
    ]
    before, after = (await key_status(world.services)).roots
    assert (before.key_id, before.is_current, dict(before.uses)) == (old, False, {KeyUse.PASSWORDS: 1})
    assert after.is_current
    assert after.uses[KeyUse.WISHES] == CHUNK + 1
    assert await world.account("mary@localhost") == password
    assert await authenticate(world.services, origin(), signed.access_token)
    await world.signed_in()  # proved by the old key, sealed by the new one
    assert not (await key_status(world.services)).roots[0].uses


async def test_a_second_call_finds_nothing_to_do(world: World) -> None:
    """It may be called again, and then changes nothing; with one root key likewise."""
    assert await rewrap(world) == KeysRewrapped(world.ring.current_id, 0, 0)
    world.ring.learn(KeyRing.parse(KeyRing.new_text(world.chance)))
    assert (await rewrap(world)).rewrapped == 1
    assert (await rewrap(world)).rewrapped == 0


async def test_what_does_not_open_is_counted_and_left(world: World) -> None:
    """A value of a root key that is not here stays as it is; the others are sealed anew."""
    foreign = Sealed("00000000", b"x" * 40)
    await world.services.store.write(lambda unit: unit.wishes.add("wish", foreign, START))
    world.ring.learn(KeyRing.parse(KeyRing.new_text(world.chance)))
    done = await rewrap(world)
    assert (done.rewrapped, done.unreadable) == (1, 1)
    assert await world.services.store.read(lambda unit: unit.wishes.find("wish")) == foreign


async def test_a_mail_that_is_tried_again_is_still_the_same_mail(world: World, tmp_path: Path) -> None:
    """Its link and its code stay those of the key that they were struck with, and open.

    Planted: token and code derived from the key for new work; seen to fail.
    """
    await world.user()
    mailroom = Mailroom(world, tmp_path / "mail")
    await mailroom.wish()
    first = await mailroom.resets().resolve(await mailroom.effect())
    with mailroom.unwritable():
        await mailroom.deliver()
    world.ring.learn(KeyRing.parse(KeyRing.new_text(world.chance)))
    await rewrap(world)
    mailroom.later(seconds=2)
    assert first == await mailroom.resets().resolve(await mailroom.effect())
    await mailroom.deliver()
    assert (await mailroom.effect()).state is EffectState.DELIVERED
    read = mailroom.mail(await mailroom.effect())
    assert read.code is not None
    assert isinstance(await reset(world.services, request(token=read.token)), PasswordReset)
