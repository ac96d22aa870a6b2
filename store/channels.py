"""The channels that nothing gets through now, whichever process found it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from credentials.kinds import ChannelName
from store.dialect import upsert
from store.tables import channels

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class FailingChannel(NamedTuple):
    """A channel, since when it fails, and the last reason in words."""

    name: ChannelName
    since: datetime
    reason: str


class Channels:
    """The rows of channels that fail; one that works has none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fails(self, name: ChannelName, now: datetime, reason: str) -> None:
        """Notes that a channel fails; the time of the first note stays."""
        self._connection.execute(
            upsert(self._connection.dialect.name, channels)
            .values(name=name, failing_since=now, reason=reason)
            .on_conflict_do_update(index_elements=[channels.c.name], set_={"reason": reason})
        )

    def works(self, name: ChannelName) -> None:
        """Notes that something got through."""
        self._connection.execute(delete(channels).where(channels.c.name == name))

    def failing(self) -> list[FailingChannel]:
        """Those that fail."""
        rows = self._connection.execute(select(channels).order_by(channels.c.name))
        return [FailingChannel(ChannelName(row.name), row.failing_since, row.reason) for row in rows]
