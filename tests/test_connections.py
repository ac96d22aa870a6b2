"""Peers that send too slowly, too much, or nothing."""

from __future__ import annotations

from contextlib import suppress
from socket import IPPROTO_TCP, TCP_INFO
from struct import unpack_from
from typing import TYPE_CHECKING

import pytest

from server.connections import MOST_FIELDS, MOST_PIPELINED
from server.negotiation import EVENT_STREAM
from server.patience import KEEP_ALIVE_SECONDS, REQUEST_SECONDS
from server.serving import DRAIN_SECONDS
from tests.raw_http import dribble, head, is_refused, raw_connection, read_answer, request, rest
from tests.stream_schema import SEEN
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = request("{ version }")
#: What the event loop reads at once at most.
ONE_READ = 256 * 1024
#: Where Linux's `struct tcp_info` (linux/tcp.h) has `tcpi_data_segs_in`, in bytes.
DATA_SEGMENTS_IN = 152
ANSWERED = (200, b'{"data":{"version":1}}')
CHUNKED = head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server that waits for nobody."""
    folder = tmp_path_factory.mktemp("hasty")
    with serve_schema(
        place(folder, migrated_sqlite), request_seconds=0.4, keep_alive_seconds=0.4, stall_seconds=0.4
    ) as ready:
        yield ready


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server as it is run."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


def test_who_sends_nothing_is_cut(hasty: Served) -> None:
    """Without a word: nothing was asked, and what is said now could be taken for a later answer.

    Planted: no time for a new connection; seen to fail.
    """
    with raw_connection(hasty.url) as raw:
        assert rest(raw) == b""


def test_a_head_byte_by_byte_is_cut(hasty: Served) -> None:
    """408: bytes that come do not prolong the time.

    Planted: the time set anew with each byte; seen to fail.
    """
    with raw_connection(hasty.url) as raw:
        raw.sendall(b"POST /graphql HTTP/1.1\r\nHost: ")
        is_refused(dribble(raw, b"x"), 408)


def test_a_body_byte_by_byte_is_cut(hasty: Served) -> None:
    """408, whether its length is told or it comes in pieces.

    Planted: no time for bodies; seen to fail.
    """
    for begun, piece in ((head(60_000), b" "), (CHUNKED, b"1\r\n \r\n")):
        with raw_connection(hasty.url) as raw:
            raw.sendall(begun)
            is_refused(dribble(raw, piece), 408)


def test_a_body_that_nobody_reads_is_cut(hasty: Served) -> None:
    """Its answer was given before it was whole; the rest is read no longer than of another body."""
    with raw_connection(hasty.url) as raw:
        raw.sendall(head(60_000, path="/nothing"))
        assert read_answer(raw)[0] == 404
        assert dribble(raw, b" ") == b""


def test_who_asks_no_more_is_cut(hasty: Served) -> None:
    """Between two requests a connection waits for a while; blank lines are no request.

    Planted: no time of our own between requests; seen to fail.
    """
    with raw_connection(hasty.url) as raw:
        raw.sendall(ASK)
        assert read_answer(raw) == ANSWERED
        assert dribble(raw, b"\r\n") == b""


def test_a_refusal_that_is_not_read_is_given_up(hasty: Served) -> None:
    """Who takes neither the answers nor the refusal holds the connection no longer than others do."""
    SEEN.clear()
    with raw_connection(hasty.url) as raw:
        raw.sendall(ASK * 2 + b"POST /")
        until(lambda: SEEN["ran"] == 2)
        until(lambda: not hasty.server.server_state.connections)


def test_the_times_are_those_that_are_told() -> None:
    """A late request cannot hold the end of the process up; a proxy closes before this server does."""
    assert REQUEST_SECONDS < DRAIN_SECONDS
    assert KEEP_ALIVE_SECONDS > 60


def test_who_is_slow_but_honest_is_answered(served: Served) -> None:
    """A request in many pieces; and another one on the same connection."""
    with raw_connection(served.url) as raw:
        for _ in range(2):
            for at in range(0, len(ASK), 10):
                raw.sendall(ASK[at : at + 10])
            assert read_answer(raw) == ANSWERED


def test_requests_ahead_of_their_answers_are_answered_in_order(served: Served) -> None:
    """As many as are bounded, a half one behind them too."""
    with raw_connection(served.url) as raw:
        raw.sendall(ASK * MOST_PIPELINED + ASK[:40])
        for _ in range(MOST_PIPELINED):
            assert read_answer(raw) == ANSWERED
        raw.sendall(ASK[40:])
        assert read_answer(raw) == ANSWERED


def test_answers_come_in_the_order_in_which_they_were_asked_for(served: Served) -> None:
    """RFC 9112, 9.3.2. Planted: those that wait taken from the other end; seen to fail."""
    names = ("first", "second", "third", "fourth")
    with raw_connection(served.url) as raw:
        raw.sendall(b"".join(request(f"{{ {name}: version }}") for name in names))
        assert [read_answer(raw)[1] for _ in names] == [
            f'{{"data":{{"{name}":1}}}}'.encode() for name in names
        ]


def test_an_answer_comes_in_one_packet(served: Served) -> None:
    """Its head is not sent by itself. Planted: uvicorn's writes left as they are; seen to fail."""
    with raw_connection(served.url) as raw:
        for number in range(1, 4):
            raw.sendall(ASK)
            assert read_answer(raw) == ANSWERED
            (packets,) = unpack_from("I", raw.getsockopt(IPPROTO_TCP, TCP_INFO, 256), DATA_SEGMENTS_IN)
            assert packets == number


