"""One line of the audit for each thing that happened, written in its transaction and logged after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import EventKind
    from resolvers.selectors import GeoPoint
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: What a browser calls itself fits; more is not kept.
MAX_USER_AGENT = 256

_log = structlog.get_logger()


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
    count: int = 1,
) -> None:
    """Adds an event, or one for `count` of them; with a `code` (a ProblemCode) it is a refusal."""
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
        counted=count,
    )
    # A line of the log for what was rolled back would be wrong.
    unit.afterwards.append(
        lambda: _log.info(
            "audit",
            kind=kind.value,
            success=code is None,
            code=code,
            actor=actor,
            user=user_id,
            system=system_id,
            api_key=api_key_id,
            network=origin.network,
            request_id=origin.request_id,
            count=count,
        )
    )
