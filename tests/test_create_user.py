"""Make a user."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource, Role
from credentials.one_time import temporary_password
from credentials.policy import PasswordPolicy, PolicyRule
from credentials.secret import Secret
from resolvers.create_user import UserCreated, create_user
from resolvers.outcomes import (
    AlreadyExists,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordExpired,
    PasswordRejected,
    ReauthenticationRequired,
)
from resolvers.sign_in import sign_in
from resolvers.user_input import NewUser
from tests.overload import overloaded
from tests.statements import statements
from tests.world import OPERATOR, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from resolvers.create_user import Refused
    from resolvers.services import Services
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio


async def create(services: Services, **values: Any) -> UserCreated | Refused:
    """Makes a user, by default mary without a password."""
    given = {"username": "mary", "email_address": "mary@example.org", **values}
    if isinstance(given.get("password"), str):
        given["password"] = Secret(given["password"])
    return await create_user(services, origin(), OPERATOR, NewUser(**given))


async def test_a_user_with_a_password(world: World) -> None:
    """A user is made with defaults for what is left out, and signs in; the audit says who made them."""
    made = await create(world.services, password=PASSWORD)
    assert isinstance(made, UserCreated)
    user = made.user
    assert (user.locale, user.time_zone, user.roles) == ("en_US", "UTC", (Role.USER,))
    assert (user.permissions, user.permission_ids, user.preferences, user.properties) == ({}, {}, {}, {})
    assert user.identity_source is IdentitySource.LOCAL
    assert user.password is not None
    assert (user.password.changed_at, user.password.expires_at) == (world.chance.now(), None)
    await world.signed_in()
    (event,) = await world.events(EventKind.USER_CREATED)
    assert (event.user_id, event.actor) == (user.id, OPERATOR.actor)
    assert await world.services.store.read(lambda unit: unit.installation.had_user())
    assert await world.effects() == []


async def test_everything_that_may_be_given(world: World) -> None:
    """O4: each field of the profile is kept as it was given."""
    profile = {
        "full_name": "Mary Major",
        "locale": "fr_FR",
        "time_zone": "CST6CDT",
        "theme_dir": "dark-1",
        "user_group_id": 7,
        "roles": (Role.USER, Role.GUEST, Role.USER),
        "permissions": {"AAA": {"AuthTypes": {"read": True}}},
        "permission_ids": {"AAAAuthTypes": "10021"},
        "preferences": {"a": [1, None]},
        "properties": {"b": "c"},
        "support_username": "m.major",
        "identity_source": IdentitySource.SAML,
    }
    made = await create(world.services, **profile)
    assert isinstance(made, UserCreated)
    kept = {name: getattr(made.user, name) for name in profile}
    assert kept == {**profile, "roles": (Role.USER, Role.GUEST)}
    assert made.user.password is None
    assert await world.user_now() == made.user


async def test_a_user_without_a_password(world: World) -> None:
    """A user without a password cannot sign in; a reset mail may be asked for."""
    await create(world.services)
    refusal = await sign_in(world.services, origin(), "mary", Secret("anything"))
    assert refusal == InvalidCredentials()


async def test_a_password_that_must_be_changed(world: World) -> None:
    """C3: with requireChange the password is temporary in every respect."""
    made = await create(world.services, password=PASSWORD, require_change=True)
    assert isinstance(made, UserCreated)
    assert made.user.password is not None
    assert made.user.password.expires_at == world.chance.now() + timedelta(hours=24)
    refusal = await sign_in(world.services, origin(), "mary", Secret(PASSWORD))
    assert isinstance(refusal, PasswordExpired)


async def test_chat_accounts(world: World) -> None:
    """R5: each chat account gets a random password of its own, which the XMPP server is told."""
    await create(world.services, jid_im="Mary@localhost", jid_tel="mary-tel@localhost")
    im, tel = await world.account("mary@localhost"), await world.account("mary-tel@localhost")
    assert im is not None
    assert tel is not None
    assert im != tel
    assert [effect.kind for effect in await world.effects() if effect.subject == "xmpp:mary@localhost"] == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
    ]


async def test_names_that_are_taken(world: World) -> None:
    """Usernames, addresses and JIDs are one namespace each; a refusal leaves nothing behind."""
    await create(world.services, jid_im="mary@localhost")
    await world.system(jid_pbxagent="agent@localhost")
    effects = await world.effects()
    free = {"username": "john", "email_address": "john@example.org"}
    for change, field in (
        ({"username": "MARY"}, "username"),
        ({"username": "mary@example.org"}, "username"),
        ({"username": "\uff4d\uff41\uff52\uff59"}, "username"),
        ({"email_address": "Mary@Example.org"}, "emailAddress"),
        ({"jid_im": "mary@localhost"}, "jidIm"),
        ({"jid_im": "john@localhost", "jid_tel": "MARY@localhost"}, "jidTel"),
        ({"jid_tel": "agent@localhost"}, "jidTel"),
    ):
        assert await create(world.services, **{**free, **change}) == AlreadyExists(field)
    assert await world.effects() == effects
    assert isinstance(await create(world.services, **free, jid_im="john@localhost"), UserCreated)


async def test_a_name_that_is_its_own_address(world: World) -> None:
    """A username that is also its own user's address stands once."""
    made = await create(world.services, username="mary@example.org", password=PASSWORD)
    assert isinstance(made, UserCreated)
    await world.signed_in("mary@example.org")


