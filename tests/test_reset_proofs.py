"""What proves a user who forgot the password: how tokens and codes are counted and bound."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from credentials.attempt_keys import RESET_CODE
from credentials.hash_queue import Place
from credentials.model import IdentitySource, Role
from credentials.secret import Secret
from resolvers.counting import DAY, owner_key
from resolvers.outcomes import InvalidToken, PasswordRejected, TooManyAttempts
from resolvers.reset_password import PasswordReset
from resolvers.reset_proofs import may_reset, prove_code, prove_temporary, prove_token
from store.one_time_secrets import CODES_A_DAY
from store.opening import open_store
from tests.looking import all_look_first
from tests.resets import request, reset, strike
from tests.statements import statements
from tests.world import PASSWORD, open_world, origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from resolvers.reset_password import Refused
    from tests.resets import Mailed
    from tests.world import World

pytestmark = pytest.mark.anyio
MARY = "mary@example.org"
WRONG = "AAA-AAA"
UNREADABLE = "no token"
#: How many wait for a lock that somebody else holds.
WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def try_code(world: World, code: str, network: int = 1, address: str = MARY) -> PasswordReset | Refused:
    """Types a code from some network."""
    where = origin(f"192.0.2.{network}")
    return await reset(world.services, request(code=code, email_address=address), where)


async def mailed(world: World) -> Mailed:
    """A user with a mail whose code is not the wrong one."""
    mail = await strike(world, await world.user())
    assert mail.code != Secret(WRONG)
    return mail


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: f" {code.replace('-', ' ')} "])
async def test_a_code_however_it_is_typed(world: World, spell: type[str]) -> None:
    """R12: the typed code works with its address; case, blanks and the hyphen do not count."""
    mail = await mailed(world)
    assert isinstance(await try_code(world, spell(mail.code.reveal())), PasswordReset)


async def test_five_wrong_codes_kill_the_code(world: World) -> None:
    """R12: five wrong codes from anywhere kill the code, not the link.

    Planted: the code's own count left out; seen to fail.
    """
    mail = await mailed(world)
    for network in range(5):
        assert await try_code(world, WRONG, network) == InvalidToken()
    assert await try_code(world, mail.code.reveal(), 9) == InvalidToken()
    assert isinstance(await reset(world.services, request(token=mail.token)), PasswordReset)


async def test_four_wrong_codes_do_not(world: World) -> None:
    """R12: after four wrong codes the right one works; the right one itself is not counted."""
    mail = await mailed(world)
    for network in range(4):
        assert await try_code(world, WRONG, network) == InvalidToken()
    assert isinstance(await try_code(world, mail.code.reveal()), PasswordReset)


async def test_wrong_codes_at_once(world: World) -> None:
    """R12: of twelve wrong codes at once from twelve networks five are looked at, and the code is dead."""
    mail = await mailed(world)
    await asyncio.gather(*(try_code(world, WRONG, network) for network in range(12)))
    assert await wrong_codes(world) == 5
    assert await try_code(world, mail.code.reveal(), 99) == InvalidToken()


async def test_another_users_code(world: World) -> None:
    """R12: a code proves only the user to whom it was mailed, and needs their address."""
    mail = await mailed(world)
    await world.user("john")
    for address in ("john@example.org", "mary", "nobody@example.org"):
        assert await try_code(world, mail.code.reveal(), address=address) == InvalidToken()
    assert isinstance(await try_code(world, mail.code.reveal()), PasswordReset)


async def wrong_codes(world: World) -> int:
    """How many wrong codes were typed for the user today: after twenty, mails carry the link alone."""
    mary = await world.user_now()
    key = owner_key(world.services, RESET_CODE, mary.id)
    now = world.chance.now()
    return await world.services.store.read(lambda unit: unit.attempts.taken(key, now, DAY))


async def test_wrong_codes_of_a_day_are_known(world: World) -> None:
    """R12: wrong codes are counted for a user and a day over all mails, so that twenty end the codes."""
    mary = await world.user()
    for mail in range(6):
        await strike(world, mary)
        for network in range(4):
            assert await try_code(world, WRONG, 10 * mail + network) == InvalidToken()
    assert await wrong_codes(world) == CODES_A_DAY == 20
    world.chance.forward(DAY)
    assert await wrong_codes(world) == 0


async def test_codes_take_the_same_statements(world: World) -> None:
    """With a live code, with none, and for an unknown address a wrong code takes the same work.

    Planted: wrong codes of a day counted only where a code is live; seen to fail.
    """
    await mailed(world)
    await world.user("john")
    seen = []
    for name in ("mary", "john", "nobody"):
        with statements() as asked:
            assert await try_code(world, WRONG, address=f"{name}@example.org") == InvalidToken()
        seen.append(asked)
    assert seen[0] == seen[1] == seen[2]
    assert await wrong_codes(world) == 1


async def test_tries_without_a_code_end_no_codes(world: World) -> None:
    """R12: wrong codes where none was mailed do not count for the day: nobody takes another's codes away."""
    await world.user()
    for network in range(30):
        assert await try_code(world, WRONG, network) == InvalidToken()
    assert await wrong_codes(world) == 0


