"""The outbox as the relay sees it: what is due is claimed for a while, then settled or put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from credentials.kinds import ChannelName, EffectState
from store import due_statements as statements
from store.due_statements import WINDOW
from store.effects import PENDING, effect_of
from store.tables import effects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from credentials.model import Effect


class DueEffects:
    """The rows of effects that are PENDING."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def channels(self, now: datetime) -> set[ChannelName]:
        """The channels that may have something to carry out: cheap enough to be asked all the time."""
        row = self._connection.execute(statements.CHANNELS, {"now": now}).one()
        return {channel for channel, is_due in zip(ChannelName, row, strict=True) if is_due}

    def claim(
        self,
        channel: ChannelName,
        lease: str,
        *,
        now: datetime,
        until: datetime,
        limit: int,
        busy: Collection[str] = (),
    ) -> list[Effect]:
        """Leases due effects, the first of each subject only, so that a subject's order is kept.

        `busy` are subjects that the claimer is at already, whose followers need not be looked at.
        """
        values = {"the_channel": channel, "now": now, "limit": limit, "busy": list(busy)}
        chosen = [row.sequence for row in self._connection.execute(statements.CHOOSE, values)]
        if not chosen:
            return []
        rows = self._connection.execute(
            statements.CLAIM, {"chosen": chosen, "the_lease": lease, "until": until}
        )
        return sorted((effect_of(row) for row in rows), key=lambda effect: effect.sequence)

    def park(self, channel: ChannelName, *, now: datetime, busy: Collection[str] = ()) -> bool:
        """Puts off what waits behind effects that were put off, until those are due.

        Asked where less was claimed than was wanted. True: it may hide more, and is to be asked again.
        """
        values = {"the_channel": channel, "now": now, "busy": list(busy)}
        waiting = [row.sequence for row in self._connection.execute(statements.WAITING, values)]
        return self._connection.execute(statements.PARK, {"waiting": waiting}).rowcount == WINDOW

    def superseded(self, claimed: Iterable[Effect]) -> set[int]:
        """The numbers of those that a newer one of the same kind and subject makes needless."""
        rows = self._connection.execute(
            statements.SUPERSEDED, {"claimed": [effect.sequence for effect in claimed]}
        )
        return {row.sequence for row in rows}

    def settle(
        self,
        effect: Effect,
        lease: str,
        state: EffectState,
        *,
        now: datetime,
        reason: str | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Ends an effect that is still leased to `lease`; False: the lease ran out and another has it."""
        ended = {
            "state": state,
            "settled_at": now,
            "last_error": reason,
            "user_id": user_id or effect.user_id,
        }
        mine = {"the_sequence": effect.sequence, "the_lease": lease}
        settled = self._connection.execute(statements.SETTLE, {**mine, **ended}).one_or_none()
        if settled is not None and settled.due_at != effect.created_at:
            self._connection.execute(statements.RELEASE, {"the_subject": effect.subject, "now": now})
        return settled is not None

    def postpone(self, effect: Effect, lease: str, *, due_at: datetime, reason: str) -> bool:
        """Gives a leased effect back, to be tried again at `due_at`."""
        mine = {"the_sequence": effect.sequence, "the_lease": lease}
        postponed = self._connection.execute(
            statements.SETTLE, {**mine, "due_at": due_at, "last_error": reason}
        )
        return postponed.one_or_none() is not None

    def abandon(self, channel: ChannelName, *, before: datetime, now: datetime, reason: str) -> int:
        """Makes effects FAILED that are tried since before a time and are in nobody's hands.

        Returns:
            How many; at most `WINDOW` at a call.
        """
        over = (
            select(effects.c.sequence)
            .where(
                effects.c.channel == channel,
                PENDING,
                effects.c.due_at <= now,
                statements.FREE,
                func.coalesce(effects.c.retried_at, effects.c.created_at) < before,
            )
            .limit(WINDOW)
            .with_for_update(skip_locked=True)
        )
        abandoned = self._connection.execute(
            update(effects)
            .where(effects.c.sequence.in_(over))
            .values(state=EffectState.FAILED, settled_at=now, last_error=reason),
            {"now": now},
        )
        return abandoned.rowcount
