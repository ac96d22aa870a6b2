"""The outbox: effects are added with the change that made them, and looked at."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, insert, literal_column, select, update

from credentials.kinds import ChannelName
from credentials.model import Effect, EffectKind, EffectState
from store.tables import effects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

# Written out: a plan made once for every value cannot use an index that holds only the pending rows.
PENDING: ColumnElement[bool] = effects.c.state == literal_column(f"'{EffectState.PENDING}'")
_FIELDS = tuple(field.name for field in fields(Effect))
_ADD = insert(effects).returning(effects, sort_by_parameter_order=True)


def effect_of(row: Row[Any]) -> Effect:
    """An effect from its row."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Effect(**{**values, "kind": EffectKind(row.kind), "state": EffectState(row.state)})


class Effects:
    """The rows of effects."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: The channels for which this transaction made one due.
        self.wrote = set[ChannelName]()

    def add(self, values: Sequence[dict[str, Any]]) -> list[Effect]:
        """Adds effects in this order; `values` hold id, kind, subject, target, owners, details and time."""
        if not values:
            return []
        self.wrote |= {EffectKind(each["kind"]).channel for each in values}
        rows = self._connection.execute(
            _ADD,
            [
                {
                    **each,
                    "channel": EffectKind(each["kind"]).channel,
                    "state": EffectState.PENDING,
                    "attempts": 0,
                    "due_at": each["created_at"],
                }
                for each in values
            ],
        )
        return [effect_of(row) for row in rows]

    def note(self, effect: Effect, progress: dict[str, Any]) -> None:
        """Writes down how far a delivery has come, so that another try goes on from there.

        Not bound to a lease: what the world was told stays told, whoever told it.
        """
        self._connection.execute(
            update(effects).where(effects.c.sequence == effect.sequence).values(progress=progress)
        )

    def retry(self, effect_id: str, now: datetime) -> Effect | None:
        """Makes a failed or skipped effect due now; None: it is in neither state."""
        row = self._connection.execute(
            update(effects)
            .where(
                effects.c.id == effect_id,
                effects.c.state.in_([EffectState.FAILED, EffectState.SKIPPED]),
            )
            .values(state=EffectState.PENDING, due_at=now, retried_at=now, settled_at=None, attempts=0)
            .returning(effects)
        ).one_or_none()
        if row is None:
            return None
        effect = effect_of(row)
        self.wrote.add(effect.kind.channel)
        return effect

    def pending(self, subject: str) -> int:
        """How many effects of a subject are not settled."""
        query = select(func.count()).where(effects.c.subject == subject, PENDING)
        return self._connection.execute(query).scalar_one()

    def find(self, effect_id: str) -> Effect | None:
        """The effect with this id."""
        row = self._connection.execute(select(effects).where(effects.c.id == effect_id)).one_or_none()
        return None if row is None else effect_of(row)

    def page(self, after: int | None, limit: int, state: EffectState | None) -> list[Effect]:
        """Effects, the latest first, from below the number `after`."""
        query = select(effects).order_by(effects.c.sequence.desc()).limit(limit)
        if state is not None:
            query = query.where(effects.c.state == state)
        if after is not None:
            query = query.where(effects.c.sequence < after)
        return [effect_of(row) for row in self._connection.execute(query)]
