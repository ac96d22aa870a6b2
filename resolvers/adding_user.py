"""A user's row, names and XMPP accounts are added, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.kinds import ChatAccountKind, Role
from resolvers.after_effects import renew
from resolvers.jids import jid_of
from resolvers.outbox import account_effects
from resolvers.outcomes import AlreadyExists

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import User
    from resolvers.replacing import Replacement
    from resolvers.services import Services
    from resolvers.user_input import NewUser
    from store.unit_of_work import Unit


def add_user(
    unit: Unit, services: Services, new: NewUser, replacement: Replacement | None, now: datetime
) -> User | AlreadyExists:
    """Adds a user whose input was checked; each chat account gets a random password."""
    user_id = services.chance.new_id()
    if taken := _claim(unit, user_id, new):
        unit.users.give_up_names(user_id)
        unit.xmpp_accounts.give_up(user_id)
        return AlreadyExists(taken)
    columns = _columns(new, replacement)
    columns["password_changed_at"] = None if replacement is None else now
    user = unit.users.add({**columns, "id": user_id, "created_at": now})
    for account in unit.xmpp_accounts.of_users([user_id]):
        renew(unit, services, account.jid)
        unit.effects.add(account_effects(services, account, now))
    return user


def _claim(unit: Unit, user_id: str, new: NewUser) -> str | None:
    taken = unit.users.claim_names(user_id, [new.username, new.email_address])
    if taken is not None:
        return "username" if taken == new.username else "emailAddress"
    given = (("jidIm", ChatAccountKind.IM, new.jid_im), ("jidTel", ChatAccountKind.TEL, new.jid_tel))
    jids = [(jid_of(jid), field, kind) for field, kind, jid in given if jid is not None]
    # In one order for everyone: two who want the same two JIDs wait for one another instead of for ever.
    for jid, field, kind in sorted(jids):
        if not unit.xmpp_accounts.claim_for_user(user_id, kind, jid):
            return field
    return None


def _columns(new: NewUser, replacement: Replacement | None) -> dict[str, Any]:
    verifier = None if replacement is None else replacement.verifier
    return {
        "username": new.username,
        "email_address": new.email_address,
        "full_name": new.full_name,
        "locale": new.locale or "en_US",
        "time_zone": new.time_zone or "UTC",
        "theme_dir": new.theme_dir,
        "user_group_id": new.user_group_id,
        "is_admin": Role.ADMIN in new.roles,
        "roles": list(dict.fromkeys(new.roles)),
        "permissions": new.permissions or {},
        "permission_ids": new.permission_ids or {},
        "preferences": new.preferences or {},
        "properties": new.properties or {},
        "support_username": new.support_username,
        "identity_source": new.identity_source,
        "is_disabled": False,
        "epoch": 1,
        "verifier": None if verifier is None else verifier.phc,
        "verifier_key": None if verifier is None else verifier.key_id,
        "password_expires_at": None if replacement is None else replacement.expires_at,
        "password_is_temporary": replacement is not None and replacement.is_temporary,
    }
