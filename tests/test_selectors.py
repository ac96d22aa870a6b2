"""How a user or a system is named from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resolvers.selectors import SystemSelector, UserSelector, storable

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_user_by_each_name(world: World) -> None:
    """C2: id, username and address name a user; one kind of name is not taken for another."""
    mary = await world.user()
    await world.user("john")
    found = [
        await world.services.store.read(selector.find)
        for selector in (
            UserSelector(id=mary.id),
            UserSelector(username="Mary"),
            UserSelector(email_address="MARY@example.org"),
        )
    ]
    assert found == [mary, mary, mary]
    for selector in (
        UserSelector(id="mary"),
        UserSelector(username="mary@example.org"),
        UserSelector(email_address="mary"),
        UserSelector(username=mary.id),
        UserSelector(),
    ):
        assert await world.services.store.read(selector.find) is None


async def test_a_system_by_each_name(world: World) -> None:
    """S2: id and `pbxId` name a system, each as it is spelt."""
    made = await world.system(pbx_id="PBX")
    for selector in (SystemSelector(id=made.system.id), SystemSelector(pbx_id="PBX")):
        found = await world.services.store.read(selector.find)
        assert found is not None
        assert found.system == made.system
    for selector in (SystemSelector(id="PBX"), SystemSelector(pbx_id="pbx"), SystemSelector()):
        assert await world.services.store.read(selector.find) is None


@pytest.mark.parametrize(
    ("text", "kept"), [("x", "x"), ("\u00fc", "\u00fc"), ("a\0", ""), ("\ud800", ""), ("x\ud800y", "")]
)
def test_what_a_database_may_be_asked_for(text: str, kept: str) -> None:
    """1.7: NUL and half of a character name nothing; they do not reach the database."""
    assert storable(text) == kept
