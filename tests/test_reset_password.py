"""Set a new password by a mailed token, or by a temporary password."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource, Role
from credentials.policy import PolicyRule
from credentials.secret import Secret
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from resolvers.outcomes import (
    InvalidInput,
    InvalidToken,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
    Unauthenticated,
)
from resolvers.reset_password import PasswordReset, ResetAdmission, admit, reset_password
from resolvers.selectors import GeoPoint
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.resets import request, reset, strike
from tests.statements import statements
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
IM = "mary@localhost"
MARY = "mary@example.org"
WRONG, SHORT = "wrong", "short"
#: A username of its own, and a password that leans on it.
LEANING = "zephyrine.blackwood"


async def test_a_token_sets_the_new_password(world: World) -> None:
    """R9 R10: the token and a new password are enough; the old password opens nothing any more."""
    mary = await world.user()
    mail = await strike(world, mary)
    done = await reset(world.services, request(token=mail.token))
    assert isinstance(done, PasswordReset)
    assert done.system_user_id == mary.system_user_id
    await world.signed_in("mary", NEW_PASSWORD)
    (event,) = await world.events(EventKind.PASSWORD_RESET)
    assert (event.success, event.user_id, event.actor) == (True, mary.id, f"user:{mary.id}")


async def test_what_follows_is_what_follows_a_change(world: World) -> None:
    """R11: sessions end, the chat password is new, the server is told in order, and a letter goes out."""
    mary = await world.user(jid_im=IM)
    caller, chat, before = await world.caller(), await world.account(IM), len(await world.effects())
    done = await reset(world.services, request(token=(await strike(world, mary)).token))
    assert isinstance(done, PasswordReset)
    assert done.revoked_sessions == 1
    assert not await world.is_alive(caller)
    assert await world.account(IM) != chat
    effects = (await world.effects())[before:]
    assert list(done.effects) == effects
    assert [effect.kind for effect in effects] == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.MAIL_NOTICE,
    ]
    assert (effects[-1].details["letter"], effects[-1].details["to"]) == ("PASSWORD_RESET", MARY)


async def test_one_token_one_use(world: World) -> None:
    """R12: a token works once."""
    asked = request(token=(await strike(world, await world.user())).token)
    assert isinstance(await reset(world.services, asked), PasswordReset)
    assert await reset(world.services, asked) == InvalidToken()


async def test_twelve_racers_on_one_token(world: World) -> None:
    """R12: of twelve at once with one token exactly one wins, and its password is the one.

    Planted: the swap without the epoch and the spending without its condition; both together seen to fail.
    """
    mail = await strike(world, await world.user(jid_im=IM))
    words = [f"{NEW_PASSWORD} {number}" for number in range(12)]
    answers = await asyncio.gather(
        *(reset(world.services, request(token=mail.token, new_password=word)) for word in words)
    )
    (winner,) = [number for number, done in enumerate(answers) if isinstance(done, PasswordReset)]
    assert {type(done) for done in answers} <= {PasswordReset, InvalidToken, TooManyAttempts}
    await world.signed_in("mary", words[winner])


async def test_a_newer_mail_ends_the_older(world: World) -> None:
    """R12: with any newer mail the older token and code die."""
    mary = await world.user()
    older, newer = await strike(world, mary), await strike(world, mary)
    assert await reset(world.services, request(token=older.token)) == InvalidToken()
    older_code = request(code=older.code, email_address=MARY)
    assert await reset(world.services, older_code) == InvalidToken()
    assert isinstance(await reset(world.services, request(token=newer.token)), PasswordReset)


async def test_token_and_code_die_together(world: World) -> None:
    """R12: who used the token cannot use its code, nor the other way round."""
    mail = await strike(world, await world.user())
    by_token, by_code = request(token=mail.token), request(code=mail.code, email_address=MARY)
    assert isinstance(await reset(world.services, by_token), PasswordReset)
    assert await reset(world.services, by_code) == InvalidToken()
    mail = await strike(world, await world.user_now())
    by_token, by_code = request(token=mail.token), request(code=mail.code, email_address=MARY)
    other = replace(by_code, new_password=Secret("another thing entirely walking"))
    assert isinstance(await reset(world.services, other), PasswordReset)
    assert await reset(world.services, by_token) == InvalidToken()


async def test_a_token_dies_after_an_hour(world: World) -> None:
    """R12: a token works for 60 minutes, and not a moment longer."""
    mail = await strike(world, await world.user())
    world.chance.forward(timedelta(minutes=60))
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()


@pytest.mark.parametrize(
    ("values", "turn"),
    [
        ({}, True),
        ({"is_disabled": True}, False),
        ({"roles": [Role.GUEST]}, False),
        ({"identity_source": IdentitySource.LDAP}, False),
    ],
)
async def test_what_ends_a_token(world: World, values: dict[str, Any], turn: bool) -> None:
    """R12: a turned epoch ends a token; one of a disabled user, a guest or an external one is worthless.

    Planted: the epoch of the secret not compared; seen to fail.
    """
    mail = await strike(world, await world.user())
    await world.change(turn=turn, **values)
    for asked in (request(token=mail.token), request(code=mail.code, email_address=MARY)):
        assert await reset(world.services, asked) == InvalidToken()


async def test_a_deleted_user(world: World) -> None:
    """R12: the token of a user who is gone opens nothing."""
    mary = await world.user()
    mail = await strike(world, mary)
    await world.services.store.write(lambda unit: unit.users.delete(mary.id))
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()


async def test_a_change_between_look_and_swap(store: Store) -> None:
    """1.8: an epoch that turns while the new password is sealed is an InvalidToken: a lost race.

    Planted: the swap without comparing the epoch; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        mail = await strike(world, await world.user())
        # Jobs of a reset by token: zxcvbn, the context, the seal.
        chance.before_job(3, world.change)
        assert await reset(world.services, request(token=mail.token)) == InvalidToken()
        await world.signed_in()
        (event,) = await world.events(EventKind.PASSWORD_RESET)
        assert event.code == "INVALID_TOKEN"


