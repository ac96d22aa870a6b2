"""When each signing key is published, signs, and retires: told from the times of their making alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from credentials.signing_keys import SigningKey

#: From a key's publication to its first signature. Others keep the published set for five minutes (the
#: document's max-age), and a node that could not read the database for a while has time to.
WAIT = timedelta(hours=1)
#: Above the lifetime of a token, so that clocks that differ and a slow process end no living one.
MARGIN = timedelta(minutes=5)


class KeyState(StrEnum):
    """How far a key has come."""

    WAITING = "WAITING"
    SIGNING = "SIGNING"
    RETIRING = "RETIRING"
    RETIRED = "RETIRED"


class DatedKey(NamedTuple):
    """A key and when it was made, aware, UTC."""

    key: SigningKey
    created_at: datetime


class Entry(NamedTuple):
    """A key and its times.

    Attributes:
        key: The key.
        created_at: When it was made, and so published.
        signs_from: When it takes over; with no key before it, its making.
        retires_at: From when on no token of it can live; None while no younger key is known.
        state: What it does at the time that was asked for.
    """

    key: SigningKey
    created_at: datetime
    signs_from: datetime
    retires_at: datetime | None
    state: KeyState


class KeySchedule:
    """The keys of an installation; every node tells the same from the same rows, by its own clock.

    Args:
        keys: At least one, the newest first.
        life: The longest that an access token lives.
    """

    def __init__(self, keys: Sequence[DatedKey], life: timedelta) -> None:
        self._keys = {dated.key.kid: dated for dated in reversed(keys)}
        self._order = list(self._keys)  # the oldest first
        starts = [dated.created_at + WAIT for dated in self._keys.values()]
        starts[0] = self._keys[self._order[0]].created_at
        self._starts = dict(zip(self._order, starts, strict=True))
        ends = [start + life + MARGIN for start in starts[1:]]
        self._ends = dict(zip(self._order, ends, strict=False))

    def knows(self, kid: str) -> bool:
        """Tell whether a key of this id is here, retired or not."""
        return kid in self._keys

    def signing(self, now: datetime) -> SigningKey:
        """Return the key that signs: the newest whose time has come; before any has, the oldest."""
        begun = [kid for kid in self._order if self._starts[kid] <= now]
        return self._keys[begun[-1] if begun else self._order[0]].key

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """Return the key of this id, unless it is unknown or retired."""
        if kid not in self._keys or self._is_retired(kid, now):
            return None
        return self._keys[kid].key

    def entries(self, now: datetime) -> list[Entry]:
        """Return every key with its times, the newest first."""
        signing = self.signing(now).kid
        return [
            Entry(*self._keys[kid], self._starts[kid], self._ends.get(kid), self._state(kid, signing, now))
            for kid in reversed(self._order)
        ]

    def published(self, now: datetime) -> list[SigningKey]:
        """Return the keys that are not retired: the one that signs, then the others, the newest first."""
        signing = self.signing(now)
        others = [each.key for each in self.entries(now) if each.state is not KeyState.RETIRED]
        return [signing, *(key for key in others if key is not signing)]

    def _is_retired(self, kid: str, now: datetime) -> bool:
        return kid in self._ends and self._ends[kid] <= now

    def _state(self, kid: str, signing: str, now: datetime) -> KeyState:
        if kid == signing:
            return KeyState.SIGNING
        if self._is_retired(kid, now):
            return KeyState.RETIRED
        return KeyState.RETIRING if self._starts[kid] <= now else KeyState.WAITING
