"""server/joined_writes.py; what a client sees of it is in test_connections.py."""

from __future__ import annotations

import asyncio

import pytest

from server.joined_writes import JoinedWrites

pytestmark = pytest.mark.anyio


class Line(asyncio.Transport):
    """A connection that keeps what was written, one item for each packet."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = list[bytes]()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keeps it."""
        self.sent.append(bytes(data))

    def close(self) -> None:
        """Keeps that too."""
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return b"closed" in self.sent


@pytest.fixture
def line() -> Line:
    """A connection."""
    return Line()


@pytest.fixture
async def writes(line: Line) -> JoinedWrites:
    """An answer on it."""
    return JoinedWrites(line, asyncio.get_running_loop())


async def turn() -> None:
    """Lets the event loop go around once."""
    await asyncio.sleep(0)


async def test_the_head_leaves_with_the_body(line: Line, writes: JoinedWrites) -> None:
    """In one packet, and at once; what comes after them is not kept."""
    for data in (b"head ", b"body ", b"more"):
        writes.write(data)
    assert line.sent == [b"head body ", b"more"]
    await turn()
    assert line.sent == [b"head body ", b"more"]


async def test_a_head_that_nothing_follows_leaves(line: Line, writes: JoinedWrites) -> None:
    """A stream's, at the end of the turn. Planted: no call at the turn's end; failed."""
    writes.write(b"head")
    assert line.sent == []
    await turn()
    assert line.sent == [b"head"]
    writes.write(b"event")
    assert line.sent == [b"head", b"event"]


async def test_what_is_closed_has_been_sent(line: Line, writes: JoinedWrites) -> None:
    """Planted: closed without what was kept; failed."""
    writes.write(b"head")
    assert not writes.is_closing()
    writes.close()
    assert line.sent == [b"head", b"closed"]
    assert writes.is_closing()
    await turn()
    assert line.sent == [b"head", b"closed"]


async def test_nothing_is_written_to_a_closed_connection(line: Line, writes: JoinedWrites) -> None:
    """Whose peer left in the same turn: uvloop would raise. Planted: no look whether it is closed; failed."""
    writes.write(b"head")
    line.close()
    await turn()
    assert line.sent == [b"closed"]
