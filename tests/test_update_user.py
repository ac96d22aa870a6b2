"""Change a user's profile, address, roles or state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource, Role
from credentials.secret import Secret
from resolvers.outcomes import (
    AlreadyExists,
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    PasswordExpired,
    ReauthenticationRequired,
    Unauthenticated,
    UserNotFound,
)
from resolvers.selectors import UserSelector
from resolvers.sign_in import sign_in
from resolvers.update_user import LAST, UserUpdated, update_user
from resolvers.user_input import UserChanges
from tests.resets import request, reset, strike
from tests.world import OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from resolvers.services import Caller
    from resolvers.update_user import Refused
    from tests.world import World

pytestmark = pytest.mark.anyio
IM = "mary@localhost"
GRAVE: list[dict[str, Any]] = [
    {"email_address": "mary@example.net"},
    {"roles": [Role.GUEST]},
    {"is_disabled": True},
]


async def update(
    world: World, caller: Caller = OPERATOR, username: str = "mary", **changes: Any
) -> UserUpdated | Refused:
    """Changes a user."""
    user = UserSelector(username=username)
    return await update_user(world.services, origin(), caller, user, UserChanges(**changes))


async def updated(
    world: World, caller: Caller = OPERATOR, username: str = "mary", **changes: Any
) -> UserUpdated:
    """Changes a user, which is right."""
    done = await update(world, caller, username, **changes)
    assert isinstance(done, UserUpdated), done
    return done


async def letters(world: World, since: int) -> list[tuple[str, str]]:
    """Which letters go where."""
    mails = [each for each in (await world.effects())[since:] if each.kind is EffectKind.MAIL_NOTICE]
    return [(each.details["letter"], each.details["to"]) for each in mails]


async def test_only_what_was_sent_changes(world: World) -> None:
    """What was not sent stays; the audit says who changed it."""
    mary = await world.user(full_name="Mary", locale="fr_FR", properties={"a": 1})
    done = await updated(world, full_name="Mary Major", time_zone="Europe/Paris", preferences={"b": 2})
    changed = (done.user.full_name, done.user.time_zone, done.user.preferences)
    assert changed == ("Mary Major", "Europe/Paris", {"b": 2})
    assert (done.user.locale, done.user.properties, done.user.roles) == ("fr_FR", {"a": 1}, mary.roles)
    assert await world.user_now() == done.user
    (event,) = await world.events(EventKind.USER_UPDATED)
    assert (event.actor, event.user_id) == (OPERATOR.actor, mary.id)


async def test_what_may_be_emptied(world: World) -> None:
    """A null empties what may be empty; JSON becomes an empty object."""
    await world.user(
        full_name="Mary", theme_dir="x", user_group_id=1, support_username="m", permissions={"a": 1}
    )
    empty = ("full_name", "theme_dir", "user_group_id", "support_username", "permissions", "permission_ids")
    nothing: dict[str, Any] = dict.fromkeys(empty)
    done = await updated(world, **nothing)
    assert [getattr(done.user, name) for name in empty] == [None, None, None, None, {}, {}]


async def test_a_profile_leaves_sessions_alone(world: World) -> None:
    """R4: a change of profile, or grave fields sent as they are, ends no session and turns no epoch."""
    mary = await world.user(jid_im=IM)
    caller, before = await world.caller(), len(await world.effects())
    done = await updated(
        world, full_name="M", email_address=mary.email_address, roles=list(mary.roles), is_disabled=False
    )
    assert done.user.epoch == mary.epoch
    assert await world.is_alive(caller)
    assert len(await world.effects()) == before


@pytest.mark.parametrize("change", GRAVE)
async def test_a_grave_change_ends_what_was_open(world: World, change: dict[str, Any]) -> None:
    """R12 1.7: with address, roles or state the epoch turns: sessions and mailed tokens are dead.

    Planted: the epoch turned by a disabling only; seen to fail.
    """
    mary = await world.user()
    caller, mail = await world.caller(), await strike(world, mary)
    done = await updated(world, **change)
    assert done.user.epoch == mary.epoch + 1
    assert not await world.is_alive(caller)
    assert await reset(world.services, request(token=mail.token)) == InvalidToken()


async def test_a_disabled_user_is_out_everywhere(world: World) -> None:
    """1.7 R5 R6: disabling replaces the chat password and disconnects; a letter says so."""
    await world.user(jid_im=IM)
    chat, before = await world.account(IM), len(await world.effects())
    await updated(world, is_disabled=True)
    assert await world.account(IM) != chat
    kinds = [effect.kind for effect in (await world.effects())[before:]]
    assert kinds == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.MAIL_NOTICE,
    ]
    assert await letters(world, before) == [("ACCOUNT_DISABLED", "mary@example.org")]
    refusal = await sign_in(world.services, origin(), "mary", Secret(PASSWORD))
    assert refusal == InvalidCredentials()
    before = len(await world.effects())
    await updated(world, is_disabled=False)
    assert len(await world.effects()) == before
    await world.signed_in()


async def test_a_new_address_is_told_to_both(world: World) -> None:
    """A changed address is notified to the old and the new one, and is the login name now."""
    await world.user(jid_im=IM)
    chat, before = await world.account(IM), len(await world.effects())
    await updated(world, email_address="major@example.org")
    told = [("ADDRESS_CHANGED", "mary@example.org"), ("ADDRESS_CHANGED", "major@example.org")]
    assert await letters(world, before) == told
    assert await world.account(IM) == chat
    await world.signed_in("major@example.org")
    await world.signed_in("mary")
    refusal = await sign_in(world.services, origin(), "mary@example.org", Secret(PASSWORD))
    assert refusal == InvalidCredentials()
    await world.user("john", email_address="mary@example.org")


async def test_an_address_that_is_taken(world: World) -> None:
    """1.7: another's address or username is taken, and the user keeps the names they had."""
    mary = await world.user()
    await world.user("john")
    for address in ("john@example.org", "JOHN@example.org"):
        refusal = await update(world, email_address=address, full_name="M")
        assert refusal == AlreadyExists("emailAddress")
    assert await world.user_now() == mary
    await world.signed_in("mary@example.org")


