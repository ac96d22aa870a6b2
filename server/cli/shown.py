"""Users, systems, keys, deliveries and events as a command shows them: by their names in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credentials.model import ApiKey, Effect, Event, System, User


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


def shown_delivery(effect: Effect) -> dict[str, Any]:
    """What the world is told, without what only the relay needs."""
    return {
        "id": effect.id,
        "kind": effect.kind,
        "state": effect.state,
        "attempts": effect.attempts,
        "createdAt": effect.created_at,
        "settledAt": effect.settled_at,
        "lastError": effect.last_error,
        "userId": effect.user_id,
        "systemId": effect.system_id,
    }


def shown_event(event: Event) -> dict[str, Any]:
    """A line of the audit."""
    return {
        "at": event.at,
        "kind": event.kind,
        "success": event.success,
        "code": event.code,
        "count": event.counted,
        "actor": event.actor,
        "userId": event.user_id,
        "systemId": event.system_id,
        "apiKeyId": event.api_key_id,
        "ipAddress": event.address,
        "userAgent": event.user_agent,
        "requestId": event.request_id,
        "latitude": event.latitude,
        "longitude": event.longitude,
        "position": event.position,
        "id": event.id,
    }
