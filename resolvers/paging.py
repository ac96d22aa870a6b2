"""Pages of a list, by keyset: stable while rows are added."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

Item = TypeVar("Item")
Key = TypeVar("Key")

#: The longest page; the contract's figure.
MAX_FIRST = 200
#: A cursor holds one key: a number, or a login name of at most 254 characters of 4 bytes in base64.
MAX_CURSOR = 1400


@dataclass(frozen=True, slots=True)
class BadArgument:
    """A list was asked for with an argument that names nothing: an entry in `errors`."""

    name: str
    message: str


_BAD_AFTER = BadArgument("after", "after is a cursor of this list, as it was given.")
_MOST = 2**63 - 1
_DIGITS = len(str(_MOST))


class Total:
    """How many entries a list has, counted at the first time that somebody asks: it takes more than a page.

    Args:
        count: counts them: exact up to 10,000, None above.
    """

    def __init__(self, count: Callable[[], Coroutine[None, None, int | None]]) -> None:
        self._count = count
        self._counting: asyncio.Task[int | None] | None = None

    async def ask(self) -> int | None:
        """The number; asked several times at once it is counted once."""
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        return await self._counting


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page: the rows with their cursors, and what lies beyond; `total` where the list counts."""

    items: Sequence[tuple[str, Item]]
    has_next: bool
    has_previous: bool
    total: Total | None = None


@dataclass(frozen=True, slots=True)
class PageRequest(Generic[Key]):
    """How many rows, after which key. Made by `ask`, so its values are in range."""

    first: int
    after: Key | None

    @property
    def limit(self) -> int:
        """One row more than is shown: it says whether there are more."""
        return self.first + 1


def ask(first: int, after: str | None) -> PageRequest[str] | BadArgument:
    """Checks the arguments of a list whose keys are texts."""
    if not 1 <= first <= MAX_FIRST:
        return BadArgument("first", f"first is a number from 1 to {MAX_FIRST}.")
    key = None if after is None else _key(after)
    return _BAD_AFTER if after is not None and key is None else PageRequest(first, key)


def ask_numbered(first: int, after: str | None) -> PageRequest[int] | BadArgument:
    """Checks the arguments of a list whose keys are rows' numbers (1 to 2^63 - 1)."""
    request = ask(first, after)
    if isinstance(request, BadArgument) or request.after is None:
        return request if isinstance(request, BadArgument) else PageRequest(first, None)
    key = request.after
    if not (key.isascii() and key.isdigit() and len(key) <= _DIGITS and 0 < int(key) <= _MOST):
        return _BAD_AFTER
    return PageRequest(first, int(key))


def page(
    rows: Sequence[tuple[Key, Item]], request: PageRequest[Key], total: Total | None = None
) -> Page[Item]:
    """Makes a page of up to `request.limit` rows, each with its key."""
    return Page(
        [(_cursor(str(key)), item) for key, item in rows[: request.first]],
        has_next=len(rows) > request.first,
        has_previous=request.after is not None,
        total=total,
    )


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _key(cursor: str) -> str | None:
    if not cursor.isascii() or len(cursor) > MAX_CURSOR:
        return None
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    # No key holds NUL, and PostgreSQL takes no text that does.
    return None if "\0" in key else key
