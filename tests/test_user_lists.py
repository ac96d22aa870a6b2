"""Users as lists, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from credentials.kinds import IdentitySource
from store.tables import login_names, users
from store.user_lists import COUNTED
from tests.direct import direct
from tests.rows import add_user, user_values

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio


def _names(unit: Unit, prefix: str, size: int = 2) -> list[str]:
    """Walks every page of a search."""
    found: list[str] = []
    after: str | None = None
    while page := unit.user_lists.search(prefix, after, size):
        found += [user.username for _, user in page]
        after = page[-1][0]
    return found


async def test_pages_are_stable_while_users_are_added(store: Store) -> None:
    """Who was there at the beginning stands on exactly one page, in order."""
    for name in ("c", "a", "b"):
        await store.write(add_user, name)
    first = await store.read(lambda unit: unit.user_lists.page(None, 2))
    await store.write(add_user, "0")
    second = await store.read(lambda unit: unit.user_lists.page(first[-1].system_user_id, 2))
    assert [user.username for user in (*first, *second)] == ["c", "a", "b", "0"]


async def test_a_page_goes_on_where_its_last_user_was_deleted(store: Store) -> None:
    """A cursor is a place, not a row."""
    made = [await store.write(add_user, name) for name in ("a", "b", "c")]
    await store.write(lambda unit: unit.users.delete(made[1].id))
    rest = await store.read(lambda unit: unit.user_lists.page(made[1].system_user_id, 9))
    assert [user.username for user in rest] == ["c"]


async def test_a_search_finds_every_user_once_by_either_name(store: Store) -> None:
    """A prefix of username or address, folded; sorted by the first name that matches."""
    await store.write(add_user, "Mary")
    await store.write(add_user, "maurice", email_address="boss@example.org")
    await store.write(add_user, "paul", email_address="ma.paul@example.org")

    def search(unit: Unit) -> None:
        assert _names(unit, "ma") == _names(unit, "MA") == ["paul", "Mary", "maurice"]
        assert _names(unit, "mary") == ["Mary"]
        assert _names(unit, "boss@") == ["maurice"]
        assert _names(unit, "%") == _names(unit, "_") == _names(unit, "x") == []
        assert [unit.user_lists.count(prefix) for prefix in ("ma", "mary", "x", None)] == [3, 1, 0, 3]

    await store.read(search)


async def test_a_search_is_stable_while_users_are_added(store: Store) -> None:
    """A name that sorts before the cursor is not seen again, one behind it is."""
    await store.write(add_user, "b")
    await store.write(add_user, "d")
    (first,) = await store.read(lambda unit: unit.user_lists.search("", None, 1))
    await store.write(add_user, "a")
    await store.write(add_user, "c")
    rest = await store.read(lambda unit: unit.user_lists.search("", first[0], 9))
    assert [user.username for _, user in rest] == ["c", "d"]


async def test_the_highest_characters_are_found_by_their_prefix(store: Store) -> None:
    """The key range reaches to the end of the alphabet, in the same order on both databases."""
    await store.write(add_user, "a\U0001f511b")
    await store.write(add_user, "a\uffeeb")  # between them UTF-16 and code points sort differently
    assert await store.read(_names, "a") == ["a\uffeeb", "a\U0001f511b"]
    assert await store.read(_names, "a\U0001f511") == ["a\U0001f511b"]


async def test_the_enabled_local_administrators_are_known(store: Store) -> None:
    """Neither a disabled nor an external one counts: they could not act. The external one is mailed."""
    await store.write(add_user, "root", is_admin=True)
    await store.write(add_user, "off", is_admin=True, is_disabled=True)
    await store.write(add_user, "saml", is_admin=True, identity_source=IdentitySource.SAML)
    await store.write(add_user, "mary")

    def found(unit: Unit, *, hold: bool) -> list[str]:
        return [user.username for user in unit.user_lists.administrators(hold=hold)]

    assert await store.read(found, hold=False) == await store.write(found, hold=True) == ["root"]
    told = await store.read(lambda unit: unit.user_lists.told_administrators())
    assert [user.username for user in told] == ["root", "saml"]


def _fill(connection: Connection) -> None:
    made = [user_values(f"user{number}") for number in range(COUNTED)]
    names = [
        {"name_key": name, "skeleton": name, "user_id": user["id"]}
        for user in made
        for name in (user["username"], user["email_address"])
    ]
    connection.execute(insert(users), made)
    connection.execute(insert(login_names), names)


async def test_no_count_goes_beyond_ten_thousand(database_url: Secret, store: Store) -> None:
    """Above it the contract asks for null, and the work is bounded.

    Both names of each user begin alike. Planted: as many names looked at as users are counted; seen to fail.
    """
    await direct(database_url, _fill)
    assert await store.read(lambda unit: unit.user_lists.count()) == COUNTED
    assert await store.read(lambda unit: unit.user_lists.count("user")) == COUNTED
    await store.write(add_user, "user")
    assert await store.read(lambda unit: unit.user_lists.count()) is None
    assert await store.read(lambda unit: unit.user_lists.count("user")) is None
