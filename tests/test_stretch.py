"""A task that has held the event loop for long lets others go on; one that has not goes on itself."""

from __future__ import annotations

import asyncio
import time

import pytest

from store.stretch import LONG_SECONDS, give_way, take_turns

pytestmark = pytest.mark.anyio


def _others() -> asyncio.Event:
    """What is set as soon as others have a turn."""
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    return turn


async def test_a_long_stretch_is_cut() -> None:
    """It counts from the last turn that was taken. Planted: give_way that never does; seen to fail."""
    await take_turns()
    turn = _others()
    time.sleep(LONG_SECONDS)  # noqa: ASYNC251  to hold the event loop is what is tried
    await give_way()
    assert turn.is_set()


async def test_a_short_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: give_way that always does; seen to fail."""
    monkeypatch.setattr("store.stretch.LONG_SECONDS", 60.0)
    await take_turns()
    turn = _others()
    await give_way()
    assert not turn.is_set()


async def test_what_nobody_timed_is_taken_for_long() -> None:
    """A task of the server's own, which no request began."""
    turn = _others()
    await give_way()
    assert turn.is_set()


async def test_each_task_has_a_stretch_of_its_own() -> None:
    """One that takes its turn does not make another's stretch a new one."""
    await take_turns()
    time.sleep(LONG_SECONDS)  # noqa: ASYNC251  as above
    await asyncio.create_task(take_turns())
    turn = _others()
    await give_way()
    assert turn.is_set()
