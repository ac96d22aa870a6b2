"""An administrator resets a user's password."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource, Role
from credentials.policy import PolicyRule
from credentials.secret import Secret
from resolvers.admin_reset_password import PasswordResetByAdmin, admin_reset_password
from resolvers.change_password import PasswordChanged, change_expired_password
from resolvers.outcomes import (
    Conflict,
    ExternallyManaged,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    Overloaded,
    PasswordExpired,
    PasswordRejected,
    TooManyAttempts,
    UserNotFound,
)
from resolvers.selectors import UserSelector
from resolvers.sign_in import sign_in
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.resets import request, reset, strike
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from resolvers.admin_reset_password import Refused
    from resolvers.services import Caller, Services
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
IM = "mary@localhost"
MARY = UserSelector(username="mary")


async def admin_reset(
    services: Services, caller: Caller, new: str | None = None, user: UserSelector = MARY, **how: bool
) -> PasswordResetByAdmin | Refused:
    """Resets a user's password; without more a temporary one is made."""
    given = None if new is None else Secret(new)
    options: dict[str, Any] = {"require_change": True, "send_mail": False, **how}
    return await admin_reset_password(services, origin(), caller, user, given, **options)


async def done(answer: PasswordResetByAdmin | Refused) -> PasswordResetByAdmin:
    """It was done."""
    assert isinstance(answer, PasswordResetByAdmin), answer
    return answer


async def try_sign_in(world: World, password: str) -> object:
    """What a sign-in answers."""
    return await sign_in(world.services, origin(), "mary", Secret(password))


@pytest.mark.parametrize("by", ["id", "username", "email_address"])
async def test_a_temporary_password_is_made(world: World, by: str) -> None:
    """C2 C3: the user is named by username, id or address; without a password one of 80 bits is made."""
    caller, mary = await world.admin(), await world.user()
    made = await done(await admin_reset(world.services, caller, user=UserSelector(**{by: getattr(mary, by)})))
    assert made.temporary_password is not None
    assert len(made.temporary_password.reveal().replace("-", "")) == 16
    assert made.temporary_password_expires_at == world.chance.now() + timedelta(hours=24)
    assert made.user.id == mary.id
    assert made.user.password is not None
    assert made.user.password.is_temporary
    (event,) = await world.events(EventKind.PASSWORD_RESET_BY_ADMIN)
    assert (event.success, event.actor, event.user_id) == (True, caller.actor, mary.id)


async def test_it_opens_only_the_change_to_a_real_one(world: World) -> None:
    """C3: what was made opens no session, is used once, and no effect holds it."""
    caller, _ = await world.admin(), await world.user()
    made = await done(await admin_reset(world.services, caller))
    assert made.temporary_password is not None
    temporary = made.temporary_password.reveal()
    assert isinstance(await try_sign_in(world, temporary), PasswordExpired)
    assert temporary not in json.dumps([effect.details for effect in await world.effects()])
    change = (Secret(temporary), Secret(NEW_PASSWORD), Secret(NEW_PASSWORD))
    changed = await change_expired_password(world.services, origin(), "mary", *change)
    assert isinstance(changed, PasswordChanged)
    again = await change_expired_password(world.services, origin(), "mary", *change)
    assert again == InvalidCredentials()


async def test_the_present_password_dies(world: World) -> None:
    """C6: the present password, sessions, mailed tokens and chat passwords die at once; the user is mailed.

    Planted: the epoch not turned and the sessions not ended; together seen to fail.
    """
    caller, mary = await world.admin(), await world.user(jid_im=IM)
    session, chat, mail = await world.caller(), await world.account(IM), await strike(world, mary)
    before = len(await world.effects())
    answer = await done(await admin_reset(world.services, caller))
    assert answer.revoked_sessions == 1
    assert not await world.is_alive(session)
    assert await world.is_alive(caller)
    assert await world.account(IM) != chat
    assert await try_sign_in(world, PASSWORD) == InvalidCredentials()
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()
    effects = (await world.effects())[before:]
    assert list(answer.effects) == effects
    assert [effect.kind for effect in effects] == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.MAIL_NOTICE,
    ]
    assert effects[-1].details["letter"] == "PASSWORD_RESET_BY_ADMIN"
    assert effects[-1].details["mustChange"] is True


