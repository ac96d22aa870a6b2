"""What webhooks tell of, and what each is called there."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.kinds import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.model import Event

#: What each kind is called: groups with full stops, as Standard Webhooks 1.0.0 advises ("Event types").
#: None is never told: it says that somebody tried, or asked, and not that a credential is another now.
EVENT_TYPES: Final[Mapping[EventKind, str | None]] = MappingProxyType(
    {
        EventKind.PASSWORD_CHANGED: "password.changed",
        EventKind.PASSWORD_RESET: "password.reset",
        EventKind.PASSWORD_RESET_BY_ADMIN: "password.reset_by_admin",
        EventKind.RESET_REQUESTED: None,
        EventKind.SIGNED_IN: "session.created",
        EventKind.SIGN_IN_FAILED: None,
        EventKind.SIGNED_OUT: "session.ended",
        EventKind.SESSION_REVOKED: "session.revoked",
        EventKind.SYSTEM_RESET: "system.reset",
        EventKind.SYSTEM_ACTIVATING: "system.activating",
        EventKind.SYSTEM_ACTIVATED: "system.activated",
        EventKind.USER_CREATED: "user.created",
        EventKind.USER_UPDATED: "user.updated",
        EventKind.USER_DELETED: "user.deleted",
        EventKind.SYSTEM_CREATED: "system.created",
        EventKind.SYSTEM_DELETED: "system.deleted",
        EventKind.API_KEY_CREATED: "api_key.created",
        EventKind.API_KEY_REVOKED: "api_key.revoked",
    }
)
#: Every type that an endpoint may ask for.
PUBLISHED: Final = frozenset(filter(None, EVENT_TYPES.values()))


def event_type(event: Event) -> str | None:
    """What an event is called in a webhook; None: it is not told, because it failed or is of no such kind.

    A session whose old refresh token somebody showed has ended, although that request was refused.
    """
    told = event.success or event.kind is EventKind.SESSION_REVOKED
    return EVENT_TYPES[event.kind] if told else None
