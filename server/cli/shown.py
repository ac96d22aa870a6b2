"""Users, systems and keys as a command shows them: by the names that the API gives their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credentials.model import ApiKey, System, User


def shown_user(user: User) -> dict[str, Any]:
    """A user, without what only front ends need."""
    return {
        "id": user.id,
        "systemUserId": user.system_user_id,
        "username": user.username,
        "emailAddress": user.email_address,
        "fullName": user.full_name,
        "roles": list(user.roles),
        "identitySource": user.identity_source,
        "isDisabled": user.is_disabled,
        "lockedAt": user.locked_at,
        "createdAt": user.created_at,
    }


def shown_system(system: System) -> dict[str, Any]:
    """A system."""
    return {
        "id": system.id,
        "name": system.name,
        "pbxId": system.pbx_id,
        "jidPbxagent": system.jid_pbxagent,
        "status": system.status,
    }


def shown_key(key: ApiKey) -> dict[str, Any]:
    """An API key, without the key itself."""
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "createdBy": key.created_by,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
        "lastUsedAt": key.last_used_at,
        "lastUsedAddress": key.last_used_address,
    }
