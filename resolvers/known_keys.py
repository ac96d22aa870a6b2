"""The keys that this process knows: read again each few seconds, and when a token names another."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

import structlog

from credentials.key_schedule import DatedKey, KeySchedule, KeyState
from credentials.places import signing_key
from credentials.signing_keys import SigningKey
from credentials.vault import SealBroken
from store.faults import StoreUnavailable
from store.signing_keys import KeptKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from credentials.chance import Chance
    from credentials.key_ring import KeyRing
    from credentials.tokens import AccessClaims, AccessTokens
    from credentials.vault import Vault
    from store.installation import CheckValue
    from store.unit_of_work import Store

#: How often the keys are read without a reason. A few rows: nothing beside what one request reads; and how
#: long a key that was dropped at once may still be believed by a process that has not heard of it.
RELOAD_SECONDS = 15.0
#: The least between two reads for tokens that name an unknown key, whoever sends how many of them.
LEAST_SECONDS = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keyroom:
    """Where keys come from.

    Attributes:
        store: Where signing keys lie.
        ring: The root keys, which this process keeps up to date.
        vault: What opens signing keys.
        tokens: Who is told of signing keys.
        life: The longest that an access token lives.
    """

    store: Store
    ring: KeyRing
    vault: Vault
    tokens: AccessTokens
    life: timedelta


class KnownKeys:
    """Keeps root keys and signing keys of a running process as the installation has them.

    Args:
        room: Where the keys come from.
        chance: The clock.
        learn_roots: Reads root keys that were added to their file into the ring, where it changed.
        every: Seconds between two reads without a reason.
    """

    def __init__(
        self, room: Keyroom, chance: Chance, learn_roots: Callable[[], None], every: float = RELOAD_SECONDS
    ) -> None:
        self.room = room
        self._chance = chance
        self._learn_roots = learn_roots
        self._every = every
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def claims(self, text: str) -> AccessClaims | None:
        """What an access token says, as `AccessTokens.read`; a key that is not known is looked for.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        claims = self.room.tokens.read(text)
        if claims is None and self.room.tokens.names_unknown_key(text):
            await self._look_again()
            claims = self.room.tokens.read(text)
        return claims

    async def load(self) -> None:
        """Reads the keys, takes them from now on, and deletes the signing keys that are retired.

        Raises:
            StoreUnavailable: the database does not answer; the keys stay as they were.
        """
        self._read_at = self._chance.monotonic()
        room = self.room
        self._learn_roots()
        check, kept = await room.store.read(
            lambda unit: (unit.installation.check_value(), unit.signing_keys.all())
        )
        self._use_root(check)
        try:
            dated = open_keys(kept, room.vault)
        except SealBroken:
            dated = []
        if not dated:
            reason = "there is no signing key, or one is sealed by a root key that is not here"
            _log.error("keys.unreadable", reason=reason)
            return
        schedule = KeySchedule(dated, room.life)
        room.tokens.use(schedule)
        now = self._chance.now()
        over = [each.key.kid for each in schedule.entries(now) if each.state is KeyState.RETIRED]
        if over:
            await room.store.write(lambda unit: unit.signing_keys.drop(over))
            _log.info("keys.retired", kids=over)

    async def run(self) -> None:
        """Reads the keys each few seconds until `stop`."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every)
                return
            try:
                await self.load()
            except StoreUnavailable as fault:
                _log.warning("keys.wait", reason=str(fault))

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    async def _look_again(self) -> None:
        async with self._reading:
            now = self._chance.monotonic()
            if self._read_at is None or now - self._read_at >= LEAST_SECONDS:
                await self.load()

    def _use_root(self, check: CheckValue | None) -> None:
        ring = self.room.ring
        if check is None or check.key_id == ring.current_id:
            return
        if check.key_id in ring.ids and compare_digest(ring.check_value(check.key_id), check.value):
            ring.use(check.key_id)
            _log.info("keys.root_changed", root_key=check.key_id)
        else:
            _log.error("keys.root_missing", root_key=check.key_id)


def open_keys(kept: Iterable[KeptKey], vault: Vault) -> list[DatedKey]:
    """Opens signing keys, in their order.

    Raises:
        SealBroken: one was sealed by a root key that is not here.
    """
    return [
        DatedKey(
            SigningKey.from_pem(key.kid, vault.open(key.private, **signing_key(key.kid))), key.created_at
        )
        for key in kept
    ]


def seal_key(key: SigningKey, made_at: datetime, vault: Vault) -> KeptKey:
    """Seals a signing key as it is kept."""
    return KeptKey(key.kid, vault.seal(key.private_pem(), **signing_key(key.kid)), made_at)
