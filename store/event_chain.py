"""What holds the audit's lines together: their digests, the chain's head, and where what is kept begins."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, delete, func, select, type_coerce, update

from credentials.audit_chain import Kept, Link, Mark
from credentials.digests import Digest
from credentials.model import Event, EventKind
from store.columns import EPOCH, MICROSECOND
from store.tables import event_checkpoint, event_seal, events

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from credentials.audit_chain import AuditChain

_FIELDS = tuple(field.name for field in fields(Event))
# Whatever a hand put there is to be read, so that it can be told.
_COLUMNS = {**{name: events.c[name] for name in _FIELDS}, "at": type_coerce(events.c.at, BigInteger)}
_LINKS = select(
    *(column.label(name) for name, column in _COLUMNS.items()), events.c.digest, events.c.digest_key
)
_FIRST = select(func.min(events.c.position))


class Line(NamedTuple):
    """A sealed line and its place in the chain; no event where the row holds what no line can."""

    event: Event | None
    link: Link


class Pruned(NamedTuple):
    """How many lines went, and the position of the line that does not verify and so stays, if one was met."""

    lines: int
    broken: int | None


def kept_of(row: Row[*tuple[Any, ...]]) -> Kept:
    """A head or a checkpoint."""
    stamp = None if row.stamp is None else Digest(row.stamp_key, row.stamp)
    return Kept(Link(row.last_position, row.digest_key, row.digest or b""), stamp)


def values_of(kept: Kept) -> dict[str, Any]:
    """Its columns."""
    link, stamp = kept
    return {
        "last_position": link.position,
        "digest": link.digest or None,
        "digest_key": link.key_id,
        "stamp": None if stamp is None else stamp.value,
        "stamp_key": None if stamp is None else stamp.key_id,
    }


def _line_of(row: Row[*tuple[Any, ...]]) -> Line:
    link = Link(row.position, row.digest_key, row.digest or b"")
    values = {name: getattr(row, name) for name in _FIELDS}
    try:
        at = EPOCH + row.at * MICROSECOND
        return Line(Event(**{**values, "at": at, "kind": EventKind(row.kind)}), link)
    except (TypeError, ValueError, OverflowError):
        return Line(None, link)


class EventChain:
    """Reads the chain, and shortens it at its beginning. It grows in `Events.seal`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self) -> Kept:
        """The place of the line that was sealed last."""
        return kept_of(self._connection.execute(select(event_seal)).one())

    def checkpoint(self) -> Kept:
        """The place behind which lines are kept."""
        return kept_of(self._connection.execute(select(event_checkpoint)).one())

    def lines(self, after: int, until: int, limit: int) -> list[Line]:
        """Sealed lines in their order, from beyond a position to another."""
        position = events.c.position
        query = _LINKS.where(position > after, position <= until).order_by(position).limit(limit)
        return [_line_of(row) for row in self._connection.execute(query)]

    def first_position(self) -> int | None:
        """The lowest position of a line that is there."""
        first: int | None = self._connection.execute(_FIRST).scalar_one()
        return first

    def prune(self, before: datetime, limit: int, chain: AuditChain) -> Pruned:
        """Deletes the oldest lines of before a time, at most so many, and leaves a checkpoint.

        Only what verifies goes: a time that somebody set back takes nothing away.
        """
        row = self._connection.execute(
            select(event_checkpoint).with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return Pruned(0, None)
        kept = kept_of(row)
        if not chain.is_ours(Mark.CHECKPOINT, kept):
            return Pruned(0, kept.link.position)
        if gone := self._prune_unchained(kept.link.position, before, limit):
            return Pruned(gone, None)
        link, broken = kept.link, None
        for event, next_ in self.lines(link.position, self.head().link.position, limit):
            if event is None or not chain.is_next(link, event, next_):
                broken = next_.position
                break
            if event.at >= before:
                break
            link = next_
        count = link.position - kept.link.position
        if count:
            over = (events.c.position > kept.link.position, events.c.position <= link.position)
            self._connection.execute(delete(events).where(*over))
            checkpoint = Kept(link, chain.stamp(Mark.CHECKPOINT, link))
            self._connection.execute(update(event_checkpoint).values(values_of(checkpoint)))
        return Pruned(count, broken)

    def _prune_unchained(self, begin: int, before: datetime, limit: int) -> int:
        """Deletes lines that were numbered before there was a chain, and so stand where it begins."""
        position = events.c.position
        oldest = select(events.c.sequence).where(position <= begin).order_by(position).limit(limit)
        over = delete(events).where(events.c.sequence.in_(oldest), events.c.at < before)
        return self._connection.execute(over).rowcount
