"""The installation's row and its signing keys, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from credentials.vault import Sealed
from store.installation import CheckValue
from store.migrate import newest
from store.tables import signing_keys
from tests.chance import START
from tests.direct import direct

if TYPE_CHECKING:
    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
CHECK = CheckValue("k1", "value")
SEALED = Sealed("k1", b"private")


async def test_the_first_founder_stays(store: Store) -> None:
    """The check value of an installation never changes by a second start."""
    assert await store.read(lambda unit: unit.installation.check_value()) is None
    await store.write(lambda unit: unit.installation.found(CHECK))
    await store.write(lambda unit: unit.installation.found(CheckValue("k2", "other")))
    assert await store.read(lambda unit: unit.installation.check_value()) == CHECK


async def test_there_is_one_first_user(store: Store) -> None:
    """Twelve at once: one winner, and it stays noted. Planted: the condition removed; seen to fail."""
    assert not await store.read(lambda unit: unit.installation.had_user())
    await store.write(lambda unit: unit.installation.found(CHECK))
    assert not await store.read(lambda unit: unit.installation.had_user())

    def first(unit: Unit) -> bool:
        return unit.installation.first_user()

    won = await asyncio.gather(*(store.write(first) for _ in range(RACERS)))
    assert won.count(True) == 1
    assert await store.read(lambda unit: unit.installation.had_user())


async def test_there_is_one_first_signing_key(store: Store) -> None:
    """Processes that start at once sign with the same key. Planted: no FOR UPDATE; seen to fail."""
    await store.write(lambda unit: unit.installation.found(CHECK))

    def add(unit: Unit, number: int) -> None:
        unit.installation.add_first_signing_key(f"kid{number}", SEALED, START)

    await asyncio.gather(*(store.write(add, number) for number in range(RACERS)))
    ((_, sealed),) = await store.read(lambda unit: unit.installation.signing_keys())
    assert sealed == SEALED


async def test_signing_keys_are_listed_the_newest_first(database_url: Secret, store: Store) -> None:
    """The first one signs; the others still prove."""
    rows = [
        {
            "kid": kid,
            "sealed": b"private",
            "sealed_key": "k1",
            "created_at": START + timedelta(days=age),
        }
        for kid, age in (("old", 0), ("b", 1), ("a", 1))
    ]
    await direct(database_url, lambda connection: connection.execute(insert(signing_keys), rows))
    keys = await store.read(lambda unit: unit.installation.signing_keys())
    assert [kid for kid, _ in keys] == ["a", "b", "old"]


async def test_the_revision_is_the_newest_after_a_start(store: Store) -> None:
    """Readiness compares the two."""
    assert await store.read(lambda unit: unit.installation.revision()) == newest()
