"""Which keys there are, how far each has come, and what still needs each root key."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.key_uses import KeyUse

if TYPE_CHECKING:
    from credentials.key_schedule import Entry
    from resolvers.services import Services

#: Rows that one read looks at: some milliseconds, so that no long read keeps SQLite's journal from ending.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class RootKeyStatus:
    """A root key that is known or named: whether it does new work, is here, and what names it."""

    key_id: str
    is_current: bool
    is_here: bool
    uses: Counter[KeyUse]


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """All keys; signing keys the newest first, root keys the newest last."""

    signing: list[Entry]
    roots: list[RootKeyStatus]


async def key_status(services: Services) -> KeyStatus:
    """Counts what names each root key, page by page; a change meanwhile may be counted or not."""
    await services.keys.load()
    ring = services.keys.room.ring
    uses: dict[str, Counter[KeyUse]] = {key_id: Counter() for key_id in ring.ids}
    for use in KeyUse:
        for key_id, number in (await _named(services, use)).items():
            uses.setdefault(key_id, Counter())[use] += number
    roots = [
        RootKeyStatus(key_id, key_id == ring.current_id, key_id in ring.ids, found)
        for key_id, found in uses.items()
    ]
    return KeyStatus(services.access_tokens.keys.entries(services.chance.now()), roots)


async def _named(services: Services, use: KeyUse) -> Counter[str]:
    now = services.chance.now()
    found: Counter[str] = Counter()
    after: object = None
    while True:
        page = await services.store.read(lambda unit, start: unit.key_uses.page(use, start, PAGE, now), after)
        found.update(each for each in page.key_ids if each is not None)
        if page.after is None:
            return found
        after = page.after
