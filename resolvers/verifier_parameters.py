"""Which parameters the verifiers here have, so that none of them shows in the time of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from resolvers.services import Services

_log = structlog.get_logger()


async def learn_parameters(services: Services) -> None:
    """Reads them, and measures what they take now.

    Raises:
        StoreUnavailable: the database does not answer; what was known stays.
    """
    before = services.deadline.seconds
    present = await services.store.read(lambda unit: unit.verifiers.parameters())
    await services.deadline.learn(present)
    if bool(services.deadline.seconds) != bool(before):
        _log.info("hashing.deadline", seconds=round(services.deadline.seconds, 3), sets=len(present))
