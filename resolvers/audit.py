"""One line of the audit for each thing that happened, written in its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import EventKind
    from resolvers.selectors import GeoPoint
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: What a browser calls itself fits; more is not kept.
MAX_USER_AGENT = 256


def record(  # noqa: PLR0913  an event has a kind, an actor, an outcome and its owners
    unit: Unit,
    services: Services,
    origin: Origin,
    kind: EventKind,
    *,
    now: datetime,
    actor: str = "anonymous",
    code: str | None = None,
    user_id: str | None = None,
    system_id: str | None = None,
    api_key_id: str | None = None,
    location: GeoPoint | None = None,
) -> None:
    """Adds an event; with a `code` (a ProblemCode) it is a refusal."""
    agent = origin.user_agent
    unit.events.add(
        id=services.chance.new_id(),
        at=now,
        kind=kind,
        success=code is None,
        code=code,
        actor=actor,
        user_id=user_id,
        system_id=system_id,
        api_key_id=api_key_id,
        address=origin.address,
        user_agent=None if agent is None else agent[:MAX_USER_AGENT],
        request_id=origin.request_id,
        latitude=None if location is None else location.latitude,
        longitude=None if location is None else location.longitude,
    )
