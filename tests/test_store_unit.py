"""What a transaction tells of itself, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName
from tests.following import CHAIN, add_events
from tests.rows import add_effects

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio


def _told(unit: Unit) -> tuple[set[ChannelName], bool, bool]:
    return set(unit.wrote_effects), unit.wrote_events, unit.sealed_events


async def test_what_was_written_is_told(store: Store) -> None:
    """Effects, events and seals apart from each other; to look at them is to write nothing."""

    def written(unit: Unit) -> list[tuple[set[ChannelName], bool, bool]]:
        told = [_told(unit)]
        unit.effects.find("one")
        unit.events.seal(9, CHAIN)
        told.append(_told(unit))
        add_effects(unit, "one")
        told.append(_told(unit))
        add_events(unit, "one")
        told.append(_told(unit))
        unit.events.seal(9, CHAIN)
        return [*told, _told(unit)]

    assert await store.write(written) == [
        (set(), False, False),
        (set(), False, False),
        ({ChannelName.MAIL}, False, False),
        ({ChannelName.MAIL}, True, False),
        ({ChannelName.MAIL}, True, True),
    ]


async def test_who_waits_for_it_is_woken_after_the_commit(store: Store) -> None:
    """The sealer by an event, the feed by a seal, and nobody by a transaction that rolled back."""

    def fails(unit: Unit) -> None:
        add_events(unit, "one")
        unit.events.seal(9, CHAIN)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(fails)
    assert not store.events_written.is_set()
    assert not store.events_sealed.is_set()
    await store.write(add_events, "one")
    assert store.events_written.is_set()
    assert not store.events_sealed.is_set()
    await store.write(lambda unit: unit.events.seal(9, CHAIN))
    assert store.events_sealed.is_set()
    assert not store.effects_written.is_set()
