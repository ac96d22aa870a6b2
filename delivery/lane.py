"""One channel's lane: what is due is claimed, carried out side by side, and settled in groups."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from credentials.kinds import ChannelName
from delivery.books import Books, Demand
from delivery.carrying import Ended, carry_out
from delivery.faults import ChannelDown
from delivery.pauses import Pauses
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.chance import Chance
    from credentials.model import Effect
    from delivery.settlement import Deliver
    from store.unit_of_work import Store

#: How many effects are carried out at once: mail servers take a few connections from one client.
WIDTH = 16
#: From one transaction to the next of a lane that is full, or of the mails': 308 effects a second, which is
#: more than the 300 mails that it must settle; each one beyond them takes from those who wait for an answer.
PACE_SECONDS = 0.052
#: Seconds that deliveries under way are given when the relay is stopped; what is cut off is tried again.
STOP_SECONDS = 10.0

_log = structlog.get_logger()


class Lane:
    """Carries one channel's effects out, and rests while nothing gets through it.

    Args:
        channel: whose effects.
        store: where the outbox lies.
        chance: the clock.
        lease: the name under which this relay claims.
        deliver: what carries one effect out.
        patience: seconds that deliveries under way are given when the lane is stopped.
    """

    def __init__(
        self,
        channel: ChannelName,
        store: Store,
        chance: Chance,
        lease: str,
        deliver: Deliver,
        patience: float = STOP_SECONDS,
    ) -> None:
        self.channel = channel
        self._store = store
        self._chance = chance
        self._books = Books(channel, lease)
        self._deliver = deliver
        self._patience = patience
        self._pauses = Pauses()
        self._running: dict[asyncio.Task[Ended], str] = {}
        self._ended: list[Ended] = []
        self._woken = asyncio.Event()
        self._stopping = False

    @property
    def has_ended_some(self) -> bool:
        """Whether something was carried out that the store does not know yet."""
        return bool(self._ended)

    def wake(self) -> None:
        """Tells that there may be something to do."""
        self._woken.set()

    def stop(self) -> None:
        """Asks `run` to end: nothing more is claimed."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Works whenever it is woken, until `stop`."""
        while not self._stopping:
            with suppress(StoreUnavailable):  # the relay, which wakes this, says so
                while await self._paced_turn():
                    pass
            await self._woken.wait()
            self._woken.clear()
        await self._wind_up()

    async def _paced_turn(self) -> bool:
        """A turn, and a rest after it where another at once would find little."""
        now = asyncio.get_running_loop().time
        begun = now()
        claimed = await self.turn(0 if self._stopping else WIDTH)
        if self._gathers or (claimed and len(self._running) == WIDTH):
            await asyncio.sleep(begun + PACE_SECONDS - now())
        return claimed

    @property
    def _gathers(self) -> bool:
        # Nothing waits for a mail to be written down; an XMPP account or an endpoint waits for its turn.
        return self.channel is ChannelName.MAIL

    async def _wind_up(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(StoreUnavailable):  # what is not written down is tried again after its lease
            await self.turn(0)

    async def step(self) -> bool:
        """One turn with all that it began; False: nothing was due.

        Raises:
            StoreUnavailable: what was carried out could not be written down; a later turn does.
        """
        claimed = await self.turn(WIDTH)
        while self._running:
            await asyncio.wait(self._running)
        await self.turn(0)
        return claimed

    async def turn(self, width: int) -> bool:
        """Writes down what has ended and claims what is due, at most up to `width`, in one transaction.

        Raises:
            StoreUnavailable: neither was done.
        """
        now = self._chance.now()
        ended, self._ended = self._ended, []
        self._note(ended, now)
        room = min(width, self._pauses.room(now, WIDTH)) - len(self._running)
        if not ended and room <= 0:
            return False
        try:
            claimed, is_hidden = await self._store.write(
                self._books.turn, now, ended, Demand(room, tuple(self._running.values()), self._pauses.until)
            )
        except BaseException:
            self._ended = ended + self._ended
            raise
        for effect in claimed:
            task = asyncio.create_task(self._carry_out(effect), name=f"delivery {effect.id}")
            self._running[task] = effect.subject
            task.add_done_callback(self._end)
        return bool(claimed) or is_hidden

    def _note(self, ended: Sequence[Ended], now: datetime) -> None:
        for each in ended:
            down = each.verdict.reason if isinstance(each.verdict, ChannelDown) else None
            if self._pauses.note(down, now):
                _log.warning(
                    "channel.works" if down is None else "channel.fails", channel=self.channel, reason=down
                )

    async def _carry_out(self, effect: Effect) -> Ended:
        return Ended(effect, await carry_out(self._deliver, effect))

    def _end(self, task: asyncio.Task[Ended]) -> None:
        """All at once: a turn that finds it ended finds its subject free, and takes on what follows there."""
        del self._running[task]
        if not task.cancelled():
            self._ended.append(task.result())
            self._woken.set()
