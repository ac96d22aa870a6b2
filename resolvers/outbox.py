"""Effects as a use case writes them: in order, with no secret in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.kinds import ChatAccountKind, EffectKind, LetterName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import ChatAccount, System, User
    from resolvers.services import Services


def letter(
    services: Services,
    name: LetterName,
    user: User,
    now: datetime,
    *,
    to: str | None = None,
    tells: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A mail about something that was done, to the address that was stored when it was done."""
    details = {
        "letter": name,
        "to": to or user.email_address,
        "fullName": user.full_name,
        "locale": user.locale,
        "at": now.isoformat(),
        **(tells or {}),
    }
    return effect(services, EffectKind.MAIL_NOTICE, f"mail:{user.id}", user.id, now, user.id, details)


def account_effects(services: Services, account: ChatAccount, now: datetime) -> list[dict[str, Any]]:
    """What an XMPP server is told, in order: the message (IM only), the new password, the disconnect."""
    kinds = [EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT]
    if account.kind is ChatAccountKind.IM:
        kinds.insert(0, EffectKind.XMPP_NOTICE)
    subject = f"xmpp:{account.jid}"
    return [effect(services, kind, subject, account.jid, now, account.user_id) for kind in kinds]


def system_effects(services: Services, system: System, now: datetime) -> list[dict[str, Any]]:
    """What an XMPP server is told of a system's account, in order: the new password, the disconnect."""
    return [
        {
            **effect(services, kind, f"xmpp:{system.jid_pbxagent}", system.jid_pbxagent, now),
            "system_id": system.id,
        }
        for kind in (EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT)
    ]


def effect(
    services: Services,
    kind: EffectKind,
    subject: str,
    target: str,
    now: datetime,
    user_id: str | None = None,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One effect. `subject` is the line kept in order, `target` the row that the relay reads."""
    return {
        "id": services.chance.new_id(),
        "kind": kind,
        "subject": subject,
        "target": target,
        "user_id": user_id,
        "system_id": None,
        "details": details or {},
        "created_at": now,
    }


def to_administrators(
    services: Services, readers: Sequence[User], now: datetime, *, what: str, actor: str, subject: str
) -> list[dict[str, Any]]:
    """The mail that every administrator gets about a key or another administrator."""
    tells = {"what": what, "actor": actor, "subject": subject}
    return [letter(services, LetterName.ADMINISTRATOR_NOTICE, reader, now, tells=tells) for reader in readers]
