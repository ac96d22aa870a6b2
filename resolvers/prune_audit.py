"""The audit is kept for as long as the operator says; a checkpoint takes the place of what goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from credentials.audit_chain import AuditChain

if TYPE_CHECKING:
    from resolvers.services import Services

#: Lines of one transaction: each is verified before it goes, some ten milliseconds' work in all.
CHUNK = 500

_log = structlog.get_logger()


async def prune_audit(services: Services) -> bool:
    """Deletes lines older than the operator's retention, at most `CHUNK`; True: there may be more."""
    retention = services.rules.audit_retention
    if retention is None:
        return False
    before = services.chance.now() - retention
    chain = AuditChain(services.keys.room.ring)
    done = await services.store.write(lambda unit: unit.event_chain.prune(before, CHUNK, chain))
    if done.lines:
        _log.info("audit.pruned", lines=done.lines, before=before.isoformat())
    if done.broken is not None:
        _log.error("audit.not_pruned", position=done.broken, do="rekey audit verify")
    return done.lines >= CHUNK
