"""HTTP by hand: a client that sends what it likes, when it likes."""

from __future__ import annotations

import json
import select
import time
from contextlib import contextmanager, suppress
from socket import create_connection
from typing import TYPE_CHECKING, Any

from server.negotiation import JSON
from server.socket_messages import PROTOCOL
from tests.ws_client import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

#: Between two bytes of a client that is slow on purpose.
STEP = 0.05


@contextmanager
def raw_connection(url: str) -> Iterator[socket]:
    """A connection to a server, on which nothing was sent."""
    host, port = url.removeprefix("http://").split(":")
    with create_connection((host, int(port)), PATIENCE) as connection:
        yield connection


def head(length: int, *fields: str, path: str = "/graphql") -> bytes:
    """The head of a POST whose body has this length."""
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {JSON}", f"Content-Length: {length}")
    return "\r\n".join((*lines, *fields, "", "")).encode()


def request(document: str, *fields: str) -> bytes:
    """A whole request."""
    body = json.dumps({"query": document}).encode()
    return head(len(body), *fields) + body


def upgrade(*fields: str, path: str = "/graphql", protocol: str = "websocket") -> bytes:
    """The head of a GET that asks for another protocol, as a WebSocket's handshake does."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: x",
        "Connection: Upgrade",
        f"Upgrade: {protocol}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Protocol: {PROTOCOL}",
    )
    return "\r\n".join((*lines, *fields, "", "")).encode()


def dribble(connection: socket, piece: bytes) -> bytes:
    """Sends this piece again and again until the server says or ends something; gives what it said."""
    end = time.monotonic() + PATIENCE
    while not select.select([connection], [], [], STEP)[0]:
        assert time.monotonic() < end, "it was never cut"
        with suppress(ConnectionError):  # closed just now; what was said before can be read
            connection.sendall(piece)
    return rest(connection)


def rest(connection: socket) -> bytes:
    """All that the server still says, until it closes the connection."""
    said = bytearray()
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            said += piece
    return bytes(said)


def read_answer(connection: socket) -> tuple[int, bytes]:
    """The status and the body of one answer that has a length."""
    said = bytearray()
    while b"\r\n\r\n" not in said:
        said += connection.recv(1) or b"\r\n\r\n"
    start, _, _ = bytes(said).partition(b"\r\n\r\n")
    fields = parse(start)[1]
    body = bytearray()
    while len(body) < int(fields["content-length"]):
        body += connection.recv(int(fields["content-length"]) - len(body))
    return int(start.split()[1]), bytes(body)


def parse(said: bytes) -> tuple[int, dict[str, str], Any]:
    """The status, the header fields by small names, and the JSON body of one answer."""
    start, _, body = said.partition(b"\r\n\r\n")
    status, *lines = start.decode().split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), fields, json.loads(body or b"null")


def is_refused(said: bytes, status: int) -> None:
    """One whole refusal in JSON, which ends its connection and may be neither kept nor shown."""
    found, fields, body = parse(said)
    assert found == status
    assert body["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert fields["connection"] == "close"
    assert fields["cache-control"] == "no-store"
    assert fields["x-content-type-options"] == "nosniff"
    assert fields["content-security-policy"].startswith("default-src 'none'")
