"""What happens to credentials, as it happens: one's own, or for administrators everybody's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, TypeAlias

from credentials.model import Event
from resolvers.follower import Ending, alive
from resolvers.paging import BadArgument, PageRequest, ask_numbered, page
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from resolvers.follower import Asker
    from resolvers.services import Services, SessionCaller
    from store.unit_of_work import Unit

#: Events with their cursors; its last word may say why it ended.
Events: TypeAlias = AsyncGenerator[tuple[str, Event] | Ending, None]

#: Events that are read at once, and so the most that one stream ever holds.
AT_ONCE = 100
#: Seconds until a page that could not be read is tried again.
RETRY_SECONDS = 0.5
_PAGE: PageRequest[int] = PageRequest(AT_ONCE, None)


async def follow_own(services: Services, caller: SessionCaller) -> Events:
    """Events about the caller from now on, refused sign-ins too.

    The stream must be closed by who reads it; it reads from the database and keeps nothing for a slow one.
    """
    position = await services.store.read(lambda unit: unit.events.last_position())
    return _follow(services, caller, position, caller.user.id)


async def follow_all(services: Services, caller: Asker, after: str | None) -> Events | BadArgument:
    """Events about everybody, from beyond the cursor `after` or from now on; closed like `follow_own`."""
    request = ask_numbered(AT_ONCE, after)
    if isinstance(request, BadArgument):
        return request
    last = await services.store.read(lambda unit: unit.events.last_position())
    if request.after is None:
        return _follow(services, caller, last, None)
    if request.after > last:
        return BadArgument("after", "after is a cursor of this list, as it was given.")
    return _follow(services, caller, request.after, None)


async def _follow(services: Services, caller: Asker, position: int, user_id: str | None) -> Events:
    with services.feed.follow(caller, user_id) as follower:
        while (ending := follower.ending) is None:
            try:
                events = await services.store.read(_read, caller, services.chance.now(), position, user_id)
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)  # where it lasts, the feed ends the stream
                continue
            if events is None:
                follower.revoke()
            elif not events:
                await follower.news()
            else:
                for item in page(events, _PAGE).items:
                    if follower.ending is not None:
                        break
                    yield item
                position, _ = events[-1]
        yield ending


def _read(
    unit: Unit, caller: Asker, now: datetime, position: int, user_id: str | None
) -> list[tuple[int, Event]] | None:
    """What comes next; None where the caller is dead, so that nobody reads of what came after their end.

    Read in this order: what ended the caller was committed before the event that tells of it was sealed.
    """
    events = unit.events.after(position, AT_ONCE, user_id=user_id)
    return events if alive(unit, [caller], now) else None
