"""Change one's own password with the old one."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, IdentitySource
from credentials.policy import PasswordPolicy, PolicyRule
from credentials.secret import Secret
from resolvers import refresh_session
from resolvers.change_password import PasswordChanged, change_password
from resolvers.outcomes import (
    Conflict,
    ExternallyManaged,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
)
from resolvers.reads import jid_passwords
from resolvers.sign_in import sign_in
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.statements import statements
from tests.world import NEW_PASSWORD, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from resolvers.change_password import Refused
    from resolvers.services import Services, SessionCaller
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
IM, TEL = "mary@localhost", "mary-tel@localhost"


async def change(
    services: Services,
    caller: SessionCaller,
    old: str = PASSWORD,
    new: str = NEW_PASSWORD,
    repeat: str | None = None,
) -> PasswordChanged | Refused:
    """Changes the caller's password."""
    again = None if repeat is None else Secret(repeat)
    return await change_password(services, origin(), caller, Secret(old), Secret(new), again)


async def changed(world: World, caller: SessionCaller) -> PasswordChanged:
    """Changes the caller's password, which is a right one."""
    done = await change(world.services, caller)
    assert isinstance(done, PasswordChanged), done
    return done


async def test_the_new_password_takes_the_place_of_the_old(world: World) -> None:
    """R3: with the right old password the new one is set, and the old one opens nothing."""
    mary = await world.user()
    done = await changed(world, await world.caller())
    assert (done.user.id, done.user.epoch) == (mary.id, mary.epoch + 1)
    await world.signed_in("mary", NEW_PASSWORD)
    refusal = await sign_in(world.services, origin(), "mary", Secret(PASSWORD))
    assert refusal == InvalidCredentials()
    (event,) = await world.events(EventKind.PASSWORD_CHANGED)
    assert (event.success, event.actor, event.user_id) == (True, f"user:{mary.id}", mary.id)


async def test_a_wrong_old_password_changes_nothing(world: World) -> None:
    """R3: with a wrong old password nothing changes but the count and the audit."""
    mary = await world.user(jid_im=IM)
    caller, effects = await world.caller(), await world.effects()
    assert await change(world.services, caller, "wrong") == InvalidCredentials()
    assert await world.user_now() == mary
    assert await world.is_alive(caller)
    assert await world.effects() == effects
    (event,) = await world.events(EventKind.PASSWORD_CHANGED)
    assert (event.code, event.actor) == ("INVALID_CREDENTIALS", caller.actor)


async def test_everything_that_was_open_ends(world: World) -> None:
    """R4: every access and refresh token made before is dead at once, the caller's too.

    Planted: the epoch not turned and the sessions not ended; together seen to fail.
    """
    await world.user()
    await world.user("john")
    john = await world.caller("john")
    callers = [await world.caller() for _ in range(3)]
    token = (await world.signed_in()).refresh_token
    done = await changed(world, callers[0])
    assert done.revoked_sessions == 4
    assert not any([await world.is_alive(caller) for caller in callers])
    assert await refresh_session.admit(world.services, origin(), token) == InvalidToken()
    assert await world.is_alive(john)


async def test_both_chat_passwords_are_replaced(world: World) -> None:
    """R5: the passwords of both XMPP accounts are new random ones."""
    await world.user(jid_im=IM, jid_tel=TEL)
    before = [await world.account(jid) for jid in (IM, TEL)]
    await changed(world, await world.caller())
    after = [await world.account(jid) for jid in (IM, TEL)]
    texts = {secret.reveal() for secret in before + after if secret is not None}
    assert len(texts) == 4
    assert {len(text) for text in texts} == {43}


async def test_what_the_servers_are_told(world: World) -> None:
    """R5 R6 R8: the message (IM only), then the password, then the disconnect; then the letter."""
    mary = await world.user(jid_im=IM, jid_tel=TEL)
    before = len(await world.effects())
    done = await changed(world, await world.caller())
    effects = (await world.effects())[before:]
    assert list(done.effects) == effects
    assert [(effect.kind, effect.subject, effect.target) for effect in effects] == [
        (EffectKind.XMPP_NOTICE, f"xmpp:{IM}", IM),
        (EffectKind.XMPP_PASSWORD, f"xmpp:{IM}", IM),
        (EffectKind.XMPP_DISCONNECT, f"xmpp:{IM}", IM),
        (EffectKind.XMPP_PASSWORD, f"xmpp:{TEL}", TEL),
        (EffectKind.XMPP_DISCONNECT, f"xmpp:{TEL}", TEL),
        (EffectKind.MAIL_NOTICE, f"mail:{mary.id}", mary.id),
    ]
    assert {effect.user_id for effect in effects} == {mary.id}
    details = effects[-1].details
    assert (details["letter"], details["to"]) == ("PASSWORD_CHANGED", "mary@example.org")


