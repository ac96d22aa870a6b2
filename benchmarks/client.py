"""A client that costs next to nothing: HTTP/1.1 (RFC 9112) over one socket, requests spelt beforehand."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Far above any answer here, which are below 2 KiB.
CHUNK = 65536
#: Seconds; a server that is silent for so long is a defect of the benchmark, not a figure.
PATIENCE = 120


class Timed(NamedTuple):
    """One answer.

    Attributes:
        seconds: from before the first byte was sent until the last one was read, in seconds.
        client_seconds: how much of that this client's own processor time was.
        status: the HTTP status.
        body: the JSON of the answer.
    """

    seconds: float
    client_seconds: float
    status: int
    body: Any


def spell(path: str, content: Mapping[str, object], bearer: str | None = None) -> bytes:
    """A POST of JSON as it goes over the wire."""
    more = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    headers = {"Content-Type": "application/json", "Accept": "application/json", **more}
    return spell_any("POST", path, headers, json.dumps(content).encode())


def spell_any(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Any request as it goes over the wire."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Client:
    """One connection at a time, kept open.

    Args:
        port: of the server on this machine's loopback; one that only starts is waited for.
        source: where the client comes from, an address of the loopback's.
    """

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self._port = port
        self._source = source
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port), PATIENCE, (self._source, 0))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def reconnect(self) -> None:
        """Takes another connection: uvicorn closes one that was idle for five seconds."""
        self._socket.close()
        self._socket = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._socket.close()

    def send(self, request: bytes) -> Timed:
        """Sends what `spell` gave and reads the answer.

        Raises:
            ConnectionError: the server closed the connection.
            TimeoutError: it is silent.
        """
        start, start_own = time.perf_counter(), time.thread_time()
        self._socket.sendall(request)
        head, body = self._read()
        own, seconds = time.thread_time() - start_own, time.perf_counter() - start
        return Timed(seconds, own, int(head.split(b" ", 2)[1]), json.loads(body))

    def _read(self) -> tuple[bytes, bytes]:
        received = self._more()
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        received = self._socket.recv(CHUNK)
        if not received:
            message = "The server closed the connection."
            raise ConnectionError(message)
        return received