async def test_the_same_name_at_once(world: World) -> None:
    """1.7: of eight users at once with one username exactly one is made.

    Planted: a name's conflict overlooked; seen to fail.
    """
    answers = await asyncio.gather(
        *(create(world.services, email_address=f"mary{number}@example.org") for number in range(8))
    )
    assert sum(isinstance(answer, UserCreated) for answer in answers) == 1
    assert answers.count(AlreadyExists("username")) == 7


async def test_ids_are_not_used_again(world: World) -> None:
    """1.7: the short number of a deleted user is not given again."""
    first = await world.user()
    await world.services.store.write(lambda unit: unit.users.delete(first.id))
    second = await world.user()
    assert second.system_user_id > first.system_user_id


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"username": ""}, ("username", "REQUIRED")),
        ({"username": "\u200b\x00"}, ("username", "MALFORMED")),
        ({"email_address": "mary"}, ("emailAddress", "MALFORMED")),
        ({"email_address": ""}, ("emailAddress", "REQUIRED")),
        ({"roles": ()}, ("roles", "REQUIRED")),
        ({"jid_im": "mary"}, ("jidIm", "MALFORMED")),
        ({"jid_tel": "mary@localhost/phone"}, ("jidTel", "MALFORMED")),
        ({"jid_im": "mary@localhost", "jid_tel": "MARY@localhost"}, ("jidTel", "NOT_ALLOWED")),
        ({"identity_source": IdentitySource.OIDC, "password": "short"}, ("password", "NOT_ALLOWED")),
        ({"theme_dir": "../x"}, ("themeDir", "MALFORMED")),
        ({"permissions": {"x": "x" * 20_000}}, ("permissions", "TOO_LONG")),
    ],
)
async def test_shape(embedded: World, values: dict[str, Any], fault: tuple[str, str]) -> None:
    """1.7 1.8: what has no shape is refused by its field, before a place is taken."""
    with overloaded(embedded) as services, statements() as asked:
        refusal = await create(services, **{"password": "short", **values})
    assert isinstance(refusal, InvalidInput)
    assert [(each.field, each.code) for each in refusal.faults] == [fault]
    assert asked == []


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short", PolicyRule.MIN_LENGTH),
        ("\ud800", PolicyRule.UNSUPPORTED_CHARACTER),
        ("a" * 20, PolicyRule.TOO_GUESSABLE),
        ("mary@example.org mary", PolicyRule.CONTEXT),
    ],
)
async def test_the_whole_policy(store: Store, password: str, rule: PolicyRule) -> None:
    """1.8: a password meets the whole policy; the refusal names its field."""
    guessable = 3 if rule is PolicyRule.TOO_GUESSABLE else 0
    async with open_world(store, PasswordPolicy(min_guessability=guessable)) as world:
        refusal = await create(world.services, password=password)
        assert isinstance(refusal, PasswordRejected)
        assert refusal.field == "password"
        assert rule in [violation.rule for violation in refusal.violations]


