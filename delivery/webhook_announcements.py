"""Events become webhooks: one effect for each endpoint that wants to be told."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from credentials.kinds import EffectKind
from delivery.webhook_events import event_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.chance import Chance
    from credentials.model import Event
    from delivery.webhook_endpoint import Endpoint
    from store.unit_of_work import Unit


class Announcements:
    """Writes webhooks into the outbox.

    Args:
        endpoints: those of the file.
        chance: gives each effect its id, which is the webhook's too.
    """

    def __init__(self, endpoints: Sequence[Endpoint], chance: Chance) -> None:
        self._endpoints = endpoints
        self._chance = chance

    def fan_out(self, unit: Unit, events: Sequence[Event]) -> None:
        """Adds what the endpoints are told of these events, in the events' order; failures are not told.

        It does not know what was told before: the caller sees to it that each event comes once.
        """
        told = [(event, name) for event in events if (name := event_type(event)) is not None]
        unit.effects.add(
            [
                self._effect(endpoint, event, name)
                for event, name in told
                for endpoint in self._endpoints
                if name in endpoint.events
            ]
        )

    def _effect(self, endpoint: Endpoint, event: Event, name: str) -> dict[str, Any]:
        return {
            "id": self._chance.new_id(),
            "kind": EffectKind.WEBHOOK,
            "subject": f"webhook:{endpoint.name}",
            "target": endpoint.name,
            "user_id": event.user_id,
            "system_id": event.system_id,
            "details": details_of(event, name),
            "created_at": self._chance.now(),
        }


def details_of(event: Event, name: str) -> dict[str, Any]:
    """What an effect keeps of an event: all that its body says, so that each try sends the same bytes.

    Ids only: no name, no network address, nothing that a person typed.
    """
    at = (
        event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    )  # RFC 3339, as the specification shows it
    ids = {"userId": event.user_id, "systemId": event.system_id, "apiKeyId": event.api_key_id}
    return {
        "event": event.id,
        "type": name,
        "at": at,
        **{key: value for key, value in ids.items() if value is not None},
    }
