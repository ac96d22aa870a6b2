"""store/signing_keys.py, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.vault import Sealed
from server.installation import add_first
from store.installation import CheckValue
from store.signing_keys import KeptKey
from tests.chance import START

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
SEALED = Sealed("k1", b"private")


def kept(kid: str, days: int = 0) -> KeptKey:
    """A key of that age."""
    return KeptKey(kid, SEALED, START + timedelta(days=days))


async def test_there_is_one_first_signing_key(store: Store) -> None:
    """Processes that start at once sign with the same key. Planted: no FOR UPDATE; seen to fail."""
    await store.write(lambda unit: unit.installation.found(CheckValue("k1", "value")))
    await asyncio.gather(*(store.write(add_first, kept(f"kid{number}")) for number in range(RACERS)))
    (key,) = await store.read(lambda unit: unit.signing_keys.all())
    assert (key.private, key.created_at) == (SEALED, START)


async def test_signing_keys_are_listed_the_newest_first(store: Store) -> None:
    """Those of one moment come in the order of their ids, on every node the same; dropped ones are gone."""

    def add(unit: Unit) -> None:
        for key in (kept("old"), kept("b", 1), kept("a", 1)):
            unit.signing_keys.add(key)

    await store.write(add)
    assert [key.kid for key in await store.read(lambda unit: unit.signing_keys.all())] == ["a", "b", "old"]
    await store.write(lambda unit: unit.signing_keys.drop(["b", "old", "nothing"]))
    assert await store.read(lambda unit: unit.signing_keys.all()) == [kept("a", 1)]
    await store.write(lambda unit: unit.signing_keys.drop([]))
