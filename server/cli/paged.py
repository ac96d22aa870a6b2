"""A list that comes in pages, read to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from resolvers.paging import MAX_FIRST, BadArgument
from server.cli.answering import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resolvers.paging import Page

Item = TypeVar("Item")


async def read_pages(
    read: Callable[[int, str | None], Awaitable[Page[Item] | BadArgument]], limit: float
) -> list[Item]:
    """Reads page after page.

    Args:
        read: Gives so many items after a cursor.
        limit: How many items at most.

    Raises:
        Refused: the list cannot be asked so.
    """
    items: list[Item] = []
    after: str | None = None
    more = True
    while more and len(items) < limit:
        page = await read(int(min(MAX_FIRST, limit - len(items))), after)
        if isinstance(page, BadArgument):
            raise Refused(page.message, "BAD_USER_INPUT")
        items += [item for _, item in page.items]
        more = page.has_next
        after = page.items[-1][0] if more else None
    return items