def test_what_lasts_long_here_is_not_cut(hasty: Served) -> None:
    """An event stream goes on, though half a request stands behind it; the time for that begins after it.

    Planted: the time of a head that begins during an answer; seen to fail.
    """
    SEEN.clear()
    bearer = f"Authorization: Bearer {hasty.token().reveal()}"
    with raw_connection(hasty.url) as raw, raw_connection(hasty.url) as other:
        raw.sendall(request("subscription { own }", f"Accept: {EVENT_STREAM}", bearer) + ASK[:40])
        until(lambda: SEEN["began"] == 1)
        for _ in range(2):  # twice the time that half a request has
            with raw_connection(hasty.url) as silent:
                assert rest(silent) == b""
        assert rest(other) == b""
        assert SEEN["closed"] == 0
    until(lambda: SEEN["closed"] == 1)


@pytest.mark.parametrize(
    ("begun", "piece", "status", "words"),
    [
        (b"GET / HTTP/1.1\r\nX: ", b"x" * 1000, 431, "16384 bytes"),
        (b"GET /", b"x" * 1000, 431, "16384 bytes"),
        (b"GET / HTTP/1.1\r\n", b"X: x\r\n" * (MOST_FIELDS // 4), 431, "100 header fields"),
        (CHUNKED + b"0\r\n", b"X: x\r\n" * (MOST_FIELDS // 4), 431, "100 header fields"),
        (CHUNKED + b"0\r\nX: ", b"x" * 1000, 431, "16384 bytes"),
        (CHUNKED, b"1;" + b"x" * 1000 + b"\r\n \r\n", 431, "16384 bytes"),
        (CHUNKED, b"hunter2\r\n", 400, "no HTTP request"),
        (b"", b"hunter2\r\n", 400, "no HTTP request"),
    ],
    ids=["value", "address", "fields", "trailers", "trailer", "extensions", "chunk", "garbage"],
)
def test_all_but_the_body_is_bounded(
    served: Served, begun: bytes, piece: bytes, status: int, words: str
) -> None:
    """431 before it is whole, since it is kept until it is: by its bytes, and by its fields. Garbage is 400.

    Planted: the bytes not counted; seen to fail.
    """
    with raw_connection(served.url) as raw:
        raw.sendall(begun)
        said = dribble(raw, piece)
    is_refused(said, status)
    assert words.encode() in said
    assert b"hunter2" not in said


def test_what_cannot_be_told_in_order_is_not_told(served: Served) -> None:
    """Behind a request that is not answered yet, garbage and one request too many end the connection.

    A refusal would be read as the answer to the request before.

    Planted: the refusal all the same; no bound of what is asked ahead; seen to fail.
    """
    bearer = f"Authorization: Bearer {served.token().reveal()}"
    stream = request("subscription { own }", f"Accept: {EVENT_STREAM}", bearer)
    for behind in (b"hunter2\r\n", ASK * (MOST_PIPELINED + 1), b"GET /" + b"x" * 3 * ONE_READ):
        SEEN.clear()
        with raw_connection(served.url) as raw:
            raw.sendall(stream)
            until(lambda: SEEN["began"] == 1)
            assert raw.recv(12) == b"HTTP/1.1 200"
            with suppress(ConnectionError):
                raw.sendall(behind)
            assert b"HTTP/1.1" not in rest(raw)
        until(lambda: SEEN["closed"] == 1)
