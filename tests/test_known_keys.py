"""resolvers/known_keys.py, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from credentials.key_ring import KeyRing
from credentials.key_schedule import MARGIN, WAIT, DatedKey, KeySchedule
from credentials.signing_keys import SigningKey
from credentials.tokens import AccessTokens
from credentials.vault import Vault
from resolvers.known_keys import LEAST_SECONDS, Keyroom, KnownKeys, seal_key
from store.installation import CheckValue
from store.opening import embedded_path
from tests.statements import statements
from tests.world import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio

TTL = timedelta(minutes=15)
ADDRESS = "http://127.0.0.1:8000"


def tokens_of(world: World, *keys: SigningKey) -> AccessTokens:
    """What a node that knows these keys alone issues and reads."""
    dated = [DatedKey(key, world.chance.now()) for key in keys]
    return AccessTokens(ADDRESS, ADDRESS, KeySchedule(dated, TTL), world.chance)


def node(world: World, learn: Callable[[], None] = lambda: None, every: float = 3600) -> KnownKeys:
    """A node of its own that has not read the database yet: it knows a key that is no one's."""
    tokens = tokens_of(world, SigningKey.new(world.chance))
    vault = Vault(world.ring, world.chance)
    room = Keyroom(world.services.store, world.ring, vault, tokens, RULES.access_token_ttl)
    return KnownKeys(room, world.chance, learn, every)


async def add_key(world: World) -> SigningKey:
    """Adds a signing key as another process would."""
    key = SigningKey.new(world.chance)
    kept = seal_key(key, world.chance.now(), world.services.vault)
    await world.services.store.write(lambda unit: unit.signing_keys.add(kept))
    return key


def token(world: World, key: SigningKey) -> str:
    """A token that this key signed."""
    return tokens_of(world, key).issue("u1", "s1", TTL).token.reveal()


async def until(lines: Sequence[Any], number: int) -> None:
    """Waits for so many lines of the log."""
    async with asyncio.timeout(10):
        while len(lines) < number:  # noqa: ASYNC110  another task writes them
            await asyncio.sleep(0.01)


async def test_a_key_that_is_not_known_is_looked_for(world: World) -> None:
    """A token signed by a key that another process made is believed at once. Planted: no read; failed."""
    keys, text = node(world), token(world, await add_key(world))
    assert keys.room.tokens.read(text) is None
    claims = await keys.claims(text)
    assert claims is not None
    assert claims.session_id == "s1"


async def test_who_comes_while_keys_are_read_waits(world: World) -> None:
    """Of many requests at once with a new key none is turned away. Planted: no lock; seen to fail."""
    keys, text = node(world), token(world, await add_key(world))
    assert None not in await asyncio.gather(*(keys.claims(text) for _ in range(20)))


async def test_garbage_does_not_reach_the_database(world: World) -> None:
    """However many tokens name unknown keys, at once or one after another, one read each few seconds.

    Planted: no least time between two; seen to fail.
    """
    keys = node(world)
    garbage = [token(world, SigningKey.new(world.chance)) for _ in range(20)]
    with statements() as seen:
        assert await asyncio.gather(*map(keys.claims, garbage)) == [None] * 20
        assert await keys.claims(garbage[0]) is None
        first = sum("FROM signing_keys" in each for each in seen)
        world.chance.forward(timedelta(seconds=LEAST_SECONDS))
        assert [await keys.claims(each) for each in garbage] == [None] * 20
        assert [await keys.claims(each) for each in ("", "a.b.c", "rk_key")] == [None] * 3
    assert (first, sum("FROM signing_keys" in each for each in seen)) == (1, 2)


async def test_retired_keys_are_deleted(world: World) -> None:
    """The key before goes when no token of it can live, and not before; what it signed is unknown then."""
    keys, text = node(world), token(world, await add_key(world))
    await keys.load()
    await add_key(world)
    world.chance.forward(WAIT + RULES.access_token_ttl + MARGIN - timedelta(seconds=1))
    await keys.load()
    kept = await world.services.store.read(lambda unit: unit.signing_keys.all())
    assert len(kept) == 3
    world.chance.forward(timedelta(days=1))
    with capture_logs() as lines:
        await keys.load()
    (now,) = await world.services.store.read(lambda unit: unit.signing_keys.all())
    assert [line["event"] for line in lines] == ["keys.retired"]
    assert now.kid not in lines[0]["kids"]
    assert await keys.claims(text) is None


async def test_another_root_key_is_taken_up(world: World) -> None:
    """Keys are learnt from the file, and used once the installation names them: no restart.

    Planted: a learnt key is used at once; seen to fail.
    """
    newer = KeyRing.parse(KeyRing.new_text(world.chance))
    keys = node(world, lambda: world.ring.learn(newer))
    old = world.ring.current_id
    await keys.load()
    assert world.ring.ids == (old, newer.current_id)
    assert world.ring.current_id == old
    was, now = (CheckValue(each, world.ring.check_value(each)) for each in world.ring.ids)
    await world.services.store.write(lambda unit: unit.installation.use_root(was, now))
    with capture_logs() as lines:
        await keys.load()
    assert world.ring.current_id == newer.current_id
    assert [line["event"] for line in lines] == ["keys.root_changed"]


async def test_a_root_key_that_is_not_here_is_said(world: World) -> None:
    """A node whose file lacks the new root key says so at each read, and goes on with the keys it has."""
    keys, old = node(world), world.ring.current_id
    text = token(world, await add_key(world))
    await keys.load()
    other = KeyRing.parse(KeyRing.new_text(world.chance))
    was, foreign = CheckValue(old, world.ring.check_value()), CheckValue(old, "0" * 64)
    now = CheckValue(other.current_id, other.check_value())
    kept = seal_key(SigningKey.new(world.chance), world.chance.now(), Vault(other, world.chance))
    await world.services.store.write(lambda unit: unit.installation.use_root(was, now))
    await world.services.store.write(lambda unit: unit.signing_keys.add(kept))
    with capture_logs() as lines:
        await keys.load()
    assert [line["event"] for line in lines] == ["keys.root_missing", "keys.unreadable"]
    assert await keys.claims(text) is not None
    assert world.ring.current_id == old
    world.ring.learn(other)
    world.ring.use(other.current_id)
    await world.services.store.write(lambda unit: unit.installation.use_root(now, foreign))
    with capture_logs() as lines:
        await keys.load()  # the right id, another key
    assert [line["event"] for line in lines] == ["keys.root_missing"]


async def test_keys_are_read_again_and_again(database_url: Secret, world: World) -> None:
    """A running process finds a key without a token that names it; a database that is away is waited for.

    Planted: a reader that ends with the first fault; seen to fail.
    """
    keys, path = node(world, every=0.02), embedded_path(database_url)
    running = asyncio.create_task(keys.run())
    with capture_logs() as lines:
        if path is not None:
            path.rename(path.with_suffix(".away"))
            await until(lines, 1)
            path.with_suffix(".away").rename(path)
        key = await add_key(world)
        async with asyncio.timeout(10):
            while not keys.room.tokens.keys.knows(key.kid):  # noqa: ASYNC110  it is read by another task
                await asyncio.sleep(0.01)
    keys.stop()
    await asyncio.wait_for(running, 10)
    assert {line["event"] for line in lines} <= {"keys.wait"}
