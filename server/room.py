"""What the connections of one process share: how many there may be, and what a refusal of theirs says."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from schema.errors import BAD_USER_INPUT
from server.masking import refusal
from server.negotiation import JSON

if TYPE_CHECKING:
    from asyncio import Transport

#: Connections of a process: twice its sockets and event streams (server/streams.py), so that as many others
#: have room beside them.
MOST = 10_000


def most_connections(descriptors: int | None = None) -> int:
    """What this process may hold.

    A quarter of its file descriptors (by default as the system tells) is left to the database, to mail and
    to other servers, which need some fifty.
    """
    if descriptors is None:
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if descriptors == resource.RLIM_INFINITY else min(MOST, descriptors * 3 // 4)


class Room:
    """The connections of one process. Idle is each that the server does no work for.

    Args:
        most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._busy: set[Transport] = set()
        self._idle: dict[Transport, None] = {}  # the longest idle first

    def __len__(self) -> int:
        """How many there are."""
        return len(self._busy) + len(self._idle)

    def enter(self, connection: Transport) -> None:
        """Takes a new one in, which is idle; the longest idle one is cut where there are too many.

        Where every other one is busy that is the new one itself.
        """
        self._idle[connection] = None
        if len(self) > self._most:
            longest = next(iter(self._idle))
            self.leave(longest)
            longest.abort()

    def work(self, connection: Transport) -> None:
        """From now on it is not cut."""
        self._idle.pop(connection, None)
        self._busy.add(connection)

    def rest(self, connection: Transport) -> None:
        """It is idle: since now, unless it was before."""
        self._busy.discard(connection)
        self._idle.setdefault(connection)

    def leave(self, connection: Transport) -> None:
        """It is closed, or as good as closed."""
        self._busy.discard(connection)
        self._idle.pop(connection, None)


class Shared(ServerState):
    """What the connections of one server have in common.

    Args:
        room: where they count.
        headers: of every answer, for those that are made before the application is asked.
    """

    def __init__(self, room: Room, headers: dict[str, str]) -> None:
        super().__init__()
        self.room = room
        self.headers = headers

    def refusal(self, status: int, message: str) -> bytes:
        """A whole answer to what is no request, which ends its connection."""
        body = orjson.dumps(refusal(BAD_USER_INPUT, message))
        fields = {
            **self.headers,
            "Content-Type": JSON,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        own = [(name.encode(), value.encode()) for name, value in fields.items()]
        head = [b"%s: %s\r\n" % field for field in (*self.default_headers, *own)]
        return b"".join((STATUS_LINE[status], *head, b"\r\n", body))
