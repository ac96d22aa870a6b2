"""resolvers/key_status.py, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.key_schedule import KeyState
from credentials.key_uses import KeyUse
from credentials.vault import Sealed
from resolvers.key_status import PAGE, key_status
from resolvers.rotate_keys import rotate_keys
from tests.chance import START
from tests.world import OPERATOR

if TYPE_CHECKING:
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_keys_are_shown_with_what_names_them(world: World) -> None:
    """Signing keys come with their states, the newest first, and root keys with counts of all uses."""
    admin = await world.admin()
    await world.user("mary")
    await world.made_key(admin)
    await world.system()
    await rotate_keys(world.services, OPERATOR, at_once=False)
    found = await key_status(world.services)
    assert [each.state for each in found.signing] == [KeyState.WAITING, KeyState.SIGNING]
    (root,) = found.roots
    assert (root.key_id, root.is_current, root.is_here) == (world.ring.current_id, True, True)
    expected = {KeyUse.PASSWORDS: 2, KeyUse.API_KEYS: 1, KeyUse.ACTIVATION_CODES: 1, KeyUse.SIGNING_KEYS: 2}
    assert {use: root.uses[use] for use in expected} == expected


async def test_a_root_key_that_is_not_here_is_shown(world: World) -> None:
    """What names a key that the file lacks is counted under its id, so that the operator can look for it."""
    await world.services.store.write(lambda unit: unit.wishes.add("wish", Sealed("00000000", b"x"), START))
    found = {each.key_id: each for each in (await key_status(world.services)).roots}
    assert not found["00000000"].is_here
    assert found["00000000"].uses == {KeyUse.WISHES: 1}


async def test_many_rows_are_read_in_pages(world: World) -> None:
    """A page that is full is followed by another."""

    def fill(unit: Unit) -> None:
        for number in range(PAGE + 1):
            unit.wishes.add(f"wish{number}", Sealed("k1", b"x"), START)

    await world.services.store.write(fill)
    (_, root) = (await key_status(world.services)).roots
    assert root.uses == {KeyUse.WISHES: PAGE + 1}
