"""The statements on effects that are due, built once: to build one takes longer than to run it."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select, update

from credentials.kinds import ChannelName, EffectState
from store.effects import PENDING
from store.tables import effects

#: How many due effects one claim looks at: however many wait behind one another, its cost is bounded.
WINDOW = 200

_NOW = bindparam("now", type_=effects.c.due_at.type)
FREE = or_(effects.c.leased_until.is_(None), effects.c.leased_until <= _NOW)
_MINE = (effects.c.sequence == bindparam("the_sequence"), effects.c.lease == bindparam("the_lease"))

_DUE_IN = [
    exists(select(1).where(effects.c.channel == channel, PENDING, effects.c.due_at <= _NOW, FREE)).label(
        channel
    )
    for channel in ChannelName
]
CHANNELS = select(*_DUE_IN)

_window = (
    select(effects.c.sequence)
    .where(
        effects.c.channel == bindparam("the_channel"),
        PENDING,
        effects.c.due_at <= _NOW,
        FREE,
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
CHOOSE = (
    select(effects.c.sequence)
    .where(effects.c.sequence.in_(_window), PENDING, FREE, ~exists(select(1).where(_BEFORE)))
    .order_by(effects.c.due_at, effects.c.sequence)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
CLAIM = (
    update(effects)
    .where(effects.c.sequence.in_(bindparam("chosen", expanding=True)))
    .values(
        lease=bindparam("the_lease"),
        leased_until=bindparam("until"),
        attempts=effects.c.attempts + 1,
    )
    .returning(effects)
)
_first_due_at = (
    select(_older.c.due_at)
    .where(_BEFORE)
    .order_by(_older.c.sequence)
    .limit(1)
    .correlate(effects)
    .scalar_subquery()
)
# Found before they are parked, else PostgreSQL may look for them once for each row. Those that another relay
# holds are left to a later turn: two that park the same ones could block each other.
WAITING = _window.with_for_update(skip_locked=True)
# What waits behind one that was put off becomes due with it, also where that is due again by now: else a long
# line would hide its own first one, and whatever is written after it.
PARK = (
    update(effects)
    .where(effects.c.sequence.in_(bindparam("waiting", expanding=True)), _first_due_at > effects.c.due_at)
    .values(due_at=_first_due_at)
)
_next = (
    select(func.min(_older.c.sequence))
    .where(
        _older.c.subject == bindparam("the_subject"),
        _older.c.state == literal_column(f"'{EffectState.PENDING}'"),
    )
    .scalar_subquery()
)
RELEASE = update(effects).where(effects.c.sequence == _next, effects.c.due_at > _NOW).values(due_at=_NOW)
# What else is set are the columns that stand among the values it is run with.
SETTLE = update(effects).where(*_MINE).values(lease=None, leased_until=None).returning(effects.c.due_at)
_newer = effects.alias()
SUPERSEDED = select(effects.c.sequence).where(
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