async def test_a_token_that_is_spent_between_look_and_swap(world: World) -> None:
    """R12: of two that were admitted with one token the second one to come gets nothing."""
    asked = request(token=(await strike(world, await world.user())).token)
    first, second = [await admit(world.services, origin(), asked) for _ in range(2)]
    assert isinstance(first, ResetAdmission)
    assert isinstance(second, ResetAdmission)
    with closing(first), closing(second):
        done = await reset_password(world.services, origin(), first)
        assert isinstance(done, PasswordReset)
        assert await reset_password(world.services, origin(), second) == InvalidToken()
    assert world.services.hashing.places_taken == 0


async def test_a_rejected_password_spends_nothing(world: World) -> None:
    """1.8: after the proof CONTEXT is said, and the token is not used up by it."""
    mail = await strike(world, await world.user(LEANING))
    leaning = request(token=mail.token, new_password=LEANING)
    refusal = await reset(world.services, leaning)
    assert isinstance(refusal, PasswordRejected)
    assert [violation.rule for violation in refusal.violations] == [PolicyRule.CONTEXT]
    assert await reset(world.services, replace(leaning, token=Secret("wrong"))) == InvalidToken()
    assert isinstance(await reset(world.services, request(token=mail.token)), PasswordReset)


async def test_a_reset_lets_its_owner_in(world: World) -> None:
    """A reset clears every network's count of wrong passwords for the user's names, and unlocks.

    Planted: the counts kept; seen to fail.
    """
    mary = await world.user()
    await world.change(turn=False, locked_at=world.chance.now())
    temporary = request(temporary_password=WRONG, email_address=MARY)
    for where in (origin(), origin("198.51.100.1")):
        for _ in range(5):
            assert await reset(world.services, temporary, where) == InvalidToken()
        assert await reset(world.services, temporary, where) == TooManyAttempts(30)
    mail = await strike(world, mary)
    assert isinstance(await reset(world.services, request(token=mail.token)), PasswordReset)
    assert (await world.user_now()).locked_at is None
    for where in (origin(), origin("198.51.100.1")):
        assert await reset(world.services, temporary, where) == InvalidToken()


async def test_a_temporary_password_with_its_address(world: World) -> None:
    """T1: a temporary password and the address prove the user, once; anybody's else do not."""
    await world.user(require_change=True)
    await world.user("john")
    asked = request(temporary_password=PASSWORD, email_address=MARY)
    wrong = [
        replace(asked, email_address="john@example.org"),
        replace(asked, email_address="mary"),
        replace(asked, email_address="nobody@example.org"),
        replace(asked, temporary_password=Secret(NEW_PASSWORD)),
        replace(asked, temporary_password=Secret("\ud800")),
    ]
    for each in wrong:
        assert await reset(world.services, each) == InvalidToken()
    assert isinstance(await reset(world.services, asked), PasswordReset)
    assert await reset(world.services, asked) == InvalidToken()
    await world.signed_in("mary", NEW_PASSWORD)


