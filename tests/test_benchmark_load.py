"""The benchmarks' many clients: what they send, what they measure, and where they stop."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from benchmarks.client import spell, spell_any
from benchmarks.load import drive
from benchmarks.visitors import Answer, Visitor
from server.serving import listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.visitors import Script

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
REQUEST = spell("/", {})


class Seen:
    """A server that answers everything, each answer in two pieces; what it saw.

    Attributes:
        port: where it listens.
        addresses: of each connection, in order.
        requests: in order.
    """

    def __init__(self, answer: bytes) -> None:
        self.port = 0
        self.answer = answer
        self.addresses: list[str] = []
        self.requests: list[bytes] = []


@contextmanager
def serving(answer: bytes = OK) -> Iterator[Seen]:
    """Starts such a server on loopback; one that has no answer stays silent."""
    seen = Seen(answer)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            seen.addresses.append(self.client_address[0])
            with suppress(ConnectionError):  # who was cut off needs no answer
                while request := self.request.recv(65536):
                    seen.requests.append(request)
                    self.request.sendall(seen.answer[:10])
                    self.request.sendall(seen.answer[10:])

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        seen.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield seen
        server.shutdown()
        thread.join()


def asking(answers: list[Answer], times: int = 3) -> Script:
    """Asks so often, and keeps the answers."""
    for _ in range(times):
        answer = yield REQUEST
        answers.append(answer)


def endless() -> Script:
    """Asks for ever."""
    while True:
        yield REQUEST


def test_every_visitor_gets_its_answers_on_one_connection() -> None:
    """Answers that come in pieces are whole, each is timed, and a connection is kept."""
    first, second = list[Answer](), list[Answer]()
    with serving() as seen:
        visitors = [Visitor(seen.port, asking(answers)) for answers in (first, second)]
        drove = drive(visitors, limit=60)
    assert [(each.status, each.body) for each in first + second] == [(200, b"{}")] * 6
    assert all(0 < each.seconds <= drove.seconds for each in first + second)
    assert len(seen.addresses) == 2
    assert seen.requests == [REQUEST] * 6
    assert not drove.waiting


def test_a_visitor_has_an_address_and_connections_of_its_own() -> None:
    """It asks from `source`; with `is_new` each request takes a connection.

    Planted: the visitor does not hang up after an answer; seen to fail.
    """
    with serving() as seen:
        drive([Visitor(seen.port, asking([]), "127.1.2.3", is_new=True)], limit=60)
    assert seen.addresses == ["127.1.2.3"] * 3


def test_a_visitor_pauses_before_each_request() -> None:
    """Three requests with a pause each take three pauses, and no answer's time holds one."""
    answers = list[Answer]()
    with serving() as seen:
        drove = drive([Visitor(seen.port, asking(answers), pause=0.05)], limit=60)
    assert drove.seconds >= 0.15
    assert len(answers) == 3


def test_those_beside_begin_first_and_are_cut_off() -> None:
    """Who goes on for ever begins before the others, and ends with them."""
    answers = list[Answer]()
    with serving() as seen:
        others = Visitor(seen.port, endless(), "127.0.0.2")
        drive([Visitor(seen.port, asking(answers, 1), "127.0.0.3")], [others], limit=60, lead=0.05)
    assert seen.addresses == ["127.0.0.2", "127.0.0.3"]
    assert len(answers) == 1
    assert others.connection is None


def test_who_gets_no_answer_in_time_is_told() -> None:
    """At the end of the limit the visitor that waits is named, with how long it waited.

    Planted: nothing is said of those that wait; seen to fail.
    """
    with serving(b"") as seen:
        silent = Visitor(seen.port, endless())
        drove = drive([silent], limit=0.05)
    assert list(drove.waiting) == [silent]
    assert 0 < drove.waiting[silent] <= drove.seconds


def test_an_answer_of_unknown_length_is_no_figure() -> None:
    """An answer that does not say how long it is ends the benchmark."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(chunked) as seen, pytest.raises(ConnectionError, match="how long"):
        drive([Visitor(seen.port, endless())], limit=60)


def test_a_server_that_is_not_there_is_no_figure() -> None:
    """A refused connection ends the benchmark."""
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionError, match="refused"):
        drive([Visitor(port, endless())], limit=60)


def test_a_server_that_hangs_up_is_no_figure() -> None:
    """A connection that closes without an answer ends the benchmark."""
    listening = listen("127.0.0.1", 0)

    def hang_up() -> None:
        with listening, listening.accept()[0] as accepted:
            accepted.recv(1)

    port = listening.getsockname()[1]
    hanging_up = threading.Thread(target=hang_up)
    hanging_up.start()
    with pytest.raises(ConnectionError):
        drive([Visitor(port, endless())], limit=60)
    hanging_up.join()


def test_any_request_can_be_spelt() -> None:
    """A request without a body says that it has none."""
    spelt = spell_any("GET", "/me", {"X-Token": "t"})
    assert spelt == b"GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Token: t\r\nContent-Length: 0\r\n\r\n"
