"""Rows as the tests of the store write them: no password is hashed, no use case runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credentials.digests import Digest
from credentials.kinds import ChannelName, EffectKind, IdentitySource, Role, SystemStatus
from credentials.model import ApiKey, Session, System
from store.one_time_secrets import ResetSecret
from tests.chance import START

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import Effect, User
    from store.unit_of_work import Unit

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def user_values(name: str, **changes: Any) -> dict[str, Any]:
    """Every column of a user but the number."""
    return {
        "id": f"id-{name}",
        "username": name,
        "email_address": f"{name}@example.org",
        "full_name": None,
        "locale": "en_US",
        "time_zone": "UTC",
        "theme_dir": None,
        "user_group_id": None,
        "is_admin": False,
        "roles": [Role.USER],
        "permissions": {},
        "permission_ids": {},
        "preferences": {},
        "properties": {},
        "support_username": None,
        "identity_source": IdentitySource.LOCAL,
        "is_disabled": False,
        "epoch": 1,
        "verifier": "$argon2id$first",
        "verifier_key": "k1",
        "password_changed_at": START,
        "password_expires_at": None,
        "password_is_temporary": False,
        "created_at": START,
        **changes,
    }


def add_user(unit: Unit, /, name: str = "mary", **changes: Any) -> User:
    """Adds a user with both login names."""
    values = user_values(name, **changes)
    assert unit.users.claim_names(values["id"], [values["username"], values["email_address"]]) is None
    return unit.users.add(values)


def session_of(user: User, name: str = "session", **changes: Any) -> Session:
    """A session of this user in their present epoch, for an hour."""
    values = {
        "id": name,
        "user_id": user.id,
        "epoch": user.epoch,
        "refresh_n": 0,
        "refreshed_at": START,
        "created_at": START,
        "expires_at": START + HOUR,
        "ended_at": None,
        "address": "192.0.2.1",
        "user_agent": None,
    }
    return Session(**{**values, **changes})


def secret_of(user: User, name: str = "secret", expires_at: datetime = START + HOUR) -> ResetSecret:
    """A token and a code of this user."""
    token, code = Digest("k1", f"{name}-token".encode()), Digest("k1", f"{name}-code".encode())
    return ResetSecret(name, user.id, user.epoch, token, code, expires_at)


def strike(
    unit: Unit, user: User, name: str = "secret", expires_at: datetime = START + HOUR, now: datetime = START
) -> ResetSecret | None:
    """Keeps such a secret, with its name for the look-up."""
    return unit.one_time_secrets.strike(secret_of(user, name, expires_at), name.encode(), now)


def system_of(name: str, **changes: Any) -> System:
    """A system without a code."""
    values = {
        "id": f"id-{name}",
        "name": name,
        "pbx_id": name,
        "jid_pbxagent": f"{name}@localhost",
        "status": SystemStatus.CREATED,
        "status_updated_at": START,
        "epoch": 1,
        "code_expires_at": None,
        "created_at": START,
    }
    return System(**{**values, **changes})


def add_system(unit: Unit, name: str = "exchange") -> System:
    """Adds a system with its JID."""
    system = system_of(name)
    assert unit.xmpp_accounts.claim_for_system(system.id, system.jid_pbxagent)
    assert unit.systems.add(system)
    return system


def effect_values(name: str, subject: str = "mail:mary", **changes: Any) -> dict[str, Any]:
    """What an effect is added with."""
    return {
        "id": name,
        "kind": EffectKind.MAIL_NOTICE,
        "subject": subject,
        "target": "mary",
        "user_id": None,
        "system_id": None,
        "details": {"letter": "hello"},
        "created_at": START,
        **changes,
    }


def add_effects(unit: Unit, *names: str, subject: str = "mail:mary") -> list[Effect]:
    """Adds effects of one subject."""
    return unit.effects.add([effect_values(name, subject) for name in names])


def api_key_of(name: str, created_by: str = "user:mary") -> ApiKey:
    """A live key for a day."""
    return ApiKey(name, name, Role.ADMIN, created_by, START, START + DAY, None, None, None)


def event_values(name: str, **changes: Any) -> dict[str, Any]:
    """A line of the audit."""
    return {
        "id": name,
        "at": START,
        "kind": "SIGNED_IN",
        "success": True,
        "actor": "anonymous",
        "request_id": "request",
        **changes,
    }


def claim_mail(unit: Unit, lease: str, now: datetime, until: datetime, limit: int = 99) -> list[Effect]:
    """Claims mails as a relay does."""
    return unit.due.claim(ChannelName.MAIL, lease, now=now, until=until, limit=limit)