async def test_no_effect_holds_a_secret(world: World) -> None:
    """R5: what the outbox holds names rows; neither a password nor its verifier is in it."""
    await world.user(jid_im=IM, jid_tel=TEL)
    await changed(world, await world.caller())
    after = await world.user_now()
    assert after.verifier is not None
    secrets = [await world.account(IM), await world.account(TEL), Secret(PASSWORD), Secret(NEW_PASSWORD)]
    outbox = json.dumps([[effect.target, effect.details] for effect in await world.effects()])
    assert not [secret for secret in secrets if secret is not None and secret.reveal() in outbox]
    assert after.verifier.phc not in outbox


async def test_the_change_returns_no_token(world: World) -> None:
    """R7: the change returns neither token nor chat password; its owner can read the new one."""
    mary = await world.user(jid_im=IM)
    done = await changed(world, await world.caller())
    assert [field.name for field in fields(done)] == ["user", "revoked_sessions", "effects"]
    assert await jid_passwords(world.services, mary.id, done.user.epoch) == {IM: await world.account(IM)}


@pytest.mark.parametrize(
    ("old", "new", "repeat", "field", "code"),
    [
        ("", "short", "other", "oldPassword", "REQUIRED"),
        ("x" * 5000, "short", "other", "oldPassword", "TOO_LONG"),
        ("\ud800", "short", "other", "oldPassword", "MALFORMED"),
        ("wrong", "short", "other", "repeatNewPassword", "DIFFERS"),
        ("wrong", NEW_PASSWORD, NEW_PASSWORD + " ", "repeatNewPassword", "DIFFERS"),
    ],
)
async def test_shape_before_everything(
    embedded: World, old: str, new: str, repeat: str, field: str, code: str
) -> None:
    """1.8 O3: shape is refused before anything is counted, looked at or hashed."""
    await embedded.user()
    caller = await embedded.caller()
    with overloaded(embedded) as services, statements() as asked:
        refusal = await change(services, caller, old, new, repeat)
    assert isinstance(refusal, InvalidInput)
    assert [(fault.field, fault.code) for fault in refusal.faults] == [(field, code)]
    assert asked == []


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        ("short", PolicyRule.MIN_LENGTH),
        ("x" * 257, PolicyRule.MAX_LENGTH),
        ("\ud800" * 20, PolicyRule.UNSUPPORTED_CHARACTER),
        ("rekey rekey rekey", PolicyRule.BLOCKLISTED),
    ],
)
async def test_the_policys_shape_before_everything(embedded: World, new: str, rule: PolicyRule) -> None:
    """1.8: the rules that need no user come before ExternallyManaged, a place, a count and the proof."""
    await embedded.user()
    caller = await embedded.caller()
    await embedded.change(turn=False, identity_source=IdentitySource.SAML)
    external = replace(caller, user=await embedded.user_now())
    with overloaded(embedded) as services, statements() as asked:
        refusal = await change(services, external, "wrong", new)
    assert isinstance(refusal, PasswordRejected)
    assert rule in [violation.rule for violation in refusal.violations]
    assert asked == []


async def test_a_guessable_password_is_not_counted(embedded: World) -> None:
    """1.8: a password that is easy to guess is refused before a count and the proof."""
    await embedded.user()
    caller = await embedded.caller()
    with statements() as asked:
        refusal = await change(embedded.services, caller, "wrong", "aaaaaaaaaaaaaaaaaaaa")
    assert isinstance(refusal, PasswordRejected)
    assert [violation.rule for violation in refusal.violations] == [PolicyRule.TOO_GUESSABLE]
    assert asked == []


async def test_managed_elsewhere_before_counting(embedded: World) -> None:
    """1.8: an externally managed user is told so before a place is taken or an attempt counted."""
    await embedded.user()
    caller = await embedded.caller()
    await embedded.change(turn=False, identity_source=IdentitySource.SAML)
    external = replace(caller, user=await embedded.user_now())
    with overloaded(embedded) as services, statements() as asked:
        assert await change(services, external) == ExternallyManaged(IdentitySource.SAML)
    assert asked == []


async def test_a_full_queue_counts_nothing(embedded: World) -> None:
    """1.8: where the hashing queue is full nothing is counted."""
    await embedded.user()
    caller = await embedded.caller()
    with overloaded(embedded) as services, statements() as asked:
        assert isinstance(await change(services, caller, "wrong"), Overloaded)
    assert asked == []


async def test_counted_before_the_proof(world: World) -> None:
    """1.8: after five wrong old passwords even the right one waits 30 seconds; then it clears the count.

    Planted: a full count overlooked; seen to fail.
    """
    await world.user()
    caller = await world.caller()
    for _ in range(5):
        assert await change(world.services, caller, "wrong") == InvalidCredentials()
    assert await change(world.services, caller) == TooManyAttempts(30)
    assert await world.is_alive(caller)
    world.chance.forward(timedelta(seconds=30))
    await changed(world, caller)