async def test_a_given_password_is_temporary(world: World) -> None:
    """C3: a password that is set is temporary by default, and dies after its 24 hours."""
    caller, _ = await world.admin(), await world.user()
    answer = await done(await admin_reset(world.services, caller, NEW_PASSWORD))
    assert answer.temporary_password is None
    assert answer.temporary_password_expires_at == world.chance.now() + timedelta(hours=24)
    assert isinstance(await try_sign_in(world, NEW_PASSWORD), PasswordExpired)
    world.chance.forward(timedelta(hours=24))
    assert await try_sign_in(world, NEW_PASSWORD) == InvalidCredentials()


async def test_a_given_password_may_stay(world: World) -> None:
    """C3: without requireChange the given password opens sessions and stays."""
    caller, _ = await world.admin(), await world.user()
    answer = await done(await admin_reset(world.services, caller, NEW_PASSWORD, require_change=False))
    assert answer.temporary_password_expires_at is None
    assert answer.effects[-1].details["mustChange"] is False
    await world.signed_in("mary", NEW_PASSWORD)


async def test_a_made_password_is_temporary_whatever_is_asked(world: World) -> None:
    """C3: without requireChange a password that was made is temporary all the same."""
    caller, _ = await world.admin(), await world.user()
    answer = await done(await admin_reset(world.services, caller, require_change=False))
    assert answer.user.password is not None
    assert answer.user.password.is_temporary


async def test_a_mail_changes_nothing(world: World) -> None:
    """C3: with sendMail a reset mail goes out; password, sessions and older tokens stay until it is used."""
    caller, mary = await world.admin(), await world.user()
    session, before = await world.caller(), len(await world.effects())
    answer = await done(await admin_reset(world.services, caller, send_mail=True))
    (effect,) = (await world.effects())[before:]
    assert (effect.kind, effect.target, effect.user_id) == (EffectKind.MAIL_RESET, effect.id, mary.id)
    assert list(answer.effects) == [effect]
    assert (answer.revoked_sessions, answer.unlocked, answer.temporary_password) == (0, False, None)
    assert await world.user_now() == mary
    assert await world.is_alive(session)
    (event,) = await world.events(EventKind.RESET_REQUESTED)
    assert (event.actor, event.user_id) == (caller.actor, mary.id)


async def test_a_locked_user_is_unlocked(world: World) -> None:
    """C5: a locked user is unlocked, and every network's count for the user's names is forgotten."""
    caller, _ = await world.admin(), await world.user()
    await world.change(turn=False, locked_at=world.chance.now())
    for _ in range(5):
        await try_sign_in(world, "wrong")
    assert isinstance(await try_sign_in(world, PASSWORD), TooManyAttempts)
    answer = await done(await admin_reset(world.services, caller, NEW_PASSWORD, require_change=False))
    assert answer.unlocked
    assert (await world.user_now()).locked_at is None
    await world.signed_in("mary", NEW_PASSWORD)
    again = await done(await admin_reset(world.services, caller))
    assert not again.unlocked


async def test_not_on_oneself(world: World) -> None:
    """C7: an administrator's own password is changed by changePassword; here it is FORBIDDEN."""
    caller = await world.admin("mary")
    for send_mail in (False, True):
        assert await admin_reset(world.services, caller, send_mail=send_mail) == Forbidden()
    assert await world.is_alive(caller)


async def test_on_another_administrator_only_a_mail(world: World) -> None:
    """C7: on another ADMIN only sendMail is allowed; the operator at the command line breaks the glass.

    Planted: the roles of the other not looked at; seen to fail.
    """
    caller, mary = await world.admin(), await world.user(roles=(Role.USER, Role.ADMIN))
    assert await admin_reset(world.services, caller) == Forbidden()
    assert await admin_reset(world.services, caller, NEW_PASSWORD) == Forbidden()
    assert await world.user_now() == mary
    await done(await admin_reset(world.services, caller, send_mail=True))
    await done(await admin_reset(world.services, OPERATOR))


