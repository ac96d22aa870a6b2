"""The audit as rows, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EventKind
from credentials.model import Event
from tests.chance import START
from tests.following import CHAIN
from tests.rows import event_values

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio


def _add(unit: Unit, /, *names: str, **changes: object) -> None:
    for name in names:
        unit.events.add(**event_values(name, **changes))


async def test_a_line_comes_back_as_it_was_written(store: Store) -> None:
    """With its number, and a place on the globe to the last digit."""
    await store.write(_add, "first", latitude=-89.123456789, longitude=180.0, code="CODE", user_id="mary")
    (line,) = await store.read(lambda unit: unit.events.page(None, 9))
    assert line == Event(
        id="first",
        sequence=line.sequence,
        at=START,
        kind=EventKind.SIGNED_IN,
        success=True,
        code="CODE",
        actor="anonymous",
        user_id="mary",
        system_id=None,
        api_key_id=None,
        address=None,
        user_agent=None,
        request_id="request",
        latitude=-89.123456789,
        longitude=180.0,
    )


async def test_pages_are_stable_while_lines_are_added(store: Store) -> None:
    """The latest first: what is written meanwhile stands before the first page."""
    await store.write(_add, "a", "b", "c")
    first = await store.read(lambda unit: unit.events.page(None, 2))
    await store.write(_add, "d")
    second = await store.read(lambda unit: unit.events.page(first[-1].sequence, 2))
    assert [line.id for line in (*first, *second)] == ["c", "b", "a"]


async def test_lines_are_of_a_user_or_of_a_system(store: Store) -> None:
    """Or of both."""
    await store.write(_add, "mary", user_id="u")
    await store.write(_add, "pbx", system_id="s")
    await store.write(_add, "both", user_id="u", system_id="s")

    def ids(unit: Unit, /, **owner: str) -> list[str]:
        return [line.id for line in unit.events.page(None, 9, **owner)]

    assert await store.read(ids, user_id="u") == ["both", "mary"]
    assert await store.read(ids, system_id="s") == ["both", "pbx"]
    assert await store.read(ids, user_id="u", system_id="s") == ["both"]
    assert await store.read(ids, user_id="x") == []


async def test_lines_are_sealed_in_the_order_they_were_written(store: Store) -> None:
    """The oldest first, so many at once, numbered from 1 without a gap; then there is nothing to seal."""
    assert not await store.read(lambda unit: unit.events.is_unsealed())
    assert await store.read(lambda unit: unit.events.last_position()) == 0
    await store.write(_add, "a", "b", "c")
    assert await store.read(lambda unit: unit.events.is_unsealed())
    first = await store.write(lambda unit: unit.events.seal(2, CHAIN))
    assert [(line.id, line.position) for line in first] == [("a", 1), ("b", 2)]
    second = await store.write(lambda unit: unit.events.seal(2, CHAIN))
    assert [(line.id, line.position) for line in second] == [("c", 3)]
    assert await store.write(lambda unit: unit.events.seal(2, CHAIN)) == []
    assert not await store.read(lambda unit: unit.events.is_unsealed())
    assert await store.read(lambda unit: unit.events.last_position()) == 3
    assert await store.read(lambda unit: unit.events.page(None, 9)) == [*second, *first[::-1]]


async def test_what_is_sealed_is_read_by_position(store: Store) -> None:
    """From beyond a position, of one user or all; what is not sealed is not there."""
    await store.write(_add, "a", "b", user_id="u")
    await store.write(_add, "c")
    await store.write(_add, "d", user_id="u")
    await store.write(lambda unit: unit.events.seal(9, CHAIN))
    await store.write(_add, "e", user_id="u")

    def ids(unit: Unit, position: int, limit: int = 9, user_id: str | None = None) -> list[tuple[int, str]]:
        return [(place, line.id) for place, line in unit.events.after(position, limit, user_id=user_id)]

    assert await store.read(ids, 0) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert await store.read(ids, 1, 2) == [(2, "b"), (3, "c")]
    assert await store.read(ids, 1, user_id="u") == [(2, "b"), (4, "d")]
    assert await store.read(ids, 4) == []
