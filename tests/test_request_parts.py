"""Heads that the parser lets through, and what stands behind them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from server.negotiation import EVENT_STREAM, JSON
from server.request_parts import MOST_OVERHEAD
from tests.raw_http import head, is_refused, raw_connection, read_answer, request, rest, upgrade
from tests.stream_schema import SEEN
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = request("{ version }")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server as it is run."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    """What runs is counted anew."""
    SEEN.clear()


CHUNKED = "Transfer-Encoding: chunked"
WITH_BODY = [
    *(head(len(ASK), "Connection: upgrade", f"Upgrade: {name}") for name in ("foo", "h2c", "websocket")),
    head(0, "Connection: upgrade", "Upgrade: foo").replace(b"Content-Length: 0", CHUNKED.encode()),
    head(0, "Connection: upgrade", "Upgrade: websocket"),
    upgrade(f"Content-Length: {len(ASK)}"),
    upgrade(CHUNKED),
    upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"),
]


def _status_of_the_only_answer(served: Served, begun: bytes) -> int:
    """Sends a head, and a request in a segment of its own behind it, which nobody answers."""
    with raw_connection(served.url) as raw:
        raw.sendall(begun)
        status, _ = read_answer(raw)
        with suppress(ConnectionError):
            raw.sendall(ASK)
        assert (rest(raw), SEEN["ran"]) == (b"", 0)
    return status


@pytest.mark.parametrize("begun", WITH_BODY)
def test_no_body_behind_an_upgrade_is_a_request(served: Served, begun: bytes) -> None:
    """400: the parser takes what comes behind such a head for the next request, with headers of its own.

    Planted: the head let through; seen to fail.
    """
    assert _status_of_the_only_answer(served, begun) == 400
    with raw_connection(served.url) as raw:
        raw.sendall(begun + ASK)
        is_refused(rest(raw), 400)
    assert not SEEN["ran"]


@pytest.mark.parametrize("begun", [upgrade(protocol="h2c"), upgrade("Content-Length: 0", protocol="foo")])
def test_an_unknown_upgrade_is_ignored_and_nothing_is_read_behind_it(served: Served, begun: bytes) -> None:
    """Clients that offer HTTP/2 with each request are answered by HTTP/1.1 (RFC 9110, 7.8), and closed.

    Planted: the connection kept; seen to fail.
    """
    assert _status_of_the_only_answer(served, begun) == 405
    with raw_connection(served.url) as raw:
        raw.sendall(begun + ASK)
        said = rest(raw)
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in said
    assert not SEEN["ran"]


def test_no_socket_opens_behind_an_unfinished_answer(served: Served) -> None:
    """The answer would come as a message of the socket: its connection ends. One behind a whole answer opens.

    Planted: handed over at once; seen to fail.
    """
    bearer = f"Authorization: Bearer {served.token().reveal()}"
    stream = request("subscription { own }", f"Accept: {EVENT_STREAM}", bearer)
    with raw_connection(served.url) as raw:
        raw.sendall(stream)
        until(lambda: SEEN["began"] == 1)
        raw.sendall(upgrade())
        assert b"HTTP/1.1 101" not in rest(raw)
    until(lambda: SEEN["closed"] == 1)
    for before in (ASK, ASK + ASK):
        with raw_connection(served.url) as raw:
            raw.sendall(before + upgrade())
            assert b"HTTP/1.1 101" not in rest(raw)
    with raw_connection(served.url) as raw:
        raw.sendall(ASK)
        assert read_answer(raw)[0] == 200
        raw.sendall(upgrade())
        assert raw.recv(12) == b"HTTP/1.1 101"


ONE, TWO, OTHER = "Host: x\r\n", "Host: x\r\nHost: x\r\n", "Host: x\r\nHOST: y\r\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ASK.replace(ONE.encode(), b""),
        ASK.replace(ONE.encode(), TWO.encode()),
        ASK.replace(ONE.encode(), OTHER.encode()),
        ASK.replace(b"HTTP/1.1", b"HTTP/1.0").replace(ONE.encode(), TWO.encode()),
        upgrade().replace(ONE.encode(), b""),
        upgrade().replace(ONE.encode(), TWO.encode()),
    ],
)
def test_a_request_has_one_host(served: Served, wrong: bytes) -> None:
    """400, or a proxy and this server may each mean another one (RFC 9112, 3.2); HTTP/1.0 has none or one.

    Planted: no look at it; seen to fail.
    """
    with raw_connection(served.url) as raw:
        raw.sendall(wrong)
        is_refused(rest(raw), 400)
    assert not SEEN["ran"]
    for host in (ONE, ""):
        with raw_connection(served.url) as raw:
            raw.sendall(ASK.replace(b"HTTP/1.1", b"HTTP/1.0").replace(ONE.encode(), host.encode()))
            assert read_answer(raw)[0] == 200


@pytest.mark.parametrize("field", ["Accept: image/png", f"Content-Type: {JSON}"])
def test_trailers_are_no_part_of_the_head(served: Served, field: str) -> None:
    """A proxy that is trusted with one field of the head may pass trailers on (RFC 9110, 6.5.1).

    Planted: both in one list, as the parser gives them; seen to fail.
    """
    body = b'{"query":"{ version }"}'
    begun = ASK.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    begun = begun.replace(f"Content-Type: {JSON}\r\n".encode(), b"") if "Type" in field else begun
    chunks = b"%x\r\n%s\r\n0\r\n" % (len(body), body)
    answers = []
    for trailer in (b"", field.encode() + b"\r\n"):
        with raw_connection(served.url) as raw:
            raw.sendall(begun + chunks + trailer + b"\r\n")
            answers.append(read_answer(raw)[0])
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "whole",
    [
        ASK.replace(b"Host: x", b"Host: x\r\nAccept: " + b"," * MOST_OVERHEAD),
        ASK.replace(b"Host: x", b"Host: x" + b"\r\nA: xxxxxxxx" * 2_000),
        ASK.replace(b"/graphql", b"/graphql?" + b"x" * MOST_OVERHEAD),
    ],
)
def test_a_head_that_comes_at_once_is_bounded_too(served: Served, whole: bytes) -> None:
    """431 whatever the pieces it comes in: 60,000 commas of an Accept took a tenth of a second to read.

    Planted: what is read at once not counted; seen to fail.
    """
    with raw_connection(served.url) as raw:
        raw.sendall(whole)
        is_refused(rest(raw), 431)
    assert not SEEN["ran"]
