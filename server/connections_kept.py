"""What is kept of an HTTP connection besides what uvicorn keeps, in little memory: there may be thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.request_parts import NO_REQUEST, Part

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from server.patience import Patience
    from server.room import Shared


class Kept:
    """Attributes of a connection that Python keeps beside its dictionary.

    Up to thirty need none of their own, which takes 1 KiB; uvicorn has 28.
    """

    __slots__ = (
        "_answered",
        "_awaited",
        "_fault",
        "_is_last",
        "_overhead",
        "_part",
        "_patience",
        "_requests",
        "_shared",
        "_timer",
    )

    def _keep(self, patience: Patience, shared: Shared) -> None:
        """Sets all of them for a connection that was made."""
        self._patience = patience
        self._shared = shared
        self._timer: TimerHandle | None = None
        self._part = Part.BEGINNING  # of the request that is being read
        self._answered: RequestResponseCycle | None = None  # the one that an answer is made for
        self._awaited: tuple[Part, int] | None = None
        self._requests = 0
        self._overhead = 0
        self._is_last = False  # this request: nothing behind it is read
        self._fault = NO_REQUEST


class Pipeline(list[tuple["RequestResponseCycle", "ASGI3Application"]]):
    """Requests that wait for the answer to an earlier one: mostly none, for whom a deque takes 0.7 KiB."""

    def appendleft(self, waiting: tuple[RequestResponseCycle, ASGI3Application]) -> None:
        """As a deque."""
        self.insert(0, waiting)
