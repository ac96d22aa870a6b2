"""Peers of a socket that send without end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from server.socket_connection import MOST_PIECES
from tests.raw_http import is_refused, raw_connection, rest, upgrade
from tests.stream_schema import SEEN
from tests.ws_client import PATIENCE, Served, narrow, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLOOD = "subscription { flood }"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


def test_pieces_are_bounded_though_they_are_empty(served: Served) -> None:
    """A message comes in pieces, but not in thousands of nothing: 1009."""
    with served.open() as client:
        client.connection.send(['{"type": ', '"ping"', "}"])
        assert client.receive() == {"type": "pong"}
        client.connection.send([""] * MOST_PIECES)  # and a last one
        assert client.close_code() == 1009


def test_pings_of_a_peer_that_does_not_read_are_forgotten(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """Their answers would pile up without end; a peer that reads has them all.

    Planted: every ping answered; seen to fail.
    """
    SEEN.clear()
    with (
        serve_schema(place(tmp_path, migrated_sqlite)) as served,
        narrow(served.url) as raw,
        served.connect(raw=raw) as client,
    ):
        client.open(served.token())
        assert client.connection.ping().wait(PATIENCE)
        client.subscribe(FLOOD)
        until(lambda: served.unsent() > 0)
        before = served.unsent()
        for number in range(2000):
            client.connection.ping(f"{number:125}")
        client.send("complete", id="1")  # read behind the pings
        until(lambda: SEEN["closed"] == 1)
        assert served.unsent() <= before


@pytest.mark.parametrize("field", ["X: " + "x" * 9000, "x" * 9000 + ": x"], ids=["value", "name"])
def test_a_handshake_that_cannot_be_read_is_refused(served: Served, field: str) -> None:
    """400: the head was let through, but the library that opens sockets takes no line of more than 8 KiB.

    Planted: no look at what it made of the head; seen to fail.
    """
    with raw_connection(served.url) as raw:
        raw.sendall(upgrade(field))
        is_refused(rest(raw), 400)


def test_a_socket_that_is_not_opened_in_time_is_cut(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """Whatever keeps it; an open one is under no such time.

    Planted: no time for handshakes, and the time not ended; seen to fail.
    """
    with (
        serve_schema(place(tmp_path, migrated_sqlite), request_seconds=0.4) as served,
        served.connect() as client,
        raw_connection(served.url) as raw,
    ):
        raw.sendall(upgrade(path="/silent"))
        assert rest(raw) == b""
        client.send("ping")
        assert client.receive() == {"type": "pong"}


def frame(opcode: int, data: bytes) -> bytes:
    """A whole message of a client, masked with nothing."""
    return bytes([0x80 | opcode, 0xFF]) + len(data).to_bytes(8) + bytes(4) + data


PING, INIT = b'{"type": "ping"}', b'{"type": "connection_init"}'


def complaints(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What an operator would be woken by."""
    return [each for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.parametrize("first", [PING, INIT, b"{}", PING * 2], ids=["ping", "init", "bad", "worse"])
@pytest.mark.parametrize(
    ("second", "code"),
    [(frame(1, b"\xff"), 1007), (frame(1, b" " * 70_000), 1009), (frame(5, b""), 1002)],
    ids=["text", "size", "opcode"],
)
def test_who_breaks_the_protocol_leaves_no_trace(
    served: Served, first: bytes, second: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The close says why; what came before it may go without its answer.

    Planted: an answer behind the close taken for a defect; seen to fail.
    """
    with capture_logs() as logged, raw_connection(served.url) as raw:
        raw.sendall(upgrade())
        assert raw.recv(12) == b"HTTP/1.1 101"
        raw.sendall(frame(1, first) + second)
        assert code.to_bytes(2) in rest(raw)
        until(lambda: not served.server.server_state.tasks)
    assert (logged, complaints(caplog)) == ([], [])


def test_who_does_not_wait_for_the_answer_is_cut(
    tmp_path: Path, migrated_sqlite: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is read of a socket that is not open: its close could not be told.

    Planted: read all the same; seen to fail.
    """
    with serve_schema(place(tmp_path, migrated_sqlite)) as served, raw_connection(served.url) as raw:
        raw.sendall(upgrade(path="/silent"))
        until(lambda: bool(served.server.server_state.tasks))
        raw.sendall(frame(1, b"\xff"))
        assert rest(raw) == b""
        until(lambda: not served.server.server_state.tasks)
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    ("fields", "status"), [(["http://["], b"403"), (["http://x"], b"403"), (["http://x"] * 2, b"400")]
)
def test_a_refused_handshake_leaves_no_trace(
    served: Served, fields: list[str], status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no defect that the application opened no socket.

    Planted: uvicorn's complaint about it; seen to fail.
    """
    with raw_connection(served.url) as raw:
        raw.sendall(upgrade(*(f"Origin: {each}" for each in fields)))
        assert rest(raw).startswith(b"HTTP/1.1 " + status)
        until(lambda: not served.server.server_state.tasks)
    assert complaints(caplog) == []
