"""An installation that is walked through, and what each step took."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from benchmarks.made_rows import AGENT, STRIDE, name_of
from benchmarks.percentiles import Call
from credentials.chance import Chance
from resolvers.services import Origin

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from delivery.relay import Relay
    from delivery.sealer import Sealer
    from resolvers.services import Services

Result = TypeVar("Result")
Kind = TypeVar("Kind")

#: Users who come again and again: what a busy hour's are to the caches.
ACTIVE = 300


class Unexpected(Exception):  # noqa: N818  it says what the answer was
    """An answer was not the one that is measured."""


def expect(kind: type[Kind], answer: object) -> Kind:
    """The answer that is measured.

    Raises:
        Unexpected: it is another.
    """
    if not isinstance(answer, kind):
        raise Unexpected(answer)
    return answer


@dataclass
class Walker:
    """Somebody on one installation, and what each thing took them.

    Args:
        size: how many users there are.
        services: the use cases'.
        relay: this process's.
        sealer: this process's.
        mailbox: the folder where mails arrive.
        is_anyone: every walk is another user's, drawn from all, instead of one of a few hundred.
    """

    size: int
    services: Services
    relay: Relay
    sealer: Sealer
    mailbox: Path
    is_anyone: bool = False
    took: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))
    _turn: int = field(default_factory=lambda: Chance().below(ACTIVE))

    def next_user(self) -> int:
        """The number of somebody else."""
        self._turn += 1
        if self.is_anyone:
            return 1 + self._turn * STRIDE % self.size
        return 1 + self._turn % ACTIVE * (self.size // ACTIVE)

    async def settle(self) -> None:
        """Lets relay and sealer do the rest, which is not timed."""
        while await self.relay.step():
            pass
        while await self.sealer.step():
            pass
        for mail in self.mailbox.glob("*.eml"):
            mail.unlink()

    async def timed(self, name: str, awaitable: Awaitable[Result]) -> Result:
        """Waits for it, and notes how long."""
        begun, busy = time.perf_counter(), time.process_time()
        result = await awaitable
        self.took[name].append(Call(time.perf_counter() - begun, time.process_time() - busy))
        return result

    def name(self, number: int) -> str:
        """A user's name."""
        return name_of(number, self.size)

    @staticmethod
    def origin(number: int) -> Origin:
        """Where a user is at home."""
        return Origin("r" * 26, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", AGENT)