@pytest.mark.parametrize("address", [MARY, "nobody@example.org"])
async def test_codes_are_counted_by_network_too(world: World, address: str) -> None:
    """From the fifth wrong code a name, known or not, waits in this network."""
    await mailed(world)
    for _ in range(5):
        assert await try_code(world, "no code", address=address) == InvalidToken()
    assert await try_code(world, WRONG, address=address) == TooManyAttempts(30)


async def test_tries_at_once_are_counted_too(world: World) -> None:
    """Those that all looked before any was counted wait all the same from the sixth on."""
    services, where = world.services, origin()
    place = services.hashing.reserve("192.0.2.1")
    assert isinstance(place, Place)
    with place:
        for tries in (
            [prove_token(services, where, Secret(UNREADABLE)) for _ in range(8)],
            [prove_code(services, where, MARY, Secret(WRONG)) for _ in range(8)],
            [prove_temporary(services, where, place, MARY, Secret(PASSWORD)) for _ in range(8)],
        ):
            refused = await asyncio.gather(*tries)
            assert refused.count(InvalidToken()) == 5
            assert sum(isinstance(each, TooManyAttempts) for each in refused) == 3


async def test_a_token_is_refused_where_it_is_counted(embedded: World) -> None:
    """Those that looked before any was counted are refused by the count itself, from the sixth on.

    Planted: what the count says is not looked at; seen to fail.
    """
    tries = [prove_token(embedded.services, origin(), Secret(UNREADABLE)) for _ in range(8)]
    assert await all_look_first(embedded, tries) == 5 * [InvalidToken()] + 3 * [TooManyAttempts(30)]


async def test_a_token_is_counted_by_itself(world: World) -> None:
    """A text that is no token waits after five tries; a live token never does."""
    leaning = "zephyrine.blackwood"
    mail = await strike(world, await world.user(leaning))
    for _ in range(5):
        assert await reset(world.services, request(token=UNREADABLE)) == InvalidToken()
    assert await reset(world.services, request(token=UNREADABLE)) == TooManyAttempts(30)
    unknown = Secret("A" * 43)
    assert await reset(world.services, request(token=unknown)) == InvalidToken()
    rejected = request(token=mail.token, new_password=leaning)
    for _ in range(7):
        assert isinstance(await reset(world.services, rejected), PasswordRejected)


async def test_nobody_waits_for_ever(world: World) -> None:
    """The right code works again once the wait is over and a new mail came."""
    mail = await mailed(world)
    for _ in range(5):
        await try_code(world, WRONG)
    world.chance.forward(timedelta(seconds=30))
    assert await try_code(world, mail.code.reveal()) == InvalidToken()
    fresh = await strike(world, await world.user_now())
    world.chance.forward(timedelta(seconds=60))
    assert isinstance(await try_code(world, fresh.code.reveal()), PasswordReset)


async def test_who_gets_a_token(world: World) -> None:
    """R12: guests, externally managed and disabled users get none; no password yet is no bar."""
    assert may_reset(await world.user("never", None))
    assert not may_reset(await world.user("guest", roles=(Role.GUEST,)))
    assert not may_reset(await world.user("external", None, identity_source=IdentitySource.SAML))
    await world.user("disabled")
    assert not may_reset(await world.change("disabled", is_disabled=True))


async def test_a_reset_spends_nothing_before_the_user_is_its_own(
    databases: Callable[[str], AbstractContextManager[Secret]],
) -> None:
    """PostgreSQL: everybody takes the user's row first, so nobody waits for somebody who waits.

    Planted: the secret spent first, a deadlock with whoever strikes a new one; seen to fail.
    """
    with databases("postgresql") as url:
        store = open_store(url)
        async with open_world(store) as world:
            mail = await strike(world, await world.user())
            other = await asyncpg.connect(url.reveal())
            async with other.transaction():
                await other.execute("SELECT id FROM users FOR NO KEY UPDATE")
                running = asyncio.create_task(reset(world.services, request(token=mail.token)))
                while not await other.fetchval(WAITING):  # noqa: ASYNC110  in the database, not here
                    await asyncio.sleep(0.01)
                await other.execute("SELECT id FROM one_time_secrets FOR UPDATE NOWAIT")
            assert isinstance(await running, PasswordReset)
            await other.close()
        await store.close()
