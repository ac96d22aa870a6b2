"""Wishes as rows, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.vault import Sealed
from tests.chance import START

if TYPE_CHECKING:
    from store.unit_of_work import Store

pytestmark = pytest.mark.anyio


async def test_an_address_is_kept_sealed_until_it_is_dropped(store: Store) -> None:
    """By the id of its effect; to drop it twice is no fault."""
    sealed = Sealed("k1", b"\x00box\xff")
    await store.write(lambda unit: unit.wishes.add("effect", sealed, START))
    assert await store.read(lambda unit: unit.wishes.find("effect")) == sealed
    assert await store.read(lambda unit: unit.wishes.find("other")) is None
    for _ in range(2):
        await store.write(lambda unit: unit.wishes.drop("effect"))
        assert await store.read(lambda unit: unit.wishes.find("effect")) is None
