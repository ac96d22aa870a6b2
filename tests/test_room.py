"""How many connections a process holds, and which one goes."""

from __future__ import annotations

import resource
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from server.negotiation import EVENT_STREAM
from server.room import MOST, most_connections
from server.streams import most_streams
from tests.raw_http import raw_connection, read_answer, request, rest, upgrade
from tests.stream_schema import SEEN
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socket import socket

ASK = request("{ version }")
ANSWERED = (200, b'{"data":{"version":1}}')
#: Connections of the servers here.
FEW = 4


@pytest.fixture
def served(tmp_path: Path, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server with little room."""
    SEEN.clear()
    with serve_schema(place(tmp_path, migrated_sqlite), most_connections=FEW) as ready:
        yield ready


def hold(stack: ExitStack, served: Served, sent: bytes = b"") -> socket:
    """A connection that stays open, after the server has read what was sent."""
    before = len(served.server.server_state.connections)
    raw = stack.enter_context(raw_connection(served.url))
    until(lambda: len(served.server.server_state.connections) == before + 1)
    raw.sendall(sent)
    return raw


def test_the_longest_idle_connection_makes_room(served: Served) -> None:
    """Whoever comes is served; who was answered lately stays, and half a request is idle, however it grows.

    Planted: the newest cut; seen to fail.
    """
    with ExitStack() as stack:
        slow, silent, kept, other = (hold(stack, served) for _ in range(FEW))
        slow.sendall(b"GET / HT")
        for one in (kept, other):
            one.sendall(ASK)
            assert read_answer(one) == ANSWERED
        slow.sendall(b"TP/1.1\r\n")
        for gone in (slow, silent):
            new = stack.enter_context(raw_connection(served.url))
            assert rest(gone) == b""
            new.sendall(ASK)
            assert read_answer(new) == ANSWERED
        for one in (kept, other):
            one.sendall(ASK)
            assert read_answer(one) == ANSWERED


def test_what_is_under_way_is_never_cut(served: Served) -> None:
    """Event streams and sockets stay; where all are busy, it is the new connection that goes.

    Planted: busy connections among the idle ones; seen to fail.
    """
    bearer = f"Authorization: Bearer {served.token().reveal()}"
    stream = request("subscription { own }", f"Accept: {EVENT_STREAM}", bearer)
    with ExitStack() as stack:
        streams = [hold(stack, served, stream) for _ in range(FEW - 1)]
        until(lambda: SEEN["began"] == FEW - 1)
        client = stack.enter_context(served.open())
        for _ in range(3):
            with raw_connection(served.url) as new:
                assert rest(new) == b""
        client.send("ping")
        assert client.receive() == {"type": "pong"}
        assert SEEN["closed"] == 0
        streams.pop().close()
        until(lambda: SEEN["closed"] == 1)
        new = stack.enter_context(raw_connection(served.url))
        new.sendall(ASK)
        assert read_answer(new) == ANSWERED


def test_a_socket_that_is_closed_is_idle(served: Served) -> None:
    """A peer that does not answer the close holds no place meanwhile."""
    nobody = b'{"type": "connection_init"}'
    frame = b"\x81" + bytes([0x80 | len(nobody)]) + bytes(4) + nobody
    with ExitStack() as stack:
        closed = hold(stack, served, upgrade())
        assert closed.recv(12) == b"HTTP/1.1 101"
        closed.sendall(frame)
        until(lambda: served.streams.taken == 0)
        others = [hold(stack, served) for _ in range(FEW - 1)]
        new = stack.enter_context(raw_connection(served.url))
        for each in (new, *others):
            each.sendall(ASK)
            assert read_answer(each) == ANSWERED
        assert b"Forbidden" in rest(closed)


def test_a_socket_that_is_not_open_is_idle(served: Served) -> None:
    """A handshake is cut where room is needed, as half a request is.

    Planted: busy from its head on; seen to fail.
    """
    with ExitStack() as stack:
        opening = [stack.enter_context(raw_connection(served.url)) for _ in range(FEW)]
        for raw in opening:
            raw.sendall(upgrade(path="/silent"))
        until(lambda: len(served.server.server_state.tasks) == FEW)
        new = stack.enter_context(raw_connection(served.url))
        new.sendall(ASK)
        assert read_answer(new) == ANSWERED
        assert rest(opening[0]) == b""


def test_file_descriptors_are_left_for_the_rest() -> None:
    """A quarter of what the system allows; of the others, a third is left by sockets and streams."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert most_connections() == 384
        assert most_streams() == 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert most_connections(resource.RLIM_INFINITY) == most_connections(10**6) == MOST
    assert most_streams(10**6) < MOST
