"""What a lane writes down: how deliveries ended, whether its channel works, and what it takes on next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from credentials.kinds import ChannelName, EffectState
from delivery.faults import ChannelDown, PassingFault
from delivery.pauses import wait_after

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect
    from delivery.carrying import Ended
    from store.unit_of_work import Unit

#: A delivery ends within 45 seconds; after a minute its relay is taken for dead and another may try.
LEASE = timedelta(minutes=1)
#: Mails and webhooks are given up after a day of trying; the contract's figure. XMPP is not: while its server
#: has not heard of a change, the old password still opens the account.
ABANDON_AFTER = timedelta(hours=24)
GIVEN_UP = "Given up after a day of trying: {reason}"
SUPERSEDED = "A newer change of this account took its place."


class Turn(NamedTuple):
    """What a lane takes on, and whether so much waits behind others that the next turn should be at once."""

    claimed: list[Effect]
    is_hidden: bool


class Demand(NamedTuple):
    """How many effects a lane takes on, whose subjects it is at, and until when its channel is left alone."""

    room: int
    busy: tuple[str, ...]
    closed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Books:
    """One channel's, kept under the name of one relay's leases."""

    channel: ChannelName
    lease: str

    @property
    def gives_up(self) -> bool:
        """Whether what could not be delivered for a day is FAILED."""
        return self.channel is not ChannelName.XMPP

    def turn(self, unit: Unit, now: datetime, ended: Sequence[Ended], demand: Demand) -> Turn:
        """Settles what has ended, and leases what is due: one transaction for both."""
        for each in ended:
            self._settle(unit, each, now, demand.closed_until)
        self._note_health(unit, ended, now)
        claimed: list[Effect] = []
        while len(claimed) < demand.room:
            found = unit.due.claim(
                self.channel,
                self.lease,
                now=now,
                until=now + LEASE,
                limit=demand.room - len(claimed),
                busy=demand.busy,
            )
            if not found:
                break
            claimed += self._without_superseded(unit, found, now)
        wants_more = len(claimed) < demand.room
        return Turn(claimed, wants_more and unit.due.park(self.channel, now=now, busy=demand.busy))

    def _without_superseded(self, unit: Unit, found: list[Effect], now: datetime) -> list[Effect]:
        if self.channel is not ChannelName.XMPP:
            return found
        needless = unit.due.superseded(found)
        for effect in found:
            if effect.sequence in needless:
                unit.due.settle(effect, self.lease, EffectState.SKIPPED, now=now, reason=SUPERSEDED)
        return [effect for effect in found if effect.sequence not in needless]

    def _settle(self, unit: Unit, ended: Ended, now: datetime, closed_until: datetime | None) -> None:
        effect, verdict = ended.effect, ended.verdict
        if isinstance(verdict, PassingFault):
            self._again_or_never(unit, effect, verdict, now, closed_until)
            return
        mine = unit.due.settle(
            effect, self.lease, verdict.state, now=now, reason=verdict.reason, user_id=verdict.user_id
        )
        # A failed one may be retried, and needs what it was about.
        if mine and verdict.after is not None and verdict.state is not EffectState.FAILED:
            verdict.after(unit)

    def _again_or_never(
        self, unit: Unit, effect: Effect, fault: PassingFault, now: datetime, closed_until: datetime | None
    ) -> None:
        if self.gives_up and now >= effect.tried_since + ABANDON_AFTER:
            reason = GIVEN_UP.format(reason=fault.reason)
            unit.due.settle(effect, self.lease, EffectState.FAILED, now=now, reason=reason)
            return
        due_at = now + wait_after(effect.attempts)
        if isinstance(fault, ChannelDown) and closed_until is not None:
            due_at = closed_until  # it was not this effect's fault
        unit.due.postpone(effect, self.lease, due_at=due_at, reason=fault.reason)

    def _note_health(self, unit: Unit, ended: Sequence[Ended], now: datetime) -> None:
        faults = [each.verdict for each in ended if isinstance(each.verdict, ChannelDown)]
        if faults:
            reason = faults[-1].reason
            unit.channels.fails(self.channel, now, reason)
            if self.gives_up:
                given_up = GIVEN_UP.format(reason=reason)
                unit.due.abandon(self.channel, before=now - ABANDON_AFTER, now=now, reason=given_up)
        elif ended:
            unit.channels.works(self.channel)