async def test_what_does_not_go_together(world: World) -> None:
    """C3: newPassword with sendMail, or where administrators may set none, is an invalid input."""
    caller, _ = await world.admin(), await world.user()
    forbidding = world.with_rules(admin_may_set_password=False)
    nobody = UserSelector(username="nobody")
    for services, mail in ((world.services, True), (forbidding, False), (forbidding, True)):
        for user in (MARY, nobody):
            refusal = await admin_reset(services, caller, "short", user, send_mail=mail)
            assert isinstance(refusal, InvalidInput)
            assert [(each.field, each.code) for each in refusal.faults] == [("newPassword", "NOT_ALLOWED")]
    await done(await admin_reset(forbidding, caller))


@pytest.mark.parametrize("by", ["id", "username", "email_address"])
@pytest.mark.parametrize("name", ["nobody", "", "\0", "\ud800"])
async def test_an_unknown_user(world: World, by: str, name: str) -> None:
    """C4 1.8: a user who is not there is said to be so, before the password's quality."""
    refusal = await admin_reset(world.services, OPERATOR, "short", UserSelector(**{by: name}))
    assert refusal == UserNotFound()


async def test_managed_elsewhere_before_the_policy(world: World) -> None:
    """C4 1.8: an externally managed user is said to be so before the password's quality is looked at."""
    caller, _ = await world.admin(), await world.user(password=None, identity_source=IdentitySource.LDAP)
    refusal = ExternallyManaged(IdentitySource.LDAP)
    with overloaded(world) as services:
        assert await admin_reset(services, caller, "short") == refusal
        assert await admin_reset(services, caller, send_mail=True) == refusal


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        ("short", PolicyRule.MIN_LENGTH),
        ("\ud800", PolicyRule.UNSUPPORTED_CHARACTER),
        ("a" * 20, PolicyRule.TOO_GUESSABLE),
        ("zephyrine.blackwood", PolicyRule.CONTEXT),
    ],
)
async def test_the_whole_policy(world: World, new: str, rule: PolicyRule) -> None:
    """C4 1.8: a given password meets the whole policy, or nothing is changed."""
    caller, before = await world.admin(), await world.user("zephyrine.blackwood")
    user = UserSelector(username="zephyrine.blackwood")
    refusal = await admin_reset(world.services, caller, new, user)
    assert isinstance(refusal, PasswordRejected)
    assert rule in [violation.rule for violation in refusal.violations]
    assert await world.user_now("zephyrine.blackwood") == before


async def test_a_full_queue(world: World) -> None:
    """1.8: where the hashing queue is full nothing is changed."""
    caller, mary = await world.admin(), await world.user()
    with overloaded(world) as services:
        assert isinstance(await admin_reset(services, caller), Overloaded)
    assert await world.user_now() == mary


async def test_a_stale_epoch_is_a_conflict(store: Store) -> None:
    """1.8: where the user changed while the password was sealed nothing is replaced.

    Planted: the swap without comparing the epoch; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        caller, _ = await world.admin(), await world.user(jid_im=IM)
        before = await world.effects()
        chance.before_job(1, world.change)
        assert await admin_reset(world.services, caller) == Conflict()
        assert await world.effects() == before
        await world.signed_in()
        (event,) = await world.events(EventKind.PASSWORD_RESET_BY_ADMIN)
        assert (event.success, event.code) == (False, "CONFLICT")


async def test_administrators_at_once(world: World) -> None:
    """C6: of eight at once at least one wins, and one password alone is the user's afterwards."""
    caller, _ = await world.admin(), await world.user()
    words = [f"{NEW_PASSWORD} {number}" for number in range(8)]
    answers = await asyncio.gather(
        *(admin_reset(world.services, caller, word, require_change=False) for word in words)
    )
    winners = [answer for answer in answers if isinstance(answer, PasswordResetByAdmin)]
    assert winners
    assert {type(answer) for answer in answers} <= {PasswordResetByAdmin, Conflict}
    working = []
    for number, word in enumerate(words):
        where = origin(f"192.0.2.{number}")
        answer = await sign_in(world.services, where, "mary", Secret(word))
        working += [word] if answer != InvalidCredentials() else []
    assert len(working) == 1
