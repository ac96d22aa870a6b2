"""The installation's row, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from store.installation import CheckValue
from store.revision import NEWEST

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
CHECK = CheckValue("k1", "value")


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


async def test_another_root_key_is_named_once(store: Store) -> None:
    """Whoever read the old one may name another; who comes later changes nothing."""
    await store.write(lambda unit: unit.installation.found(CHECK))
    newer = CheckValue("k2", "newer")
    assert await store.write(lambda unit: unit.installation.use_root(CHECK, newer))
    assert not await store.write(lambda unit: unit.installation.use_root(CHECK, CheckValue("k3", "late")))
    assert await store.read(lambda unit: unit.installation.check_value()) == newer


async def test_the_revision_is_the_newest_after_a_start(store: Store) -> None:
    """Readiness compares the two."""
    assert await store.read(lambda unit: unit.installation.revision()) == NEWEST