async def test_nobody_learns_of_the_owner_before_the_proof(world: World) -> None:
    """1.8: with a wrong old password neither CONTEXT nor REUSED is said; with the right one both are.

    Planted: the rules that need the user run before the proof; seen to fail.
    """
    await world.user("zephyrine.blackwood", PASSWORD)
    caller = await world.caller("zephyrine.blackwood")
    leaning = "zephyrine.blackwood"
    assert await change(world.services, caller, "wrong", leaning) == InvalidCredentials()
    refusal = await change(world.services, caller, PASSWORD, leaning)
    assert isinstance(refusal, PasswordRejected)
    assert [violation.rule for violation in refusal.violations] == [PolicyRule.CONTEXT]
    refusal = await change(world.services, caller, PASSWORD, PASSWORD)
    assert isinstance(refusal, PasswordRejected)
    assert [violation.rule for violation in refusal.violations] == [PolicyRule.REUSED]


async def test_a_rejected_password_gives_the_attempt_back(world: World) -> None:
    """1.8: after a right proof a rejected password costs no attempt, and changes nothing."""
    mary = await world.user()
    caller = await world.caller()
    for _ in range(7):
        assert isinstance(await change(world.services, caller, PASSWORD, PASSWORD), PasswordRejected)
    assert await world.user_now() == mary
    (code,) = {event.code for event in await world.events(EventKind.PASSWORD_CHANGED)}
    assert code == "PASSWORD_REJECTED"
    await changed(world, caller)


async def test_a_stale_epoch_is_a_conflict(store: Store) -> None:
    """1.8: where the epoch turned between the proof and the swap nothing is replaced; no attempt is lost.

    Planted: the swap without comparing the epoch; seen to fail.
    """
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        await world.user(jid_im=IM)
        caller, before = await world.caller(), await world.effects()
        for number in range(6):
            # Jobs of a change: zxcvbn, the proof, the context, the seal.
            chance.before_job(4, world.change)
            assert await change(world.services, caller) == Conflict(), number
        assert await world.effects() == before
        (code,) = {event.code for event in await world.events(EventKind.PASSWORD_CHANGED)}
        assert code == "CONFLICT"
        await world.signed_in()


async def test_eight_racers_on_one_old_password(world: World) -> None:
    """1.8: of eight at once with the right old password exactly one wins, and its password is the one.

    Planted: the swap without comparing the epoch; seen to fail.
    """
    await world.user(jid_im=IM)
    caller = await world.caller()
    words = [f"{NEW_PASSWORD} {number}" for number in range(8)]
    answers = await asyncio.gather(*(change(world.services, caller, PASSWORD, word) for word in words))
    (winner,) = [number for number, done in enumerate(answers) if isinstance(done, PasswordChanged)]
    losers = {type(done) for done in answers} - {PasswordChanged}
    assert losers <= {Conflict, TooManyAttempts, InvalidCredentials}
    await world.signed_in("mary", words[winner])
    letters = [effect for effect in await world.effects() if effect.kind is EffectKind.MAIL_NOTICE]
    assert len(letters) == 1


async def test_a_user_without_a_password(world: World) -> None:
    """Whoever's password was never set or taken away has no right old one."""
    await world.user()
    caller = await world.caller()
    await world.change(turn=False, verifier=None, verifier_key=None, password_changed_at=None)
    stale = replace(caller, user=await world.user_now())
    assert await change(world.services, stale) == InvalidCredentials()


async def test_former_passwords_do_not_come_back(store: Store) -> None:
    """REUSED: with a history of three, none of the present and the two before it may be set again."""
    async with open_world(store, PasswordPolicy(history_size=3)) as world:
        await world.user()
        words = [PASSWORD, *(f"{NEW_PASSWORD} {number}" for number in range(3))]
        for old, new in itertools.pairwise(words):
            caller = await world.caller("mary", old)
            assert isinstance(await change(world.services, caller, old, new), PasswordChanged)
        caller = await world.caller("mary", words[-1])
        for former in words[1:]:
            refusal = await change(world.services, caller, words[-1], former)
            assert isinstance(refusal, PasswordRejected)
        assert isinstance(await change(world.services, caller, words[-1], words[0]), PasswordChanged)


async def test_a_maximum_age(store: Store) -> None:
    """O4: where passwords have a maximum age, the new one expires after so many days."""
    async with open_world(store, PasswordPolicy(max_age_days=90)) as world:
        await world.user()
        done = await changed(world, await world.caller())
        assert done.user.password is not None
        assert done.user.password.expires_at == world.chance.now() + timedelta(days=90)
