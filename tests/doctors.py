"""Shorthands for what the doctor's tests begin with."""

from __future__ import annotations

import asyncio
import resource
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from credentials.chance import Chance
from server.settings import read
from tests.chat_servers import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from server.doctor.finding import Finding
    from server.settings import Settings


def settings_of(**texts: str) -> Settings:
    """Settings of the test's own, unchecked as the doctor reads them."""
    return read(texts, None)[0]


def levels(findings: Iterable[Finding], part: str) -> list[str]:
    """How bad those are that say this; each that is not well says what to do, in whole sentences."""
    found = [each for each in findings if part in each.message]
    for each in found:
        assert each.message.endswith(".")
        assert each.level == "OK" or each.advice.endswith("."), each
    return [each.level.value for each in found]


@contextmanager
def little_memory(more: int) -> Iterator[None]:
    """Only so many bytes more than now for this process: whatever the system would promise otherwise."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


class SteppingChance(Chance):
    """A clock that each look moves on by so many seconds, whatever happens between, and then ever more.

    Args:
        step: Seconds between the first two looks.
        growth: Of the step, in seconds at each look.
    """

    def __init__(self, step: float, growth: float = 0) -> None:
        self._time = 0.0
        self._step = step
        self._growth = growth

    def monotonic(self) -> float:
        """Return the next time."""
        self._time += self._step
        self._step += self._growth
        return self._time


@asynccontextmanager
async def doorkeeper(target: int, lets_in: Callable[[int], bool]) -> AsyncIterator[int]:
    """A port that passes connections on to another, or hangs up.

    Args:
        target: the other port.
        lets_in: whether it passes the so many-th connection on, from 1.
    """
    numbers = count(1)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while received := await reader.read(65_536):
                writer.write(received)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not lets_in(next(numbers)):
            writer.close()
            return
        there, back = await asyncio.open_connection(LOOPBACK, target)
        for each in (pump(reader, back), pump(there, writer)):
            tasks.add(asyncio.create_task(each))

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.wait(tasks, timeout=5)
