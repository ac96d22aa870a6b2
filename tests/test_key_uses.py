"""store/key_uses.py, on both databases; the words for uses are credentials/key_uses.py's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.digests import Digest
from credentials.hashing import Verifier
from credentials.key_uses import KeyUse
from credentials.vault import Sealed
from store.key_uses import SEALED, SealedRow
from store.signing_keys import KeptKey
from tests.chance import START
from tests.rows import add_user, api_key_of

if TYPE_CHECKING:
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio


async def named(store: Store, use: KeyUse, limit: int) -> list[str | None]:
    """Which root keys are named, read in pages of that size."""
    found: list[str | None] = []
    after: object = None
    while True:
        page = await store.read(lambda unit, start: unit.key_uses.page(use, start, limit, START), after)
        found += page.key_ids
        after = page.after
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 9])
async def test_pages_hold_every_row_once(store: Store, limit: int) -> None:
    """Whatever the size of a page, each row is counted once; a user without a password names no key."""

    def fill(unit: Unit) -> None:
        for number, key_id in enumerate(("k1", "k2", None, "k2")):
            add_user(unit, f"user{number}", verifier_key=key_id)
        for number in range(3):
            unit.wishes.add(f"wish{number}", Sealed("k1", b"box"), START)

    await store.write(fill)
    assert await named(store, KeyUse.PASSWORDS, limit) == ["k1", "k2", None, "k2"]
    assert await named(store, KeyUse.WISHES, limit) == ["k1"] * 3
    assert await named(store, KeyUse.API_KEYS, limit) == []


async def test_every_use_is_counted(store: Store) -> None:
    """What is added under a key is found under its use; a key of an application counts while it lives."""

    def fill(unit: Unit) -> None:
        user = add_user(unit, verifier_key="k1")
        unit.verifiers.replace(
            user, Verifier("$argon2id$second", "k2"), at=START, expires_at=None, is_temporary=False, history=3
        )
        unit.signing_keys.add(KeptKey("kid", Sealed("k3", b"box"), START))
        live = api_key_of("live")
        for key in (live, replace(live, id="over", expires_at=START), replace(live, id="revoked")):
            unit.api_keys.add(key, Digest("k4", b"value"))
        unit.api_keys.revoke("revoked", START)

    await store.write(fill)
    found = {use: Counter(await named(store, use, 9)) for use in KeyUse}
    assert {use: counts for use, counts in found.items() if counts} == {
        KeyUse.PASSWORDS: {"k2": 1},
        KeyUse.FORMER_PASSWORDS: {"k1": 1},
        KeyUse.SIGNING_KEYS: {"k3": 1},
        KeyUse.API_KEYS: {"k4": 1, None: 2},
    }


async def test_a_value_that_changed_meanwhile_is_left(store: Store) -> None:
    """Sealing anew replaces the value that was read and no other. Planted: no comparison; seen to fail."""
    was, now = Sealed("k1", b"box"), Sealed("k2", b"newer")
    await store.write(lambda unit: unit.wishes.add("wish", was, START))
    row = SealedRow("wish", was)
    assert await store.read(lambda unit: unit.key_uses.sealed(KeyUse.WISHES, None, 9)) == [row]
    assert await store.read(lambda unit: unit.key_uses.sealed(KeyUse.WISHES, "wish", 9)) == []
    stale = SealedRow("wish", Sealed("k1", b"another"))
    await store.write(lambda unit: unit.key_uses.reseal(KeyUse.WISHES, [(stale, now)]))
    assert await store.read(lambda unit: unit.key_uses.sealed(KeyUse.WISHES, None, 9)) == [row]
    await store.write(lambda unit: unit.key_uses.reseal(KeyUse.WISHES, [(row, now)]))
    assert await store.read(lambda unit: unit.key_uses.sealed(KeyUse.WISHES, None, 9)) == [
        SealedRow("wish", now)
    ]
    assert KeyUse.WISHES in SEALED
