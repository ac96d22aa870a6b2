"""Refusals of who has to wait: counted, and written into the audit as one line a minute for each kind.

A line for each would let a stranger fill the disk, and refusing a count that waits is a read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from resolvers.audit import record
from resolvers.services import Origin
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from credentials.model import EventKind
    from resolvers.services import Services
    from store.unit_of_work import Unit

CODE = "TOO_MANY_ATTEMPTS"


async def record_throttled(services: Services) -> None:
    """Writes what this process counted since it was last called; the lines name no subject and no network.

    Raises:
        StoreUnavailable: it could not; the counts are kept.
    """
    counts = Counter(services.throttled)
    if not counts:
        return
    services.throttled.clear()
    try:
        await services.store.write(_record, services, counts)
    except StoreUnavailable:
        services.throttled.update(counts)
        raise


def _record(unit: Unit, services: Services, counts: Counter[EventKind]) -> None:
    now, origin = services.chance.now(), Origin(services.chance.new_id())
    for kind, count in counts.items():
        record(unit, services, origin, kind, now=now, code=CODE, count=count)
