"""Users and their login names, on both databases."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import Role
from credentials.model import PasswordState
from tests.chance import START
from tests.rows import add_user, session_of, strike, user_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
KELVIN = "\N{KELVIN SIGN}"
FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "mary")  # Unicode's block of full-width forms


async def test_a_user_comes_back_as_they_were_added(store: Store) -> None:
    """Every column survives, and the number grows."""
    first = await store.write(add_user, roles=[Role.ADMIN, Role.USER], properties={"a": [1, None, "é"]})
    second = await store.write(add_user, "paul", verifier=None, verifier_key=None, password_changed_at=None)
    assert first.roles == (Role.ADMIN, Role.USER)
    assert first.properties == {"a": [1, None, "é"]}
    assert first.password == PasswordState(START, None, is_temporary=False)
    assert (second.verifier, second.password) == (None, None)
    assert second.system_user_id > first.system_user_id
    assert await store.read(lambda unit: unit.users.by_id(first.id)) == first
    assert await store.write(lambda unit: unit.users.by_id(first.id, hold=True)) == first


async def test_a_user_is_found_by_either_name_in_any_case(store: Store) -> None:
    """A login name is compared folded; a username is not an address."""
    user = await store.write(add_user, "Mary")

    def find(unit: Unit) -> None:
        users = unit.users
        assert users.by_login("MARY") == users.by_login("mary@EXAMPLE.org") == user
        assert users.by_username("mary") == users.by_address("mary@example.org") == user
        assert users.by_username("mary@example.org") is None
        assert users.by_address("mary") is None
        assert users.by_login("nobody") is users.by_username("nobody") is users.by_address("nobody") is None
        assert users.by_id("nobody") is None

    await store.read(find)


async def test_nobodys_name_is_looked_for_with_the_same_calls(store: Store) -> None:
    """Before, between and after those that there are: a row is read for it, too.

    Planted: no row where there is no such name, as it once was, and none after the last one; seen to fail.
    """
    user = await store.write(add_user, "mary")
    assert await store.read(lambda unit: unit.users.by_login("mary")) == user

    def find(unit: Unit) -> list[int]:
        names = ["mary", "anna", "mary@a", "zoe"]
        return [_calls(unit.users.by_login, name) for name in [*names, *names]][len(names) :]

    assert len(set(await store.read(find))) == 1


def _calls(function: Callable[[str], object], value: str) -> int:
    """Of functions, Python's and others, in this thread."""
    counted = Counter[str]()
    sys.setprofile(lambda _frame, event, _arg: counted.update([event]))
    try:
        function(value)
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]


@pytest.mark.parametrize("taken", ["mary", "MARY", "mary@example.org", "Mary@Example.ORG", FULL_WIDTH])
async def test_a_name_that_is_taken_by_key_or_by_skeleton_is_refused(store: Store, taken: str) -> None:
    """One namespace for usernames and addresses; what only looks the same is the same."""
    await store.write(add_user)
    assert await store.write(lambda unit: _try(unit, "other", [taken, "other@example.org"])) == taken
    assert await store.write(lambda unit: _try(unit, "other", ["other", taken])) == taken


def _try(unit: Unit, user_id: str, names: list[str]) -> str | None:
    taken = unit.users.claim_names(user_id, names)
    unit.users.give_up_names(user_id)
    return taken


async def test_the_kelvin_sign_is_the_letter_k(store: Store) -> None:
    """U+212A folds to k: nobody takes somebody's name with it."""
    await store.write(add_user, "kate")
    assert await store.write(lambda unit: _try(unit, "other", [f"{KELVIN}ate"])) == f"{KELVIN}ate"


async def test_the_first_of_two_taken_names_is_named(store: Store) -> None:
    """Whatever the order they are claimed in, the answer follows the order they were given in."""
    await store.write(add_user, "anna")
    await store.write(add_user, "zoe")
    assert await store.write(lambda unit: _try(unit, "other", ["zoe", "anna"])) == "zoe"
    assert await store.write(lambda unit: _try(unit, "other", ["anna", "zoe"])) == "anna"


async def test_a_username_that_is_the_users_own_address_stands_once(store: Store) -> None:
    """Who signs in by their address has it as username too."""
    values = {"username": "Mary@example.org", "email_address": "mary@example.org"}
    user = await store.write(add_user, **values)
    assert await store.read(lambda unit: unit.users.by_username("mary@example.org")) == user
    assert await store.read(lambda unit: unit.users.by_address("mary@example.org")) == user


async def test_names_that_are_given_up_are_free(store: Store) -> None:
    """A change of address frees the old one for others, and keeps the user's own."""
    user = await store.write(add_user)
    assert await store.write(lambda unit: unit.users.claim_names(user.id, ["mary", "m@example.org"])) is None
    assert await store.write(lambda unit: _try(unit, "other", ["mary@example.org"])) is None
    assert await store.write(lambda unit: _try(unit, "other", ["mary"])) == "mary"


@pytest.mark.parametrize("order", [list, reversed])
async def test_of_many_creators_of_one_name_one_wins(
    store: Store, order: Callable[[list[str]], list[str]]
) -> None:
    """Twelve at once, in both orders of the names: one user, and nobody waits for somebody who waits."""

    def create(unit: Unit, number: int) -> bool:
        names = ["mary", "mary@example.org"]
        values = user_values("mary", id=f"id-{number}")
        if unit.users.claim_names(values["id"], names if number % 2 else list(order(names))) is not None:
            unit.users.give_up_names(values["id"])
            return False
        unit.users.add(values)
        return True

    won = await asyncio.gather(*(store.write(create, number) for number in range(RACERS)))
    assert won.count(True) == 1


async def test_a_change_is_made_where_the_epoch_is_still_the_one_that_was_read(store: Store) -> None:
    """Compare and swap; a turn makes the next compare fail."""
    user = await store.write(add_user)

    def change(unit: Unit, *, turn: bool) -> int | None:
        changed = unit.users.change(user.id, user.epoch, {"full_name": "Mary"}, turn=turn)
        return None if changed is None else changed.epoch

    assert await store.write(change, turn=False) == user.epoch
    assert await store.write(change, turn=True) == user.epoch + 1
    assert await store.write(change, turn=True) is None


async def test_of_many_changes_of_one_epoch_one_wins(store: Store) -> None:
    """Planted: the condition on the epoch removed; seen to fail."""
    user = await store.write(add_user)

    def change(unit: Unit) -> bool:
        return unit.users.change(user.id, user.epoch, {"locale": "de_DE"}, turn=True) is not None

    won = await asyncio.gather(*(store.write(change) for _ in range(RACERS)))
    assert won.count(True) == 1


async def test_a_deleted_user_leaves_nothing(store: Store) -> None:
    """Names, sessions and secrets go with the row."""
    user = await store.write(add_user)
    await store.write(lambda unit: unit.sessions.begin(session_of(user)))
    await store.write(strike, user)
    await store.write(lambda unit: unit.users.delete(user.id))

    def gone(unit: Unit) -> None:
        assert unit.users.by_login("mary") is None
        assert unit.sessions.with_user("session") is None
        assert unit.one_time_secrets.by_lookup([b"secret"], START) is None

    await store.read(gone)
