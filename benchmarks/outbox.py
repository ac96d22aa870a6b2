"""The outbox of a Rekey that is measured: filled with mails, and looked at in its database."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from benchmarks.common import Took
from credentials.chance import Chance
from credentials.kinds import EffectKind, EffectState, LetterName
from delivery.lane import WIDTH

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from credentials.model import Effect
    from store.unit_of_work import Store

#: Mails of a round: full transactions, and more than are sent until its sign-ins end. None are queued beside
#: those, since that is no work of the relay's.
QUEUED = 32 * WIDTH
#: Readers of the mails: each one's are sent one after another.
READERS = 100
#: How often the outbox is looked at while something is waited for, in seconds.
LOOK_SECONDS = 0.05


class Outbox:
    """The server's own, in its database.

    Args:
        runner: runs what is asynchronous here.
        store: on the same file as the server's.
    """

    def __init__(self, runner: asyncio.Runner, store: Store) -> None:
        self._runner = runner
        self._store = store
        self._numbers = itertools.count()
        self._round: set[str] = set()

    def begin(self) -> None:
        """Begins a round: queues its mails, and waits until the relay is at them."""
        now = Chance().now()
        drafts = [_notice(next(self._numbers), now) for _ in range(QUEUED)]
        self._round = {each["id"] for each in drafts}
        self._runner.run(self._store.write(lambda unit: unit.effects.add(drafts)))
        while len(self._find(EffectState.PENDING, QUEUED)) == QUEUED:
            time.sleep(LOOK_SECONDS)

    def is_empty(self) -> bool:
        """Whether all are sent."""
        return not self._find(EffectState.PENDING, 1)

    def drain(self) -> None:
        """Waits until all are."""
        while not self.is_empty():
            time.sleep(LOOK_SECONDS)

    def mail(self) -> Took:
        """What one of the round's took. Those that are settled first, all at once, only start the clock."""
        self.drain()
        sent = self._find(EffectState.DELIVERED, len(self._round))
        times = [each.settled_at for each in sent if each.id in self._round and each.settled_at]
        first, last = min(times), max(times)
        return Took((last - first).total_seconds() / sum(each > first for each in times))

    def _find(self, state: EffectState, limit: int) -> list[Effect]:
        return self._runner.run(self._store.read(lambda unit: unit.effects.page(None, limit, state)))


def _notice(number: int, now: datetime) -> dict[str, Any]:
    reader = number % READERS
    return {
        "id": f"e{number}",
        "kind": EffectKind.MAIL_NOTICE,
        "subject": f"mail:{reader}",
        "target": str(reader),
        "user_id": None,
        "system_id": None,
        "details": {
            "letter": LetterName.PASSWORD_CHANGED,
            "to": f"reader{reader}@example.org",
            "fullName": "Some Reader",
            "locale": "en_US",
            "at": now.isoformat(),
            "address": "192.0.2.1",
        },
        "created_at": now,
    }
