"""How a user, a system or a place is named from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credentials.model import User
    from store.systems import Activation
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class UserSelector:
    """Exactly one of the three is given."""

    id: str | None = None
    username: str | None = None
    email_address: str | None = None

    def find(self, unit: Unit) -> User | None:
        """The user that is meant."""
        if self.id is not None:
            return unit.users.by_id(storable(self.id))
        if self.username is not None:
            return unit.users.by_username(storable(self.username))
        return unit.users.by_address(storable(self.email_address or ""))


@dataclass(frozen=True, slots=True)
class SystemSelector:
    """Exactly one of the two is given."""

    id: str | None = None
    pbx_id: str | None = None

    def find(self, unit: Unit) -> Activation | None:
        """The system that is meant."""
        if self.id is not None:
            return unit.systems.by_id(storable(self.id))
        return unit.systems.by_pbx_id(storable(self.pbx_id or ""))


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """Coordinates in degrees (WGS 84)."""

    latitude: float
    longitude: float


def storable(text: str) -> str:
    """A text as a database may be asked for it; NUL or half of a character makes it the empty one."""
    return "" if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text) else text
