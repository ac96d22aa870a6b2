"""A server process under thousands of clients that ask for nothing, or never come to the end of it."""

from __future__ import annotations

import json
import resource
import select
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socket import create_connection
from typing import TYPE_CHECKING, Any

from server.patience import REQUEST_SECONDS
from server.room import most_connections
from tests.proofs.client import QUICK
from tests.proofs.test_sockets import socket_stream
from tests.raw_http import head, parse, read_answer, request, rest
from tests.requirements import require
from tests.servers import PATIENCE, server_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from tests.servers import RunningServer

#: File descriptors of the server, and the clients that want one each; they come a burst at a time.
FEW = 256
CLIENTS = 2_000
BURST = 100
#: What a process may grow by between the first quarter of them and the last.
MOST_GROWTH = 16 * 1024**2
SLOW = b"POST /graphql HTTP/1.1\r\nHost: x\r\nX: "


@contextmanager
def descriptors(wanted: int) -> Iterator[None]:
    """How many files this process, and those that it starts meanwhile, may open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connect(server: RunningServer) -> socket:
    """A connection on which nothing was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    return create_connection((host, int(port)), PATIENCE)


def open_files(server: RunningServer) -> int:
    """How many files the server has open."""
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def memory(server: RunningServer) -> int:
    """Bytes of the server that lie in memory."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def one_byte_more(connections: list[socket]) -> None:
    """Goes on with every head or body, where it was not cut."""
    for each in connections:
        with suppress(ConnectionError):
            each.send(b" ")


def ask(server: RunningServer, document: str, *fields: str) -> dict[str, Any]:
    """The data of an answer to somebody new."""
    with connect(server) as connection:
        connection.sendall(request(document, *fields))
        status, body = read_answer(connection)
    assert status == 200
    data: dict[str, Any] = json.loads(body)["data"]
    return data


def is_served(server: RunningServer) -> str:
    """Somebody new signs in and reads: their access token."""
    given = f'{{login: "{server.admin_username}", password: "{server.admin_password}"}}'
    signed_in = ask(
        server, f"mutation {{ signIn(input: {given}) {{ ... on SignInSuccess {{ accessToken }} }} }}"
    )
    bearer: str = signed_in["signIn"]["accessToken"]
    assert ask(server, "{ me { username } }", f"Authorization: Bearer {bearer}") == {
        "me": {"username": server.admin_username}
    }
    return bearer


def test_two_thousand_slow_clients_keep_nobody_out(tmp_path: Path) -> None:
    """People sign in and read, a live stream tells of it, memory and open files stay as they are."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    require(None if allowed >= CLIENTS + FEW else "the system allows this process too few file descriptors")
    with ExitStack() as stack:
        with descriptors(FEW):
            server = stack.enter_context(server_process(tmp_path, **dict[str, Any](QUICK)))
        stack.enter_context(descriptors(CLIENTS + FEW))
        client = stack.enter_context(socket_stream(server, is_served(server)))
        slow: list[socket] = []
        sizes = []
        while len(slow) < CLIENTS:
            for _ in range(BURST):
                slow.append(stack.enter_context(connect(server)))
                slow[-1].sendall(SLOW)
            one_byte_more(slow)
            is_served(server)
            assert client.receive()["type"] == "next"
            assert open_files(server) < FEW
            sizes.append(memory(server))
        quarter = len(sizes) // 4
        assert max(sizes) - sizes[quarter] < MOST_GROWTH, sizes
        cut = select.poll()
        for each in slow:
            cut.register(each, select.POLLIN | select.POLLHUP)
        assert len(cut.poll(0)) >= CLIENTS - most_connections(FEW)


def test_a_byte_a_second_is_cut(tmp_path: Path) -> None:
    """A head and a body are told that they are late, a connection without a word is closed without one.

    Not before the time that is stated: whoever is only slow is heard.
    """
    with server_process(tmp_path, **dict[str, Any](QUICK)) as server, ExitStack() as stack:
        silent, late_head, late_body = (stack.enter_context(connect(server)) for _ in range(3))
        began = time.monotonic()
        late_head.sendall(SLOW)
        late_body.sendall(head(1000))
        said: dict[socket, bytes] = {}
        while len(said) < 3:
            assert time.monotonic() - began < REQUEST_SECONDS + PATIENCE
            one_byte_more(list({late_head, late_body} - said.keys()))
            waiting = [each for each in (silent, late_head, late_body) if each not in said]
            for each in select.select(waiting, [], [], 1)[0]:
                assert time.monotonic() - began > REQUEST_SECONDS - 1
                said[each] = rest(each)
        assert said[silent] == b""
        for late in (late_head, late_body):
            status, fields, body = parse(said[late])
            assert (status, fields["connection"]) == (408, "close")
            assert body["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
