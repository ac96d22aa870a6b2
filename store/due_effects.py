"""The outbox as the relay sees it: what is due is claimed for a while, then settled or put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select, update

from credentials.kinds import ChannelName, EffectState
from store.effects import PENDING, effect_of
from store.tables import effects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from credentials.model import Effect

#: How many due effects one claim looks at: however many wait behind one another, its cost is bounded.
WINDOW = 200

_NOW = bindparam("now", type_=effects.c.due_at.type)
_FREE = or_(effects.c.leased_until.is_(None), effects.c.leased_until <= _NOW)
_MINE = (effects.c.sequence == bindparam("the_sequence"), effects.c.lease == bindparam("the_lease"))

_DUE_IN = [
    exists(select(1).where(effects.c.channel == channel, PENDING, effects.c.due_at <= _NOW, _FREE)).label(
        channel
    )
    for channel in ChannelName
]
_CHANNELS = select(*_DUE_IN)

_window = (
    select(effects.c.sequence)
    .where(
        effects.c.channel == bindparam("the_channel"),
        PENDING,
        effects.c.due_at <= _NOW,
        _FREE,
        effects.c.subject.not_in(bindparam("busy", expanding=True)),
    )
    .order_by(effects.c.due_at, effects.c.sequence)
    .limit(WINDOW)
)
_older = effects.alias()
_BEFORE = and_(
    _older.c.subject == effects.c.subject,
    _older.c.state == literal_column(f"'{EffectState.PENDING}'"),
    _older.c.sequence < effects.c.sequence,
)
_CHOOSE = (
    select(effects.c.sequence)
    .where(effects.c.sequence.in_(_window), PENDING, _FREE, ~exists(select(1).where(_BEFORE)))
    .order_by(effects.c.due_at, effects.c.sequence)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(effects)
    .where(effects.c.sequence.in_(bindparam("chosen", expanding=True)))
    .values(
        lease=bindparam("the_lease"),
        leased_until=bindparam("until"),
        attempts=effects.c.attempts + 1,
    )
    .returning(effects)
)
# What waits behind one that was put off becomes due with it: a long line is not looked at all the time.
_PARK = (
    update(effects)
    .where(effects.c.sequence.in_(_window), PENDING, _FREE)
    .where(exists(select(1).where(_BEFORE, _older.c.due_at > _NOW)))
    .values(due_at=select(func.max(_older.c.due_at)).where(_BEFORE).scalar_subquery())
)
_RELEASE = (
    update(effects)
    .where(effects.c.subject == bindparam("the_subject"), PENDING, effects.c.due_at > _NOW)
    .values(due_at=_NOW)
)
# What else is set are the columns that stand among the values it is run with.
_SETTLE = update(effects).where(*_MINE).values(lease=None, leased_until=None)
_newer = effects.alias()
_SUPERSEDED = select(effects.c.sequence).where(
    effects.c.sequence.in_(bindparam("claimed", expanding=True)),
    exists(
        select(1).where(
            _newer.c.subject == effects.c.subject,
            _newer.c.state == literal_column(f"'{EffectState.PENDING}'"),
            _newer.c.kind == effects.c.kind,
            _newer.c.sequence > effects.c.sequence,
        )
    ),
)


class DueEffects:
    """The rows of effects that are PENDING."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def channels(self, now: datetime) -> set[ChannelName]:
        """The channels that may have something to carry out: cheap enough to be asked all the time."""
        row = self._connection.execute(_CHANNELS, {"now": now}).one()
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
        chosen = [row.sequence for row in self._connection.execute(_CHOOSE, values)]
        if len(chosen) < limit:
            self._connection.execute(_PARK, values)
        if not chosen:
            return []
        rows = self._connection.execute(_CLAIM, {"chosen": chosen, "the_lease": lease, "until": until})
        return sorted((effect_of(row) for row in rows), key=lambda effect: effect.sequence)

    def superseded(self, claimed: Iterable[Effect]) -> set[int]:
        """The numbers of those that a newer one of the same kind and subject makes needless."""
        rows = self._connection.execute(_SUPERSEDED, {"claimed": [effect.sequence for effect in claimed]})
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
        settled = self._connection.execute(_SETTLE, {**mine, **ended})
        if settled.rowcount == 1 and effect.attempts > 1:
            self._connection.execute(_RELEASE, {"the_subject": effect.subject, "now": now})
        return settled.rowcount == 1

    def postpone(self, effect: Effect, lease: str, *, due_at: datetime, reason: str) -> bool:
        """Gives a leased effect back, to be tried again at `due_at`."""
        mine = {"the_sequence": effect.sequence, "the_lease": lease}
        postponed = self._connection.execute(_SETTLE, {**mine, "due_at": due_at, "last_error": reason})
        return postponed.rowcount == 1

    def abandon(self, channel: ChannelName, *, before: datetime, now: datetime, reason: str) -> int:
        """Makes effects FAILED that were written before a time and are in nobody's hands.

        Returns:
            How many; at most `WINDOW` at a call.
        """
        over = (
            select(effects.c.sequence)
            .where(
                effects.c.channel == channel,
                PENDING,
                effects.c.due_at <= now,
                _FREE,
                effects.c.created_at < before,
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