async def test_a_temporary_password_is_not_set_again(world: World) -> None:
    """T1: the temporary password may not become the new one; that costs no attempt."""
    await world.user(require_change=True)
    asked = request(temporary_password=PASSWORD, email_address=MARY, new_password=PASSWORD)
    for _ in range(6):
        refusal = await reset(world.services, asked)
        assert isinstance(refusal, PasswordRejected)
        assert [violation.rule for violation in refusal.violations] == [PolicyRule.REUSED]


async def test_a_temporary_password_dies(world: World) -> None:
    """C3: after its 24 hours a temporary password opens nothing."""
    await world.user(require_change=True)
    world.chance.forward(timedelta(hours=24))
    asked = request(temporary_password=PASSWORD, email_address=MARY)
    assert await reset(world.services, asked) == InvalidToken()


async def test_temporary_passwords_take_the_same_work(store: Store) -> None:
    """1.8: an unknown address, a real password and a wrong one: one refusal after the same work."""
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        await world.user()
        await world.user("john", require_change=True)
        seen = []
        for name in ("mary", "john", "nobody"):
            asked = request(temporary_password=WRONG, email_address=f"{name}@example.org")
            before = chance.jobs
            with statements() as made:
                assert await reset(world.services, asked) == InvalidToken()
            seen.append((made, chance.jobs - before))
        assert seen[0] == seen[1] == seen[2]


async def test_coordinates_and_application_are_kept(world: World) -> None:
    """T2 T3: the audit keeps the coordinates and the application, of a success and of a refusal."""
    made = await create_api_key(world.services, origin(), OPERATOR, "app", Role.USER, None)
    assert isinstance(made, ApiKeyCreated)
    mail = await strike(world, await world.user())
    for token in (Secret("wrong"), mail.token):
        asked = request(token=token, api_key=made.api_key, location=GeoPoint(48.85, -2.35))
        await reset(world.services, asked)
    events = await world.events(EventKind.PASSWORD_RESET)
    kept = [(each.success, each.api_key_id, each.latitude, each.longitude) for each in events]
    assert kept == [(False, made.id, 48.85, -2.35), (True, made.id, 48.85, -2.35)]


async def test_an_application_may_be_required(world: World) -> None:
    """T2: with REKEY_REQUIRE_API_KEY a reset without a live key is UNAUTHENTICATED, uncounted."""
    asked = request(token=(await strike(world, await world.user())).token)
    services = world.with_rules(require_api_key=True)
    with statements() as made:
        assert await reset(services, asked) == Unauthenticated()
    assert made == []
    differs = replace(origin(), api_key=Secret("one"))
    refusal = await reset(world.services, replace(asked, api_key=Secret("other")), differs)
    assert isinstance(refusal, InvalidInput)


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"repeat": "other"}, [("repeatNewPassword", "DIFFERS")]),
        ({"email_address": "\0"}, [("emailAddress", "MALFORMED")]),
        ({"location": GeoPoint(90.1, 0)}, [("location.latitude", "OUT_OF_RANGE")]),
        ({"location": GeoPoint(0, float("nan"))}, [("location.longitude", "OUT_OF_RANGE")]),
        ({"token": None, "code": "ABC-DEF"}, [("emailAddress", "REQUIRED")]),
        ({"token": None, "temporary_password": "x"}, [("emailAddress", "REQUIRED")]),
    ],
)
async def test_shape_before_everything(
    embedded: World, values: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    """1.8 T1 T3: shape is refused by its field before a place, a count and the proof."""
    asked = request(**{"token": "wrong", "new_password": "short", **values})
    with overloaded(embedded) as services, statements() as made:
        refusal = await reset(services, asked)
    assert isinstance(refusal, InvalidInput)
    assert [(fault.field, fault.code) for fault in refusal.faults] == faults
    assert made == []


async def test_the_order_after_shape(embedded: World) -> None:
    """1.8: the policy's shape, then a place, then whether it is guessable, each before the count."""
    with overloaded(embedded) as services, statements() as made:
        short = await reset(services, request(token=WRONG, new_password=SHORT))
        assert isinstance(short, PasswordRejected)
        assert isinstance(await reset(services, request(token=WRONG)), Overloaded)
        guessable = await reset(embedded.services, request(token=WRONG, new_password="a" * 20))
        assert isinstance(guessable, PasswordRejected)
    assert made == []
    assert embedded.services.hashing.places_taken == 0
