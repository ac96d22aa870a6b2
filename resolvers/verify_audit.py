"""Whether the audit is as it was sealed: no line changed, missing, moved or put in, and no tail cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.audit_chain import AuditChain, Kept, Link, Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.key_ring import KeyRing
    from resolvers.services import Services
    from store.event_chain import Line
    from store.unit_of_work import Store, Unit

#: Lines that one read looks at, and so the most that are held: some milliseconds' work.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class AuditVerified:
    """All lines stand as they were sealed: how many, from behind which place, up to which."""

    lines: int
    begin: Link
    head: Link


@dataclass(frozen=True, slots=True)
class AuditBroken:
    """The first position where something is wrong, and what."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class HeadPruned:
    """The lines up to the given place were pruned; nothing can be said of it."""

    kept_from: int


@dataclass(slots=True)
class _Walk:
    """How far the lines have been looked at."""

    chain: AuditChain
    given: Link | None
    link: Link
    lines: int = 0

    def begin(self, checkpoint: Kept) -> AuditBroken | None:
        """Goes on behind a checkpoint."""
        position = checkpoint.link.position
        if not self.chain.is_ours(Mark.CHECKPOINT, checkpoint):
            reason = "The checkpoint there was not made by this service, or its root key is not here."
            return AuditBroken(position, reason)
        self.link = checkpoint.link
        return self.check_given()

    def step(self, line: Line) -> AuditBroken | None:
        """Takes the next line."""
        link, here = line.link, self.link.position + 1
        if link.position != here:
            return AuditBroken(
                here, f"The line is missing; the next that is there has position {link.position}."
            )
        if not self.chain.knows(link):
            return AuditBroken(here, f"The line names the root key {link.key_id}, which is not here.")
        if line.event is None or not self.chain.is_next(self.link, line.event, link):
            return AuditBroken(here, "The line was changed, or another stands in its place.")
        self.link = link
        self.lines += 1
        return self.check_given()

    def check_given(self) -> AuditBroken | None:
        """Compares the place with the one that was given."""
        if self.given is None or self.given.position != self.link.position:
            return None
        if self.given.digest == self.link.digest:
            return None
        return AuditBroken(self.link.position, "The line is not the one whose digest was given.")


async def audit_head(services: Services) -> Link:
    """The place of the line that was sealed last."""
    head = await services.store.read(lambda unit: unit.event_chain.head())
    return head.link


async def verify_audit(
    services: Services, given: Link | None, tell: Callable[[int, int], None], page: int = PAGE
) -> AuditVerified | AuditBroken | HeadPruned:
    """Looks at every line that is sealed now, whoever seals or prunes meanwhile.

    Args:
        services: the rooms below.
        given: a head of before, from the log or from `rekey audit head`: the only thing by which a tail is
            missed that was cut off together with what is kept of it.
        tell: is told how far it has come: the position, and the one to come to.
        page: lines that one read looks at.
    """
    return await verify_chain(services.store, services.keys.room.ring, given, tell, page)


async def verify_chain(
    store: Store, ring: KeyRing, given: Link | None, tell: Callable[[int, int], None], page: int = PAGE
) -> AuditVerified | AuditBroken | HeadPruned:
    """As `verify_audit`, for whoever has no services."""
    checkpoint, head = await store.read(_ends)
    if given is not None and given.position < checkpoint.link.position:
        return HeadPruned(checkpoint.link.position + 1)
    walk = _Walk(AuditChain(ring), given, checkpoint.link)
    wrong = walk.begin(checkpoint) or await _walk(store, walk, head, tell, page)
    wrong = wrong or _check_head(walk, head) or await store.read(_strangers)
    return wrong or AuditVerified(walk.lines, checkpoint.link, walk.link)


async def _walk(
    store: Store, walk: _Walk, head: Kept, tell: Callable[[int, int], None], page: int
) -> AuditBroken | None:
    until = head.link.position
    while walk.link.position < until:
        lines, checkpoint = await store.read(_page, walk.link.position, until, page)
        if checkpoint.link.position > walk.link.position and (wrong := walk.begin(checkpoint)):
            return wrong
        left = [line for line in lines if line.link.position > checkpoint.link.position]
        for line in left:
            if wrong := walk.step(line):
                return wrong
        if not left and walk.link.position < until:
            missing = walk.link.position + 1
            return AuditBroken(missing, f"The lines end here, but {until} were sealed.")
        tell(walk.link.position, until)
    return None


def _check_head(walk: _Walk, head: Kept) -> AuditBroken | None:
    link = head.link
    is_same = link.position != walk.link.position or link.digest == walk.link.digest
    if not is_same or not walk.chain.is_ours(Mark.HEAD, head):
        reason = "The head that is kept was not made by this service, or its root key is not here."
        return AuditBroken(link.position, reason)
    if walk.given is not None and walk.given.position > link.position:
        reason = f"The lines end before it, and {walk.given.position} were sealed: the tail was cut off."
        return AuditBroken(link.position + 1, reason)
    return None


def _ends(unit: Unit) -> tuple[Kept, Kept]:
    return unit.event_chain.checkpoint(), unit.event_chain.head()


def _page(unit: Unit, after: int, until: int, limit: int) -> tuple[list[Line], Kept]:
    # In this order: what is pruned in between was read, or the checkpoint says that it is gone.
    return unit.event_chain.lines(after, until, limit), unit.event_chain.checkpoint()


def _strangers(unit: Unit) -> AuditBroken | None:
    """Lines before the first and behind the last: numbers that no sealer gave."""
    # In this order: both ends only grow.
    checkpoint, first = unit.event_chain.checkpoint(), unit.event_chain.first_position()
    last, head = unit.events.last_position(), unit.event_chain.head()
    if checkpoint.stamp is not None and first is not None and first <= checkpoint.link.position:
        return AuditBroken(first, "The line stands where lines were pruned.")
    if last > head.link.position:
        return AuditBroken(last, "The line stands behind the last that was sealed.")
    return None
