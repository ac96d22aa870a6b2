"""The audit is kept for as long as the operator says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from credentials.audit_chain import AuditChain
from resolvers.prune_audit import prune_audit
from resolvers.verify_audit import AuditVerified, verify_audit
from store.tables import events
from tests.direct import direct

if TYPE_CHECKING:
    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio

KEPT = timedelta(days=30)


async def seal(world: World) -> None:
    """Seals what is there."""
    await world.services.store.write(lambda unit: unit.events.seal(99, AuditChain(world.ring)))


async def test_lines_go_after_the_retention_and_the_rest_verifies(world: World) -> None:
    """What goes is logged; without a retention nothing does."""
    await world.user()
    await seal(world)
    world.chance.forward(KEPT + timedelta(seconds=1))
    await world.user("john")
    await seal(world)
    with capture_logs() as logged:
        await prune_audit(world.services)
        assert len(await world.events()) == 2
        services = world.with_rules(audit_retention=KEPT)
        await prune_audit(services)
        await prune_audit(services)
    assert [(line["event"], line["lines"]) for line in logged] == [("audit.pruned", 1)]
    found = await verify_audit(services, None, lambda _at, _until: None)
    assert isinstance(found, AuditVerified)
    assert (found.lines, found.begin.position) == (1, 1)


async def test_a_change_stops_the_pruning(world: World, database_url: Secret) -> None:
    """An error says where, each time, until somebody looks."""
    await world.user()
    await seal(world)
    changed = update(events).values(actor="nobody")
    await direct(database_url, lambda connection: connection.execute(changed))
    world.chance.forward(KEPT + timedelta(seconds=1))
    with capture_logs() as logged:
        await prune_audit(world.with_rules(audit_retention=KEPT))
    assert [(line["event"], line["position"], line["log_level"]) for line in logged] == [
        ("audit.not_pruned", 1, "error")
    ]
    assert len(await world.events()) == 1
