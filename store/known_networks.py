"""Networks that signed a user in of late, as keyed digests."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from store.columns import Instant
from store.dialect import upsert
from store.tables import known_networks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.dialects import postgresql, sqlite

#: How long after its last sign-in a network is known: the contract's figure.
KNOWN_FOR = timedelta(days=90)

_KNOWN = select(known_networks.c.digest).where(
    known_networks.c.digest.in_(bindparam("digests", expanding=True)),
    known_networks.c.user_id == bindparam("of_user"),
    known_networks.c.seen_at > bindparam("since", type_=Instant),
)
_VALUES = {
    "digest": bindparam("digest"),
    "user_id": bindparam("user_id"),
    "seen_at": bindparam("now", type_=Instant),
}


@cache
def _saw(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = upsert(dialect, known_networks).values(**_VALUES)
    now = bindparam("now", type_=Instant)
    return statement.on_conflict_do_update(index_elements=[known_networks.c.digest], set_={"seen_at": now})


class KnownNetworks:
    """The rows of known networks. A digest is of user and network: alike for no two users."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, user_id: str, digests: Sequence[bytes], now: datetime) -> bool:
        """Whether a network, by its digest under each key, signed this user in within 90 days."""
        values = {"digests": list(digests), "of_user": user_id, "since": now - KNOWN_FOR}
        return self._connection.execute(_KNOWN, values).first() is not None

    def saw(self, user_id: str, digest: bytes, now: datetime) -> None:
        """Notes that a network signed this user in."""
        statement = _saw(self._connection.dialect.name)
        self._connection.execute(statement, {"digest": digest, "user_id": user_id, "now": now})
