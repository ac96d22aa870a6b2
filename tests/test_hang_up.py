"""server/hang_up.py."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from socket import create_connection, socket
from typing import TYPE_CHECKING

import pytest

from credentials.hashing import Place
from credentials.secret import Secret
from server.hang_up import HangUp, hang_up
from server.negotiation import JSON
from tests.ws_client import PATIENCE, Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Scope

#: As many as the hashing threads of the tests' world.
THREADS = 2


@pytest.fixture
def served(tmp_path: Path, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server."""
    with serve_schema(place(tmp_path, migrated_sqlite)) as ready:
        yield ready


class Slow(Secret):
    """A password whose hash begins when it may."""

    def __init__(self, may: threading.Event) -> None:
        super().__init__("")
        self._may = may

    def utf8(self) -> bytes:
        """Waits on the hashing thread."""
        assert self._may.wait(PATIENCE)
        return super().utf8()


@contextmanager
def busy(served: Served) -> Iterator[None]:
    """Keeps every hashing thread busy, until the block ends."""
    hashing, finish = served.world.services.hashing, threading.Event()

    async def occupy() -> None:
        taken = hashing.reserve("192.0.2.99")
        assert isinstance(taken, Place)
        with taken:
            await hashing.seal(taken, Slow(finish))

    jobs = [served.portal.start_task_soon(occupy) for _ in range(THREADS)]
    try:
        yield
    finally:
        finish.set()
    for job in jobs:
        job.result(PATIENCE)


def guess(served: Served) -> socket:
    """Asks for a hash on a connection of its own."""
    host, _, port = served.url.removeprefix("http://").partition(":")
    body = json.dumps({"query": "mutation { guess }"})
    fields = ("Host: x", f"Content-Type: {JSON}", f"Content-Length: {len(body)}", "Connection: close")
    raw = create_connection((host, int(port)), PATIENCE)
    raw.sendall("\r\n".join(("POST /graphql HTTP/1.1", *fields, "", body)).encode())
    return raw


def test_who_hangs_up_gives_the_place_back(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Of five requests that wait for a hash three hang up: their places are free while the others wait on.

    Planted: the connection says nothing; the cancellation is passed on and logged; seen to fail.
    """
    hashing = served.world.services.hashing
    with busy(served):
        waiting = [guess(served) for _ in range(5)]
        until(lambda: hashing.places_taken == THREADS + 5)
        for raw in waiting[:3]:
            raw.close()
        until(lambda: hashing.places_taken == THREADS + 2)
    for raw in waiting[3:]:
        with raw, raw.makefile("rb") as answer:
            assert answer.read().endswith(b'{"data":{"guess":true}}')
    assert hashing.places_taken == 0
    assert not caplog.records


def test_another_cancellation_is_passed_on() -> None:
    """A server that ends cancels what is left, which is not the client's doing; after the block nothing is.

    Planted: every cancellation swallowed; failed.
    """
    scope: Scope = {}
    clients: list[HangUp] = []

    async def answer() -> None:
        with HangUp(scope) as client:
            clients.append(client)
            await asyncio.Event().wait()

    async def scene() -> None:
        gone = asyncio.create_task(answer())
        await asyncio.sleep(0)
        hang_up(scope)
        await gone
        hang_up(scope)
        ends = asyncio.create_task(answer())
        await asyncio.sleep(0)
        ends.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ends

    asyncio.run(scene())
    assert [client.happened for client in clients] == [True, False]
