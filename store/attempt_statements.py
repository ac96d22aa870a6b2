"""The statements on attempts, built once: to build one takes longer than to run it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, literal, or_, select, union_all, update

from store.columns import EPOCH, Instant
from store.dialect import upsert
from store.tables import attempts

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Executable, Select

_NOW = bindparam("now", type_=Instant)
_OF_KEY = attempts.c.key == bindparam("of_key")

FREE = attempts.c.taken < bindparam("limit")
WAITED = attempts.c.waits_until <= _NOW
FREE_OR_WAITED = or_(FREE, WAITED)

CLEAR = delete(attempts).where(_OF_KEY)
GIVE_BACK = (
    update(attempts)
    .where(_OF_KEY, attempts.c.taken > 0)
    .values(taken=attempts.c.taken - 1, waits_until=EPOCH)
)
WAIT = update(attempts).where(_OF_KEY).values(waits_until=bindparam("until", type_=Instant))
WAITS_UNTIL = select(attempts.c.waits_until).where(_OF_KEY)
TAKEN = select(attempts.c.taken).where(_OF_KEY, attempts.c.started_at > bindparam("since", type_=Instant))
IN_WINDOW = select(attempts.c.key, attempts.c.taken, attempts.c.waits_until).where(
    attempts.c.key.in_(bindparam("keys", expanding=True)), attempts.c.waits_until > _NOW
)
#: In the order in which others count them, and held.
OF_SUBJECTS = (
    select(attempts.c.key)
    .where(attempts.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(attempts.c.key)
    .with_for_update()
)


def _oldest_name(network: str, names: str) -> Select[Any]:
    """When a failing name of a network failed last, `names` before its latest, if within the hour."""
    return (
        select(attempts.c.last_at)
        .where(
            attempts.c.network == bindparam(network),
            attempts.c.last_at > bindparam("since", type_=Instant),
            attempts.c.taken > 0,
        )
        .order_by(attempts.c.last_at.desc())
        .limit(1)
        .offset(bindparam(names))
    )


OLDEST_NAME = _oldest_name("of_network", "names")


@cache
def waiting(levels: int) -> Executable:
    """Of so many levels, what each waits by: rows of `level`, `is_name`, `at`."""
    parts: list[Select[Any]] = []
    for number in range(levels):
        name = _oldest_name(f"network{number}", f"names{number}").subquery()
        here, is_name, is_count = literal(number).label("level"), literal(1), literal(0)
        own = select(here, is_count.label("is_name"), attempts.c.waits_until.label("at")).where(
            attempts.c.key == bindparam(f"key{number}"), attempts.c.waits_until > _NOW
        )
        parts += [own, select(here, is_name.label("is_name"), name.c.last_at.label("at"))]
    return union_all(*parts)


@cache
def counting(dialect: str, opening: ColumnElement[bool] | None) -> Executable:
    """Counts one more at a key where `opening` allows or the window is over; what it was before else."""
    over = attempts.c.started_at <= bindparam("begun", type_=Instant)
    until = bindparam("until", type_=Instant)
    return (
        upsert(dialect, attempts)
        .values(
            key=bindparam("new_key"),
            subject=bindparam("subject"),
            network=bindparam("network"),
            taken=1,
            started_at=_NOW,
            last_at=_NOW,
            waits_until=EPOCH,
            kept_until=until,
        )
        .on_conflict_do_update(
            index_elements=[attempts.c.key],
            set_={
                "taken": case((over, 1), else_=attempts.c.taken + 1),
                "started_at": case((over, _NOW), else_=attempts.c.started_at),
                "last_at": _NOW,
                "waits_until": case((over, literal(EPOCH, Instant)), else_=attempts.c.waits_until),
                "kept_until": case((over, until), else_=attempts.c.kept_until),
            },
            where=None if opening is None else or_(over, opening),
        )
        .returning(attempts.c.taken, attempts.c.started_at)
    )
