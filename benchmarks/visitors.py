"""A client of many: HTTP/1.1 over a socket that never waits, its requests given by a script."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.client import CHUNK


class Answer(NamedTuple):
    """One answer.

    Attributes:
        seconds: from before the request was sent, or the connection opened for it, until all was read.
        status: the HTTP status.
        body: as it came.
    """

    seconds: float
    status: int
    body: bytes


#: What a client does: it gives requests and gets their answers.
Script = Generator[bytes, Answer, None]


@dataclass(eq=False)
class Visitor:
    """One client.

    Args:
        port: of the server on this machine's loopback.
        script: what it does.
        source: its own address; each of 127.0.0.0/8 is a network of its own.
        pause: seconds between an answer and the next request.
        is_new: whether each request takes a new connection.

    Attributes:
        connection: its own, while there is one.
        begun: when the request that is under way was begun, by the performance counter; 0 between two.
    """

    port: int
    script: Script
    source: str = "127.0.0.1"
    pause: float = 0.0
    is_new: bool = False
    connection: socket.socket | None = field(default=None, init=False)
    begun: float = field(default=0.0, init=False)
    _request: bytes = field(default=b"", init=False)
    _received: bytearray = field(default_factory=bytearray, init=False)

    def think(self, answer: Answer | None) -> bool:
        """Gives the script its answer; False: it has ended."""
        self.begun = 0.0
        try:
            self._request = self.script.send(answer) if answer else next(self.script)
        except StopIteration:
            return False
        return True

    def ask(self) -> socket.socket | None:
        """Sends the next request; where a connection must be opened for it, `connected` comes first."""
        self.begun = time.perf_counter()
        self._received.clear()
        if self.connection is not None:
            self.connection.sendall(self._request)  # far smaller than a socket's buffer
            return None
        self.connection = socket.socket()
        self.connection.setblocking(False)  # noqa: FBT003  the socket's own signature
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.bind((self.source, 0))
        self.connection.connect_ex(("127.0.0.1", self.port))
        return self.connection

    def connected(self, connection: socket.socket) -> None:
        """Sends the first request of a connection.

        Raises:
            ConnectionError: the server refused it.
        """
        if error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise ConnectionError(os.strerror(error))
        connection.sendall(self._request)

    def receive(self, connection: socket.socket) -> Answer | None:
        """Reads on, and gives the answer once it is whole.

        Raises:
            ConnectionError: the server closed the connection, or does not say how long the answer is.
        """
        came = connection.recv(CHUNK)
        if not came:
            message = "The server closed the connection."
            raise ConnectionError(message)
        self._received += came
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(bytes(head)):
            return None
        return Answer(time.perf_counter() - self.begun, int(head.split(b" ", 2)[1]), bytes(body))

    def hang_up(self) -> None:
        """Closes its connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    if not found:
        message = f"An answer that does not say how long it is: {head!r}"
        raise ConnectionError(message)
    return int(rest.split(b"\r\n", 1)[0])
