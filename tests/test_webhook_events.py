"""What webhooks tell of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from credentials.kinds import EventKind
from credentials.model import Event
from delivery.webhook_events import EVENT_TYPES, PUBLISHED, event_type
from tests.chance import START


def event(kind: EventKind, **changes: Any) -> Event:
    """A line of the audit, with all that it may hold about a person."""
    values = {
        "id": "event-1",
        "sequence": 1,
        "at": START,
        "kind": kind,
        "success": True,
        "code": None,
        "actor": "user:mary",
        "user_id": None,
        "system_id": None,
        "api_key_id": None,
        "address": "192.0.2.1",
        "user_agent": "pytest",
        "request_id": "request",
        "latitude": 1.0,
        "longitude": 2.0,
    }
    return Event(**{**values, **changes})


def test_every_kind_of_event_is_told_or_is_not_on_purpose() -> None:
    """Each kind has a type of its own, but the two that say that somebody tried or asked."""
    assert set(EVENT_TYPES) == set(EventKind)
    never = {kind for kind, name in EVENT_TYPES.items() if name is None}
    assert never == {EventKind.RESET_REQUESTED, EventKind.SIGN_IN_FAILED}
    assert len(PUBLISHED) == len(EventKind) - len(never)


def test_types_are_spelt_as_the_specification_advises() -> None:
    """Groups of letters, digits and underscores, with full stops between them."""
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in PUBLISHED)


@pytest.mark.parametrize("kind", EventKind)
def test_failures_are_never_told(kind: EventKind) -> None:
    """What was only tried has no type, but a session that a refused refresh ended has ended.

    Planted: success left out: seen to fail.
    """
    failed = event_type(event(kind, success=False, code="INVALID_TOKEN"))
    assert failed == ("session.revoked" if kind is EventKind.SESSION_REVOKED else None)
    assert event_type(event(kind)) == EVENT_TYPES[kind]