async def test_a_password_that_was_made(world: World) -> None:
    """A password that Rekey made is random: it is not held against the policy, and opens sessions."""
    made = temporary_password(world.chance).reveal()
    done = await create(world.services, password=made, password_is_made=True)
    assert isinstance(done, UserCreated)
    await world.signed_in("mary", made)


async def test_a_password_that_administrators_may_not_choose(world: World) -> None:
    """C3: where administrators may set no password they make users without one, or have one made.

    Planted: the rule read by adminResetPassword alone; seen to fail.
    """
    caller, services = await world.admin(), world.with_rules(admin_may_set_password=False)
    plain = NewUser("mary", "mary@example.org")
    chosen = replace(plain, password=Secret(PASSWORD))
    for refused in (caller, await world.key_caller()):
        for new in (chosen, replace(chosen, require_change=True), replace(chosen, password=Secret("short"))):
            refusal = await create_user(services, origin(), refused, new)
            assert isinstance(refusal, InvalidInput)
            assert [(each.field, each.code) for each in refusal.faults] == [("password", "NOT_ALLOWED")]
    john = NewUser("john", "john@example.org", password=Secret(PASSWORD))
    jane = replace(john, username="jane", email_address="jane@example.org", password_is_made=True)
    for new in (plain, jane):
        assert isinstance(await create_user(services, origin(), caller, new), UserCreated)
    assert isinstance(await create_user(services, origin(), OPERATOR, john), UserCreated)


async def test_a_full_queue(world: World) -> None:
    """1.8: where the hashing queue is full no user is made; without a password none is needed."""
    with overloaded(world) as services:
        assert isinstance(await create(services, password=PASSWORD), Overloaded)
        assert isinstance(await create(services), UserCreated)


async def test_granting_admin_needs_a_fresh_sign_in(world: World) -> None:
    """C8: a session older than 15 minutes makes no administrator, nor is the input looked at before.

    Planted: an older session let through; seen to fail.
    """
    caller = await world.admin()
    new = NewUser("mary", "mary@example.org", roles=(Role.ADMIN,))
    asked = (world.services, origin(), caller)
    world.chance.forward(timedelta(minutes=15))
    assert isinstance(await create_user(*asked, new), UserCreated)
    world.chance.forward(timedelta(microseconds=1))
    other = replace(new, username="", email_address="")
    assert await create_user(*asked, other) == ReauthenticationRequired()
    assert isinstance(await create_user(*asked, replace(other, roles=())), InvalidInput)


async def test_no_api_key_makes_an_administrator(world: World) -> None:
    """C8: an API key may make users, and never an administrator."""
    key = await world.key_caller()
    new = NewUser("mary", "mary@example.org", roles=(Role.ADMIN,))
    assert await create_user(world.services, origin(), key, new) == Forbidden()
    plain = await create_user(world.services, origin(), key, replace(new, roles=(Role.USER,)))
    assert isinstance(plain, UserCreated)


async def test_every_administrator_hears_of_another(world: World) -> None:
    """C8: a new administrator is told to every administrator by mail."""
    for name in ("root", "toor"):
        await world.user(name, roles=(Role.ADMIN,))
    letters = [each for each in await world.effects() if each.kind is EffectKind.MAIL_NOTICE]
    told = [(each.details["to"], each.details["what"], each.details["subject"]) for each in letters[-2:]]
    assert told == [
        ("root@example.org", "ADMIN_GRANTED", "toor"),
        ("toor@example.org", "ADMIN_GRANTED", "toor"),
    ]
