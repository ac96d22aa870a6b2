"""One call, or a few, of each method of each repository, such that each of its statements is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credentials.digests import Digest
from credentials.hashing import Verifier
from credentials.key_uses import KeyUse
from credentials.kinds import ChannelName, ChatAccountKind, EffectState, SystemStatus
from credentials.vault import Sealed
from store.attempts import FREE_FAILURES, Level
from store.installation import CheckValue
from store.key_uses import SEALED as SEALED_USES
from store.key_uses import SealedRow
from store.signing_keys import KeptKey
from tests.chance import START
from tests.following import CHAIN
from tests.rows import (
    DAY,
    HOUR,
    api_key_of,
    effect_values,
    event_values,
    session_of,
    strike,
    system_of,
    user_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.model import Effect, System, User
    from store.unit_of_work import Unit

#: Rows in each table: enough that a scan costs more than a search by any index.
ROWS = 2000
#: Each so many-th effect is pending: a relay that was away for a while.
PENDING_EVERY = 2
#: What is put in order by a text.
TEXT_ORDER = {*SEALED_USES, KeyUse.RESET_SECRETS}
#: What every row of a table has in a column.
CONSTANT: dict[str, Any] = {
    "epoch": 1,
    "identity_source": "LOCAL",
    "effects.kind": "MAIL_NOTICE",
    "effects.channel": "mail",
    "events.kind": "SIGNED_IN",
    "xmpp_accounts.kind": "IM",
    "role": "ADMIN",
    "status": "CREATED",
    "code_failures": 0,
    "refresh_n": 0,
    "ended_at": None,
    "spent_at": None,
    "leased_until": None,
    "lease": None,
    "revoked_at": None,
}

NOW = START + timedelta(seconds=5)
DIGEST = Digest("k1", b"digest")
SEALED = Sealed("k1", b"box")


def _user(unit: Unit) -> User:
    user = unit.users.by_id("id1")
    assert user is not None
    return user


def _system(unit: Unit) -> System:
    found = unit.systems.by_id("id1")
    assert found is not None
    return found.system


def _effect(unit: Unit) -> Effect:
    effect = unit.effects.find("id1")
    assert effect is not None
    return effect


def _settle(unit: Unit) -> None:
    claimed = unit.due.claim(ChannelName.MAIL, "lease", now=NOW, until=NOW, limit=9)
    assert unit.due.settle(replace(claimed[0], attempts=2), "lease", EffectState.DELIVERED, now=NOW)


def _take(unit: Unit) -> None:
    unit.attempts.take(b"new", NOW, limit=1, window=HOUR)
    unit.attempts.take(b"new", NOW, limit=1, window=HOUR)
    unit.attempts.take(b"then", NOW, limit=1, window=HOUR, then=HOUR)


def _reserve(unit: Unit) -> None:
    for _ in range(FREE_FAILURES + 1):
        unit.attempts.reserve(Level(b"key"), NOW)


def _add_user(unit: Unit) -> None:
    unit.users.add(user_values("new"))


def _replace(unit: Unit) -> None:
    done = unit.verifiers.replace(
        _user(unit), Verifier("v", "k"), at=NOW, expires_at=None, is_temporary=False, history=2
    )
    assert done


def _reseal(unit: Unit) -> None:
    for use in SEALED_USES:
        unit.key_uses.reseal(use, [(SealedRow("id1", SEALED), SEALED)])


def _prune(unit: Unit) -> None:
    for name in ("old", "older"):
        unit.events.add(**event_values(name))
    unit.events.seal(ROWS, CHAIN)
    assert unit.event_chain.prune(NOW + DAY, 9, CHAIN).lines


CALLS: dict[str, Callable[[Unit], object]] = {
    "users.by_id": lambda unit: (unit.users.by_id("id1"), unit.users.by_id("id1", hold=True)),
    "users.by_login": lambda unit: unit.users.by_login("name_key1"),
    "users.by_username": lambda unit: unit.users.by_username("name_key1"),
    "users.by_address": lambda unit: unit.users.by_address("name_key1"),
    "users.claim_names": lambda unit: unit.users.claim_names("id1", ["a", "b"]),
    "users.give_up_names": lambda unit: unit.users.give_up_names("id2"),
    "users.add": _add_user,
    "users.change": lambda unit: unit.users.change("id1", 1, {"locale": "de_DE"}, turn=False),
    "users.delete": lambda unit: unit.users.delete("id3"),
    "user_lists.administrators": lambda unit: (
        unit.user_lists.administrators(),
        unit.user_lists.administrators(hold=True),
    ),
    "user_lists.told_administrators": lambda unit: unit.user_lists.told_administrators(),
    "user_lists.page": lambda unit: (unit.user_lists.page(None, 9), unit.user_lists.page(5, 9)),
    "user_lists.search": lambda unit: (
        unit.user_lists.search("name_key1", None, 9),
        unit.user_lists.search("name_key1", "name_key11", 9),
    ),
    "user_lists.count": lambda unit: (unit.user_lists.count(), unit.user_lists.count("name_key11")),
    "verifiers.replace": _replace,
    "verifiers.rehash": lambda unit: unit.verifiers.rehash(_user(unit), Verifier("v", "k")),
    "verifiers.parameters": lambda unit: unit.verifiers.parameters(),
    "verifiers.former": lambda unit: unit.verifiers.former("id1", 2),
    "systems.add": lambda unit: (
        unit.xmpp_accounts.claim_for_system("id-new", "new@localhost"),
        unit.systems.add(system_of("new")),
    ),
    "systems.by_id": lambda unit: (unit.systems.by_id("id1"), unit.systems.by_id("id1", hold=True)),
    "systems.by_pbx_id": lambda unit: unit.systems.by_pbx_id("pbx_id1"),
    "systems.give_code": lambda unit: unit.systems.give_code(
        _system(unit), DIGEST, digits=4, expires_at=NOW, now=NOW
    ),
    "systems.begin_activation": lambda unit: unit.systems.begin_activation(_system(unit), b"n", NOW),
    "systems.confirm": lambda unit: unit.systems.confirm(_system(unit), NOW),
    "systems.end_code": lambda unit: unit.systems.end_code(_system(unit), NOW),
    "systems.count_code": lambda unit: (
        unit.systems.count_code(_system(unit), 5, NOW),
        unit.systems.count_code(_system(unit), None, NOW),
    ),
    "systems.uncount_code": lambda unit: unit.systems.uncount_code(_system(unit)),
    "systems.with_dead_codes": lambda unit: unit.systems.with_dead_codes(NOW, 9),
    "systems.delete": lambda unit: unit.systems.delete("id4"),
    "systems.page": lambda unit: (
        unit.systems.page(None, 9, None),
        unit.systems.page(5, 9, SystemStatus.CREATED),
    ),
    "systems.count": lambda unit: (unit.systems.count(None), unit.systems.count(SystemStatus.ACTIVATED)),
    "xmpp_accounts.claim_for_user": lambda unit: unit.xmpp_accounts.claim_for_user(
        "id1", ChatAccountKind.TEL, "im@localhost"
    ),
    "xmpp_accounts.claim_for_system": lambda unit: (
        unit.systems.add(system_of("other")),
        unit.xmpp_accounts.claim_for_system("id-other", "other@localhost"),
    ),
    "xmpp_accounts.give_up": lambda unit: unit.xmpp_accounts.give_up("id2"),
    "xmpp_accounts.of_users": lambda unit: unit.xmpp_accounts.of_users(["id-none", "id-nobody"]),
    "xmpp_accounts.set_password": lambda unit: unit.xmpp_accounts.set_password("jid1", SEALED),
    "xmpp_accounts.password": lambda unit: unit.xmpp_accounts.password("jid1"),
    "xmpp_accounts.passwords_of": lambda unit: unit.xmpp_accounts.passwords_of("id1", 1),
    "xmpp_accounts.page": lambda unit: unit.xmpp_accounts.page("jid1", 9),
    "xmpp_accounts.forget_code": lambda unit: unit.xmpp_accounts.forget_code("jid1", SEALED),
    "sessions.begin": lambda unit: unit.sessions.begin(session_of(_user(unit))),
    "sessions.with_user": lambda unit: unit.sessions.with_user("id1"),
    "sessions.of_users": lambda unit: unit.sessions.of_users(["id1", "id2"], NOW),
    "sessions.rotate": lambda unit: unit.sessions.rotate(
        session_of(_user(unit), "id1"), at=NOW, expires_at=NOW
    ),
    "sessions.alive": lambda unit: unit.sessions.alive(["id1", "id2"], NOW),
    "sessions.end": lambda unit: unit.sessions.end("id1", "id1", NOW),
    "sessions.end_every": lambda unit: unit.sessions.end_every(START + timedelta(seconds=1990)),
    "sessions.end_all": lambda unit: unit.sessions.end_all("id1", 1, NOW),
    "one_time_secrets.strike": lambda unit: strike(unit, _user(unit)),
    "one_time_secrets.by_lookup": lambda unit: unit.one_time_secrets.by_lookup([b"lookup1", b"x"], NOW),
    "one_time_secrets.count_code": lambda unit: unit.one_time_secrets.count_code("id1", NOW),
    "one_time_secrets.uncount_code": lambda unit: unit.one_time_secrets.uncount_code("id1"),
    "one_time_secrets.spend": lambda unit: unit.one_time_secrets.spend("id1", NOW),
    "one_time_secrets.end_all": lambda unit: unit.one_time_secrets.end_all("id1", NOW),
    "api_keys.add": lambda unit: unit.api_keys.add(api_key_of("new"), DIGEST),
    "api_keys.find": lambda unit: unit.api_keys.find("id1"),
    "api_keys.used": lambda unit: unit.api_keys.used("id1", NOW, None),
    "api_keys.revoke": lambda unit: unit.api_keys.revoke("id1", NOW),
    "api_keys.revoke_made_by": lambda unit: unit.api_keys.revoke_made_by("created_by1", NOW),
    "api_keys.alive": lambda unit: unit.api_keys.alive(["id1", "id2"], NOW),
    "api_keys.page": lambda unit: (unit.api_keys.page(None, 9), unit.api_keys.page(5, 9)),
    "attempts.reserve": _reserve,
    "attempts.reserve_name": lambda unit: unit.attempts.reserve_name(Level(b"key1", b"network1"), NOW),
    "attempts.waits": lambda unit: unit.attempts.waits(
        [Level(b"key1", b"network1"), Level(b"key2", b"network2")], NOW
    ),
    "attempts.add": lambda unit: unit.attempts.add(b"row", NOW, DAY),
    "attempts.full": lambda unit: unit.attempts.full([(b"key1", 9), (b"key2", 9)], NOW),
    "attempts.take": _take,
    "attempts.taken": lambda unit: unit.attempts.taken(b"key1", NOW, DAY),
    "attempts.give_back": lambda unit: unit.attempts.give_back([b"key1", b"key2"]),
    "attempts.clear": lambda unit: unit.attempts.clear([b"key1", b"key2"]),
    "attempts.clear_subjects": lambda unit: unit.attempts.clear_subjects([b"subject1", b"subject2"]),
    "known_networks.has": lambda unit: unit.known_networks.has("id1", [b"digest1", b"x"], NOW),
    "known_networks.saw": lambda unit: unit.known_networks.saw("id1", b"new", NOW),
    "wishes.add": lambda unit: unit.wishes.add("new", SEALED, NOW),
    "wishes.find": lambda unit: unit.wishes.find("id1"),
    "wishes.drop": lambda unit: unit.wishes.drop("id1"),
    "effects.add": lambda unit: unit.effects.add([effect_values("new"), effect_values("newer")]),
    "effects.note": lambda unit: unit.effects.note(_effect(unit), {}),
    "effects.retry": lambda unit: unit.effects.retry("id1", NOW),
    "effects.pending": lambda unit: unit.effects.pending("subject7"),
    "effects.find": lambda unit: unit.effects.find("id1"),
    "effects.page": lambda unit: (
        unit.effects.page(None, 9, None),
        unit.effects.page(1500, 9, EffectState.PENDING),
    ),
    "events.add": lambda unit: unit.events.add(**event_values("new")),
    "events.page": lambda unit: (
        unit.events.page(None, 9),
        unit.events.page(5, 9, user_id="id1"),
        unit.events.page(None, 9, system_id="id1"),
    ),
    "events.is_unsealed": lambda unit: unit.events.is_unsealed(),
    "events.seal": lambda unit: unit.events.seal(9, CHAIN),
    "events.after": lambda unit: (unit.events.after(5, 9), unit.events.after(5, 9, user_id="id1")),
    "events.last_position": lambda unit: unit.events.last_position(),
    "event_chain.head": lambda unit: unit.event_chain.head(),
    "event_chain.checkpoint": lambda unit: unit.event_chain.checkpoint(),
    "event_chain.lines": lambda unit: unit.event_chain.lines(5, 2000, 9),
    "event_chain.first_position": lambda unit: unit.event_chain.first_position(),
    "event_chain.prune": _prune,
    "installation.check_value": lambda unit: unit.installation.check_value(),
    "installation.found": lambda unit: unit.installation.found(CheckValue("k1", "v")),
    "installation.first_user": lambda unit: unit.installation.first_user(),
    "installation.had_user": lambda unit: unit.installation.had_user(),
    "installation.revision": lambda unit: unit.installation.revision(),
    "installation.use_root": lambda unit: unit.installation.use_root(
        CheckValue("k1", "v"), CheckValue("k2", "w")
    ),
    "signing_keys.all": lambda unit: unit.signing_keys.all(),
    "signing_keys.hold": lambda unit: unit.signing_keys.hold(),
    "signing_keys.add": lambda unit: unit.signing_keys.add(KeptKey("kid", SEALED, NOW)),
    "signing_keys.drop": lambda unit: unit.signing_keys.drop(["kid"]),
    "key_uses.page": lambda unit: [
        unit.key_uses.page(use, after, 9, NOW)
        for use in KeyUse
        for after in (None, "id1" if use in TEXT_ORDER else 5)
    ],
    "key_uses.sealed": lambda unit: [
        unit.key_uses.sealed(use, after, 9) for use in SEALED_USES for after in (None, "id1")
    ],
    "key_uses.reseal": _reseal,
    "leftovers.attempts": lambda unit: unit.leftovers.attempts(NOW),
    "leftovers.known_networks": lambda unit: unit.leftovers.known_networks(NOW + 90 * DAY),
    "leftovers.sessions": lambda unit: unit.leftovers.sessions(NOW + 7 * DAY),
    "leftovers.one_time_secrets": lambda unit: unit.leftovers.one_time_secrets(NOW + DAY),
    "leftovers.wishes": lambda unit: unit.leftovers.wishes(NOW + DAY),
    "due.channels": lambda unit: unit.due.channels(NOW),
    "due.claim": lambda unit: (
        unit.due.claim(ChannelName.MAIL, "lease", now=NOW, until=NOW, limit=9, busy=["subject7"]),
        unit.due.claim(ChannelName.MAIL, "lease", now=NOW, until=NOW, limit=9000),
    ),
    "due.park": lambda unit: unit.due.park(ChannelName.MAIL, now=NOW, busy=["subject7"]),
    "due.superseded": lambda unit: unit.due.superseded([_effect(unit)]),
    "due.settle": _settle,
    "due.postpone": lambda unit: unit.due.postpone(_effect(unit), "lease", due_at=NOW, reason="r"),
    "due.abandon": lambda unit: unit.due.abandon(ChannelName.MAIL, before=NOW, now=NOW, reason="r"),
    "channels.fails": lambda unit: unit.channels.fails(ChannelName.MAIL, NOW, "r"),
    "channels.works": lambda unit: unit.channels.works(ChannelName.MAIL),
    "channels.failing": lambda unit: unit.channels.failing(),
    "condition.server": lambda unit: unit.condition.server(),
    "leftovers.effects": lambda unit: unit.leftovers.effects(NOW + 30 * DAY),
}
