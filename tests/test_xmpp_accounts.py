"""XMPP accounts as rows, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChatAccountKind
from credentials.model import ChatAccount
from credentials.vault import Sealed
from store.xmpp_accounts import AccountPassword
from tests.rows import add_system, add_user

if TYPE_CHECKING:
    from credentials.model import User
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
IM, TEL = "mary@localhost", "mary.tel@localhost"
SEALED = Sealed("k1", b"box")


def _with_accounts(unit: Unit) -> User:
    user = add_user(unit)
    assert unit.xmpp_accounts.claim_for_user(user.id, ChatAccountKind.TEL, TEL)
    assert unit.xmpp_accounts.claim_for_user(user.id, ChatAccountKind.IM, IM)
    return user


async def test_a_user_has_two_accounts(store: Store) -> None:
    """Listed by user and kind."""
    user = await store.write(_with_accounts)
    found = await store.read(lambda unit: unit.xmpp_accounts.of_users([user.id, "other"]))
    assert found == [
        ChatAccount(user.id, ChatAccountKind.IM, IM),
        ChatAccount(user.id, ChatAccountKind.TEL, TEL),
    ]
    assert await store.read(lambda unit: unit.xmpp_accounts.of_users([])) == []


async def test_a_jid_has_one_owner_user_or_system(store: Store) -> None:
    """Twelve users at once claim a system's JID or each other's: nobody takes what is taken."""
    system = await store.write(add_system)

    def claim(unit: Unit, number: int, jid: str) -> bool:
        user = add_user(unit, f"user{number}")
        return unit.xmpp_accounts.claim_for_user(user.id, ChatAccountKind.IM, jid)

    assert not await store.write(claim, 100, system.jid_pbxagent)
    won = await asyncio.gather(*(store.write(claim, number, IM) for number in range(RACERS)))
    assert won.count(True) == 1
    assert not await store.write(lambda unit: unit.xmpp_accounts.claim_for_system("id-new", IM))


async def test_a_sealed_password_is_kept_while_it_is_current(store: Store) -> None:
    """A new one takes its place; an unknown JID has none."""
    user = await store.write(_with_accounts)

    def keep(unit: Unit) -> None:
        accounts = unit.xmpp_accounts
        assert accounts.password(IM) == AccountPassword(IM, None, holds_code=False)
        accounts.set_password(IM, SEALED)
        accounts.set_password(IM, Sealed("k2", b"newer"))
        assert accounts.password(IM) == AccountPassword(IM, Sealed("k2", b"newer"), holds_code=False)
        assert accounts.password("other@localhost") is None
        assert {each.jid: each.sealed for each in accounts.passwords_of(user.id, user.epoch)} == {
            IM: Sealed("k2", b"newer"),
            TEL: None,
        }

    await store.write(keep)


async def test_a_code_is_forgotten_and_a_password_is_not(store: Store) -> None:
    """An activation code lies sealed only until the XMPP server has it; a newer one is not that one.

    Planted: without the comparison of the sealed bytes; seen to fail.
    """
    await store.write(_with_accounts)

    def forget(unit: Unit) -> None:
        accounts = unit.xmpp_accounts
        accounts.set_password(IM, SEALED, is_code=True)
        accounts.set_password(TEL, SEALED)
        accounts.forget_code(IM, Sealed("k1", b"older"))
        accounts.forget_code(IM, Sealed("k0", b"box"))
        assert accounts.password(IM) == AccountPassword(IM, SEALED, holds_code=True)
        accounts.forget_code(IM, SEALED)
        accounts.forget_code(TEL, SEALED)
        assert accounts.password(IM) == AccountPassword(IM, None, holds_code=True)
        assert accounts.password(TEL) == AccountPassword(TEL, SEALED, holds_code=False)

    await store.write(forget)


async def test_accounts_that_are_given_up_are_free(store: Store) -> None:
    """A claim that was not completed leaves nothing."""
    user = await store.write(_with_accounts)
    await store.write(lambda unit: unit.xmpp_accounts.give_up(user.id))
    assert await store.read(lambda unit: unit.xmpp_accounts.passwords_of(user.id, user.epoch)) == []
    assert await store.write(lambda unit: unit.xmpp_accounts.claim_for_user(user.id, ChatAccountKind.IM, IM))
