"""The webhook channel: what the relay hands its announcements to (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from delivery.faults import PassingFault, PermanentFault
from delivery.settlement import Settlement, skipped
from delivery.webhook_addresses import resolve_host
from delivery.webhook_sending import USUAL, Sender
from delivery.webhook_signature import sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.chance import Chance
    from credentials.model import Effect, Json
    from delivery.webhook_addresses import Resolve
    from delivery.webhook_endpoint import Endpoint
    from delivery.webhook_sending import Patience


class WebhookChannel:
    """Signs what endpoints are told and sends it.

    An endpoint that does not answer is no fault of the channel: the others go on.

    Args:
        endpoints: those of the file.
        chance: the clock that attempts are signed with.
        resolve: gives a host's addresses; by default the system's.
        patience: how long an attempt may take.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        chance: Chance,
        resolve: Resolve = resolve_host,
        patience: Patience = USUAL,
    ) -> None:
        self._chance = chance
        self._places = {each.name: (each, Sender(each, resolve, patience)) for each in endpoints}

    async def deliver(self, effect: Effect) -> Settlement:
        """Sends one webhook: at each try the same id and body, with the time of the attempt.

        Raises:
            PassingFault: it was not taken; another try may do better.
            PermanentFault: the endpoint says that it is gone (410); its other webhooks are still tried.
        """
        if effect.target not in self._places:
            return skipped("The endpoint is no longer in the webhooks file.")
        endpoint, sender = self._places[effect.target]
        body = body_of(effect.details)
        timestamp = int(self._chance.now().timestamp())
        status = await sender.post(
            body,
            {
                "content-type": "application/json",
                "user-agent": "Rekey",
                "webhook-id": effect.id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": sign(endpoint.secrets, effect.id, timestamp, body),
            },
        )
        return _judged(status)

    async def close(self) -> None:
        """Ends the connections that are open."""
        await asyncio.gather(*(sender.close() for _, sender in self._places.values()))


def body_of(details: Json) -> bytes:
    """Writes the body from what the effect keeps: type, timestamp and data, as the specification has it."""
    own: dict[str, Any] = {key: value for key, value in details.items() if key not in {"event", "type", "at"}}
    data = {"eventId": details["event"], **own}
    payload = {"type": details["type"], "timestamp": details["at"], "data": data}
    return json.dumps(payload, separators=(",", ":")).encode()


def _judged(status: int) -> Settlement:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Settlement()
    if status == HTTPStatus.GONE:
        reason = "The endpoint answered 410: it is gone."
        raise PermanentFault(reason)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        reason = f"The endpoint answered {status}; redirects are not followed."
        raise PassingFault(reason)
    reason = f"The endpoint answered {status}."
    raise PassingFault(reason)
