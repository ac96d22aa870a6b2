"""What the database says that an operator forgets: administrators, deliveries, the audit, the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.kinds import EffectState
from resolvers.verify_audit import AuditVerified, verify_chain
from server.doctor.finding import Area

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from credentials.chance import Chance
    from credentials.key_ring import KeyRing
    from server.doctor.finding import Finding
    from store.unit_of_work import Store, Unit

PEOPLE = Area("people")
DELIVERIES = Area("deliveries")
AUDIT = Area("audit")
CLOCK = Area("clock")
#: More failed deliveries than are worth counting.
COUNTED = 100
#: Lines of the audit that are looked at here: some seconds.
LINES = 50_000
#: Between clocks that are kept by NTP lie milliseconds; a token's life is a minute at least.
APART = timedelta(seconds=30)


async def look_at_people(store: Store) -> list[Finding]:
    """Administrators."""
    return await store.read(lambda unit: [*_people(unit)])


async def look_at_deliveries(store: Store) -> list[Finding]:
    """What failed, and the channels that nothing gets through now."""
    return await store.read(lambda unit: [*_deliveries(unit)])


async def look_at_clock(store: Store, chance: Chance) -> Finding:
    """This machine's clock, beside the last line of the audit and the database server's clock."""

    def others(unit: Unit) -> tuple[list[datetime], datetime | None]:
        server = unit.condition.server()
        return [event.at for event in unit.events.page(None, 1)], server and server.now

    written, of_server = await store.read(others)
    now = chance.now()
    advice = "Have it kept by NTP (such as systemd-timesyncd or chrony): every expiry is read from it."
    if written and written[0] > now + APART:
        message = f"This clock says {now:%Y-%m-%d %H:%M:%S} UTC, before the audit's last line."
        return CLOCK.fail(message, advice)
    if of_server is not None and abs(of_server - now) > APART:
        message = f"This clock and the database server's lie {abs(of_server - now).seconds} seconds apart."
        return CLOCK.fail(message, advice)
    return CLOCK.ok(f"This clock says {now:%Y-%m-%d %H:%M:%S} UTC, and nothing contradicts it.")


async def look_at_audit(store: Store, ring: KeyRing, most: int = LINES) -> Finding:
    """Verifies the audit, where that takes seconds."""
    begin, head = await store.read(
        lambda unit: (unit.event_chain.checkpoint().link.position, unit.event_chain.head().link.position)
    )
    if head - begin > most:
        advice = "Run rekey audit verify with a head that you kept elsewhere (--head)."
        return AUDIT.warn(f"The audit has {head - begin} lines, too many to verify here.", advice)
    found = await verify_chain(store, ring, None, lambda _at, _until: None)
    if not isinstance(found, AuditVerified):
        advice = "Keep a copy of the database as it is, and see docs/audit.md."
        return AUDIT.fail("The audit is not as it was sealed; rekey audit verify says where.", advice)
    advice = "Keep rekey audit head elsewhere now and then: only it shows a tail that was cut off."
    return AUDIT.ok(f"The {found.lines} sealed lines of the audit are as they were written. {advice}")


def _people(unit: Unit) -> Iterator[Finding]:
    administrators = len(unit.user_lists.administrators())
    advice = "Make another with rekey user create --role ADMIN, for when the first cannot sign in."
    if not administrators:
        yield PEOPLE.fail("Nobody can administrate: there is no enabled local administrator.", advice)
    elif administrators == 1:
        yield PEOPLE.warn("There is one administrator.", advice)
    else:
        yield PEOPLE.ok(f"There are {administrators} administrators.")


def _deliveries(unit: Unit) -> Iterator[Finding]:
    failed = len(unit.effects.page(None, COUNTED, EffectState.FAILED))
    failing = unit.channels.failing()
    if failed:
        more = "or more " if failed == COUNTED else ""
        advice = "See why with rekey delivery list --state failed, then rekey delivery retry --failed."
        yield DELIVERIES.warn(f"{failed} {more}deliveries have failed.", advice)
    for each in failing:
        message = f"Nothing gets through by {each.name} since {each.since:%Y-%m-%d %H:%M} UTC: {each.reason}"
        yield DELIVERIES.warn(message, "Mend what it says; the relay goes on by itself.")
    if not failed and not failing:
        yield DELIVERIES.ok("None has failed, and no channel is failing.")