async def test_when_a_password_expires(world: World) -> None:
    """O2: an administrator lets a password expire at once, later or never, without ending sessions."""
    await world.user()
    caller, now = await world.caller(), world.chance.now()
    await updated(world, password_expires_at=now - timedelta(days=1))
    refusal = await sign_in(world.services, origin(), "mary", Secret(PASSWORD))
    assert refusal == PasswordExpired(now - timedelta(days=1), is_temporary=False)
    assert await world.is_alive(caller)
    for until in (now + timedelta(days=1), None):
        done = await updated(world, password_expires_at=until)
        assert done.user.password is not None
        assert done.user.password.expires_at == until
        await world.signed_in()


async def test_what_has_no_expiry(world: World) -> None:
    """C3: a temporary password keeps its expiry, and no password has none.

    Planted: the expiry of a temporary password taken away; seen to fail.
    """
    await world.user(require_change=True)
    await world.user("never", None)
    for name in ("mary", "never"):
        refusal = await update(world, username=name, password_expires_at=None)
        assert isinstance(refusal, InvalidInput)
        assert [(each.field, each.code) for each in refusal.faults] == [("passwordExpiresAt", "NOT_ALLOWED")]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"email_address": None}, "emailAddress", "REQUIRED"),
        ({"locale": None}, "locale", "REQUIRED"),
        ({"time_zone": None}, "timeZone", "REQUIRED"),
        ({"roles": None}, "roles", "REQUIRED"),
        ({"roles": []}, "roles", "REQUIRED"),
        ({"is_disabled": None}, "isDisabled", "REQUIRED"),
        ({"email_address": "mary"}, "emailAddress", "MALFORMED"),
        ({"full_name": "x" * 257}, "fullName", "TOO_LONG"),
        ({"time_zone": "Mars/Olympus"}, "timeZone", "MALFORMED"),
        ({"preferences": {"x": "x" * 20_000}}, "preferences", "TOO_LONG"),
    ],
)
async def test_shape_before_the_user(embedded: World, changes: dict[str, Any], field: str, code: str) -> None:
    """1.8: what has no shape is refused by its field, before the user is looked up."""
    refusal = await update(embedded, username="nobody", **changes)
    assert isinstance(refusal, InvalidInput)
    assert (refusal.faults[0].field, refusal.faults[0].code) == (field, code)


async def test_an_unknown_user(world: World) -> None:
    """1.7: a user who is not there is said to be so, nothing or something being sent."""
    assert await update(world) == UserNotFound()
    assert await update(world, is_disabled=True) == UserNotFound()


