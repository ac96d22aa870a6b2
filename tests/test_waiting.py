"""credentials/waiting.py; that a loop may be closed meanwhile is in test_hash_wait.py."""

from __future__ import annotations

import asyncio
import threading

import pytest

from credentials.waiting import settle, tell

pytestmark = pytest.mark.anyio


async def test_what_a_thread_says_is_the_futures() -> None:
    """A result, or what was raised."""
    loop = asyncio.get_running_loop()
    good, bad = loop.create_future(), loop.create_future()
    for told in ((good, 7, None), (bad, None, ZeroDivisionError())):
        threading.Thread(target=tell, args=told).start()
    assert await good == 7
    with pytest.raises(ZeroDivisionError):
        await bad


async def test_who_has_gone_is_not_told() -> None:
    """A cancelled future stays as it is. Planted: no look whether it is done; failed."""
    gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    gone.cancel()
    settle(gone, 7, None)
    assert gone.cancelled()
