"""One call, or a few, of each method of each repository, such that each of its statements is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credentials.digests import Digest
from credentials.hashing import Verifier
from credentials.kinds import ChatAccountKind, EffectState, SystemStatus
from credentials.vault import Sealed
from store.attempts import FREE_FAILURES
from store.installation import CheckValue
from tests.chance import START
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
#: What every row of a table has in a column.
CONSTANT: dict[str, Any] = {
    "epoch": 1,
    "identity_source": "LOCAL",
    "effects.kind": "MAIL_NOTICE",
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


def _take(unit: Unit) -> None:
    unit.attempts.take(b"new", NOW, limit=1, window=HOUR)
    unit.attempts.take(b"new", NOW, limit=1, window=HOUR)
    unit.attempts.take(b"then", NOW, limit=1, window=HOUR, then=HOUR)


def _reserve(unit: Unit) -> None:
    for _ in range(FREE_FAILURES + 1):
        unit.attempts.reserve(b"key", NOW)


def _add_user(unit: Unit) -> None:
    unit.users.add(user_values("new"))


def _replace(unit: Unit) -> None:
    done = unit.verifiers.replace(
        _user(unit), Verifier("v", "k"), at=NOW, expires_at=None, is_temporary=False, history=2
    )
    assert done


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
    "user_lists.page": lambda unit: (unit.user_lists.page(None, 9), unit.user_lists.page(5, 9)),
    "user_lists.search": lambda unit: (
        unit.user_lists.search("name_key1", None, 9),
        unit.user_lists.search("name_key1", "name_key11", 9),
    ),
    "user_lists.count": lambda unit: (unit.user_lists.count(), unit.user_lists.count("name_key11")),
    "verifiers.replace": _replace,
    "verifiers.rehash": lambda unit: unit.verifiers.rehash(_user(unit), Verifier("v", "k")),
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
    "xmpp_accounts.passwords_of": lambda unit: unit.xmpp_accounts.passwords_of("id1"),
    "xmpp_accounts.forget_code": lambda unit: unit.xmpp_accounts.forget_code("jid1"),
    "sessions.begin": lambda unit: unit.sessions.begin(session_of(_user(unit))),
    "sessions.with_user": lambda unit: unit.sessions.with_user("id1"),
    "sessions.of_users": lambda unit: unit.sessions.of_users(["id1", "id2"], NOW),
    "sessions.rotate": lambda unit: unit.sessions.rotate(
        session_of(_user(unit), "id1"), at=NOW, expires_at=NOW
    ),
    "sessions.end": lambda unit: unit.sessions.end("id1", "id1", NOW),
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
    "api_keys.page": lambda unit: (unit.api_keys.page(None, 9), unit.api_keys.page(5, 9)),
    "attempts.reserve": _reserve,
    "attempts.take": _take,
    "attempts.taken": lambda unit: unit.attempts.taken(b"key1", NOW, DAY),
    "attempts.give_back": lambda unit: unit.attempts.give_back([b"key1", b"key2"]),
    "attempts.clear": lambda unit: unit.attempts.clear([b"key1", b"key2"]),
    "attempts.clear_subjects": lambda unit: unit.attempts.clear_subjects([b"subject1", b"subject2"]),
    "wishes.add": lambda unit: unit.wishes.add("new", SEALED, NOW),
    "wishes.find": lambda unit: unit.wishes.find("id1"),
    "wishes.drop": lambda unit: unit.wishes.drop("id1"),
    "effects.add": lambda unit: unit.effects.add([effect_values("new"), effect_values("newer")]),
    "effects.is_due": lambda unit: unit.effects.is_due(NOW),
    "effects.claim": lambda unit: unit.effects.claim("lease", NOW, NOW, 9),
    "effects.settle": lambda unit: unit.effects.settle(
        _effect(unit), "lease", EffectState.DELIVERED, now=NOW
    ),
    "effects.postpone": lambda unit: unit.effects.postpone(_effect(unit), "lease", due_at=NOW, reason="r"),
    "effects.retry": lambda unit: unit.effects.retry("id1", NOW),
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
    "installation.check_value": lambda unit: unit.installation.check_value(),
    "installation.found": lambda unit: unit.installation.found(CheckValue("k1", "v")),
    "installation.first_user": lambda unit: unit.installation.first_user(),
    "installation.had_user": lambda unit: unit.installation.had_user(),
    "installation.revision": lambda unit: unit.installation.revision(),
    "installation.signing_keys": lambda unit: unit.installation.signing_keys(),
    "installation.add_first_signing_key": lambda unit: unit.installation.add_first_signing_key(
        "kid", SEALED, NOW
    ),
    "leftovers.attempts": lambda unit: unit.leftovers.attempts(NOW + DAY),
    "leftovers.sessions": lambda unit: unit.leftovers.sessions(NOW + 7 * DAY),
    "leftovers.one_time_secrets": lambda unit: unit.leftovers.one_time_secrets(NOW + DAY),
    "leftovers.wishes": lambda unit: unit.leftovers.wishes(NOW + DAY),
    "leftovers.effects": lambda unit: unit.leftovers.effects(NOW + 30 * DAY),
}