@pytest.mark.parametrize("change", GRAVE)
async def test_another_administrator_needs_a_fresh_sign_in(world: World, change: dict[str, Any]) -> None:
    """C8: address, roles and state of an ADMIN need a fresh session; an API key never may.

    Planted: the address left out; seen to fail.
    """
    caller = await world.admin()
    key = await world.key_caller()
    before = await world.user(roles=(Role.ADMIN,))
    assert await update(world, key, **change) == Forbidden()
    await updated(world, key, full_name="by a key")
    world.chance.forward(timedelta(minutes=15, microseconds=1))
    assert await update(world, caller, **change) == ReauthenticationRequired()
    assert (await world.user_now()).epoch == before.epoch
    await updated(world, caller, full_name="by a stale session")
    since = len(await world.effects())
    fresh = await world.caller("root")
    await updated(world, fresh, **change)
    heard = [letter for letter in await letters(world, since) if letter[0] == "ADMINISTRATOR_NOTICE"]
    also = {"email_address": ["mary@example.net"], "roles": ["mary@example.org"], "is_disabled": []}
    readers = ["root@example.org", *also[next(iter(change))]]
    assert heard == [("ADMINISTRATOR_NOTICE", reader) for reader in readers]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ["ADMINISTRATOR_NOTICE"]),
        ({"email_address": "thief@example.net"}, ["ADDRESS_CHANGED", "ADMINISTRATOR_NOTICE"]),
        ({"is_disabled": True}, ["ACCOUNT_DISABLED"]),
    ],
)
async def test_who_loses_the_role_hears_of_it(world: World, change: dict[str, Any], told: list[str]) -> None:
    """C8: at the address from before, so that no demotion is silent; one letter where they are disabled too.

    Planted: the letter sent to those who are administrators after it alone; seen to fail.
    """
    caller = await world.admin()
    await world.user(roles=(Role.ADMIN,))
    since = len(await world.effects())
    await updated(world, caller, roles=[Role.USER], **change)
    heard = [name for name, to in await letters(world, since) if to == "mary@example.org"]
    assert heard == told


async def test_granting_admin_needs_a_fresh_sign_in(world: World) -> None:
    """C8: the role ADMIN is granted by a fresh session only, and every administrator is mailed."""
    caller = await world.admin()
    await world.user()
    key = await world.key_caller()
    grant: dict[str, Any] = {"roles": [Role.USER, Role.ADMIN]}
    assert await update(world, key, **grant) == Forbidden()
    world.chance.forward(timedelta(minutes=16))
    assert await update(world, caller, **grant) == ReauthenticationRequired()
    since = len(await world.effects())
    done = await updated(world, await world.caller("root"), **grant)
    assert done.user.is_admin
    details = [each.details for each in (await world.effects())[since:]]
    assert [(each["to"], each["what"]) for each in details] == [
        ("root@example.org", "ADMIN_GRANTED"),
        ("mary@example.org", "ADMIN_GRANTED"),
    ]


async def test_nobody_disables_or_demotes_themselves(world: World) -> None:
    """C9: an administrator takes neither access nor role from themselves; other roles they may."""
    caller = await world.admin()
    await world.user("toor", roles=(Role.ADMIN,))
    for change, field in (({"is_disabled": True}, "isDisabled"), ({"roles": [Role.USER]}, "roles")):
        refusal = await update(world, caller, "root", **change)
        assert isinstance(refusal, InvalidInput)
        assert [(each.field, each.code) for each in refusal.faults] == [(field, "NOT_ALLOWED")]
    assert await world.is_alive(caller)
    done = await updated(world, caller, "root", roles=[Role.ADMIN, Role.USER, Role.ADMIN])
    assert done.user.roles == (Role.ADMIN, Role.USER)


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"roles": [Role.USER]}])
async def test_the_last_administrator_stays(world: World, change: dict[str, Any]) -> None:
    """C9: the last enabled local administrator is neither disabled nor demoted, by the operator either.

    Planted: disabled and external ones counted as well; seen to fail.
    """
    await world.user(roles=(Role.ADMIN,))
    await world.user("saml", None, roles=(Role.ADMIN,), identity_source=IdentitySource.SAML)
    await world.user("off", roles=(Role.ADMIN,))
    await updated(world, username="off", is_disabled=True)
    before = await world.user_now()
    assert await update(world, **change) == Conflict(LAST)
    assert await world.user_now() == before
    await updated(world, username="off", is_disabled=False)
    await updated(world, **change)


async def test_the_keys_of_who_was_an_administrator(world: World) -> None:
    """API keys die with their maker's disabling or demotion, and with nothing else.

    Planted: keys kept at a demotion; seen to fail.
    """
    await world.admin()
    for change in ({"is_disabled": True}, {"roles": [Role.USER]}):
        name = f"maker-{next(iter(change)).replace('_', '-')}"
        maker = await world.admin(name)
        key = await world.made_key(maker)
        await updated(world, username=name, full_name="M", email_address=f"{name}@example.net")
        assert await world.key_is_alive(key)
        await updated(world, username=name, **change)
        assert not await world.key_is_alive(key)


async def test_who_was_demoted_meanwhile_demotes_nobody(world: World) -> None:
    """Rights that changed between the guard's read and the transaction are not used any more.

    Planted: the caller's epoch not compared; seen to fail.
    """
    await world.user("third", roles=(Role.ADMIN,))
    one, other = await world.admin("one"), await world.admin("other")
    await updated(world, one, "other", roles=[Role.USER])
    assert await update(world, other, "one", roles=[Role.USER]) == Unauthenticated()
    assert (await world.user_now("one")).is_admin
