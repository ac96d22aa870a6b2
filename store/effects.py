"""The outbox: effects are added with the change that made them, leased, and settled."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal_column, or_, select, update

from credentials.model import Effect, EffectKind, EffectState
from store.tables import effects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_FIELDS = tuple(field.name for field in fields(Effect))
# Written out: a plan made once for every value cannot use an index that holds only the pending rows.
_PENDING: ColumnElement[str] = literal_column(f"'{EffectState.PENDING}'")
_ADD = insert(effects).returning(effects, sort_by_parameter_order=True)


def _effect_of(row: Row[Any]) -> Effect:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Effect(**{**values, "kind": EffectKind(row.kind), "state": EffectState(row.state)})


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(effects.c.leased_until.is_(None), effects.c.leased_until <= now)


class Effects:
    """The rows of effects."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: Whether this transaction added one.
        self.wrote = False

    def add(self, values: Sequence[dict[str, Any]]) -> list[Effect]:
        """Adds effects in this order; `values` hold id, kind, subject, target, owners, details and time."""
        if not values:
            return []
        self.wrote = True
        rows = self._connection.execute(
            _ADD,
            [
                {**each, "state": EffectState.PENDING, "attempts": 0, "due_at": each["created_at"]}
                for each in values
            ],
        )
        return [_effect_of(row) for row in rows]

    def is_due(self, now: datetime) -> bool:
        """Whether there may be something to claim: cheap enough to be asked all the time."""
        query = select(effects.c.sequence).where(
            effects.c.state == _PENDING, effects.c.due_at <= now, _free(now)
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def claim(self, lease: str, now: datetime, until: datetime, limit: int) -> list[Effect]:
        """Leases due effects, the first of each subject only, so that a subject's order is kept."""
        older = effects.alias()
        first = ~(
            select(1)
            .where(
                older.c.subject == effects.c.subject,
                older.c.state == _PENDING,
                older.c.sequence < effects.c.sequence,
            )
            .exists()
        )
        due = (
            select(effects.c.sequence)
            .where(effects.c.state == _PENDING, effects.c.due_at <= now, _free(now), first)
            .order_by(effects.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        chosen = [row.sequence for row in self._connection.execute(due)]
        rows = self._connection.execute(
            update(effects)
            .where(effects.c.sequence.in_(chosen))
            .values(lease=lease, leased_until=until, attempts=effects.c.attempts + 1)
            .returning(effects)
        )
        return sorted((_effect_of(row) for row in rows), key=lambda effect: effect.sequence)

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
        settled = self._connection.execute(
            update(effects)
            .where(effects.c.sequence == effect.sequence, effects.c.lease == lease)
            .values(
                state=state,
                settled_at=now,
                last_error=reason,
                user_id=user_id or effect.user_id,
                lease=None,
                leased_until=None,
            )
        )
        return settled.rowcount == 1

    def postpone(self, effect: Effect, lease: str, *, due_at: datetime, reason: str) -> None:
        """Gives a leased effect back, to be tried again at `due_at`."""
        self._connection.execute(
            update(effects)
            .where(effects.c.sequence == effect.sequence, effects.c.lease == lease)
            .values(due_at=due_at, last_error=reason, lease=None, leased_until=None)
        )

    def retry(self, effect_id: str, now: datetime) -> Effect | None:
        """Makes a failed or skipped effect due now; None: it is in neither state."""
        row = self._connection.execute(
            update(effects)
            .where(
                effects.c.id == effect_id,
                effects.c.state.in_([EffectState.FAILED, EffectState.SKIPPED]),
            )
            .values(state=EffectState.PENDING, due_at=now, settled_at=None, attempts=0)
            .returning(effects)
        ).one_or_none()
        if row is None:
            return None
        self.wrote = True
        return _effect_of(row)

    def find(self, effect_id: str) -> Effect | None:
        """The effect with this id."""
        row = self._connection.execute(select(effects).where(effects.c.id == effect_id)).one_or_none()
        return None if row is None else _effect_of(row)

    def page(self, after: int | None, limit: int, state: EffectState | None) -> list[Effect]:
        """Effects, the latest first, from below the number `after`."""
        query = select(effects).order_by(effects.c.sequence.desc()).limit(limit)
        if state is not None:
            query = query.where(effects.c.state == state)
        if after is not None:
            query = query.where(effects.c.sequence < after)
        return [_effect_of(row) for row in self._connection.execute(query)]
