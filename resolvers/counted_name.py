"""An attempt at a name that was counted as failed, until it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from credentials.attempt_keys import PASSWORD
from resolvers.counting import owner_key

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.hash_queue import Place
    from credentials.model import User
    from resolvers.services import Services
    from store.attempts import Level
    from store.unit_of_work import Unit

#: Failures in a row after which a password opens nothing from networks that never signed its owner in:
#: NIST SP 800-63B-4 3.2.2 asks for at most 100.
IN_A_ROW = 100

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CountedName:
    """The counts that an attempt stands in as failed.

    `own` is this network's count of the name, `levels` all of them; `in_a_row` are the user's failures up to
    this one, counted at `row_key`. `digest` is what a known network is known by.
    """

    services: Services
    now: datetime
    user: User | None
    own: Level
    levels: tuple[Level, ...]
    is_known: bool
    in_a_row: int
    row_key: bytes
    digest: bytes

    @property
    def is_barred(self) -> bool:
        """Whether a right password is as good as a wrong one from here; codes and tokens are never barred."""
        if self.is_known or self.user is None:
            return False
        return self.user.locked_at is not None or self.in_a_row > IN_A_ROW

    def overtake(self, place: Place) -> None:
        """Lets who comes from a known network go first."""
        if self.is_known:
            place.go_first()

    def fail(self, unit: Unit) -> None:
        """Leaves it counted; with the hundredth failure in a row the user is locked."""
        if self.in_a_row < IN_A_ROW:
            return
        user = None if self.is_known or (self.user and self.user.locked_at) else self.user
        # Where there is nobody to lock, the same statement finds nobody.
        user_id, epoch = ("", 0) if user is None else (user.id, user.epoch)
        if unit.users.change(user_id, epoch, {"locked_at": self.now}, turn=False):
            _log.warning("user.locked", user_id=user_id)

    def take_back(self, unit: Unit) -> None:
        """Takes back an attempt that was right but came to nothing."""
        unit.attempts.give_back([level.key for level in self.levels])
        unit.attempts.give_back([self.row_key])

    def succeed(self, unit: Unit, user: User) -> None:
        """Forgets this network's failures and those in a row; the /48's count loses this attempt alone."""
        forgotten = list[bytes]()
        for level in self.levels:
            if level == self.own:
                forgotten.append(level.key)
            else:
                unit.attempts.clear(forgotten)
                unit.attempts.give_back([level.key])
                forgotten.clear()
        unit.attempts.clear([*forgotten, self.row_key, owner_key(self.services, PASSWORD, user.id)])

    def know(self, unit: Unit, user: User) -> None:
        """Notes that this network signed the user in."""
        unit.known_networks.saw(user.id, self.digest, self.now)
