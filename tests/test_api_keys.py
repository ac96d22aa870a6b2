"""API keys as rows, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.digests import Digest
from tests.chance import START
from tests.rows import HOUR, api_key_of

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

DIGEST = Digest("k1", b"digest")


def _add(unit: Unit, *names: str, created_by: str = "user:mary") -> None:
    for name in names:
        unit.api_keys.add(api_key_of(name, created_by), DIGEST)


async def test_a_key_comes_back_with_its_digest(store: Store) -> None:
    """And with where it was used last."""
    await store.write(_add, "one")
    assert await store.read(lambda unit: unit.api_keys.find("one")) == (api_key_of("one"), DIGEST)
    assert await store.read(lambda unit: unit.api_keys.find("two")) is None
    await store.write(lambda unit: unit.api_keys.used("one", START + HOUR, "192.0.2.7"))
    used = replace(api_key_of("one"), last_used_at=START + HOUR, last_used_address="192.0.2.7")
    assert await store.read(lambda unit: unit.api_keys.find("one")) == (used, DIGEST)


async def test_a_key_is_revoked_once(store: Store) -> None:
    """The first time stays; the key can still be looked at."""
    await store.write(_add, "one")
    assert await store.write(lambda unit: unit.api_keys.revoke("one", START + HOUR))
    assert not await store.write(lambda unit: unit.api_keys.revoke("one", START + 2 * HOUR))
    assert not await store.write(lambda unit: unit.api_keys.revoke("two", START))
    found = await store.read(lambda unit: unit.api_keys.find("one"))
    assert found is not None
    assert found[0].revoked_at == START + HOUR


async def test_the_live_keys_of_who_made_them_end_together(store: Store) -> None:
    """Who is told gets only those that ended now."""
    await store.write(_add, "one", "two", "over")
    await store.write(_add, "other", created_by="user:other")
    await store.write(lambda unit: unit.api_keys.revoke("over", START))
    ended = await store.write(lambda unit: unit.api_keys.revoke_made_by("user:mary", START + HOUR))
    assert sorted(ended) == ["one", "two"]
    assert await store.write(lambda unit: unit.api_keys.revoke_made_by("user:mary", START)) == []


async def test_pages_are_stable_while_keys_are_added(store: Store) -> None:
    """In the order they were made."""
    await store.write(_add, "c", "a", "b")
    first = await store.read(lambda unit: unit.api_keys.page(None, 2))
    await store.write(_add, "0")
    second = await store.read(lambda unit: unit.api_keys.page(first[-1][0], 9))
    assert [key.id for _, key in (*first, *second)] == ["c", "a", "b", "0"]


async def test_who_is_alive_is_asked_for_many_at_once(store: Store) -> None:
    """Neither revoked nor expired, at the very moment of the expiry neither."""
    await store.write(_add, "live", "revoked")
    await store.write(lambda unit: unit.api_keys.add(replace(api_key_of("over"), expires_at=START), DIGEST))
    await store.write(lambda unit: unit.api_keys.revoke("revoked", START))
    keys = ["live", "revoked", "over", "none"]
    assert await store.read(lambda unit: unit.api_keys.alive(keys, START)) == {"live"}
