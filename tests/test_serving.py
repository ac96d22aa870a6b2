"""A server process, as far as `rekey serve` does not show it."""

from __future__ import annotations

import gc
import signal
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from server import serving
from server.room import Room, Shared
from server.serving import Server, listen
from server.settings import BadSettings, load
from tests.servers import PATIENCE, server_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    """After SIGTERM a request that has begun gets its answer, then the process ends with 0."""
    with server_process(tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        body = b'{"query": "{ __typename }"}'
        fields = ("POST /graphql HTTP/1.1", f"Host: {host}", "Content-Type: application/json")
        head = "\r\n".join((*fields, f"Content-Length: {len(body)}", "", ""))
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.3)  # until the server has read what there is
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)  # until it has seen the signal
            connection.sendall(body[5:])
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert server.process.wait(PATIENCE) == 0


def test_without_the_relay_mail_stays_in_the_outbox(tmp_path: Path) -> None:
    """REKEY_RELAY=false serves alike and delivers nothing."""
    wish = 'mutation { requestPasswordReset(input: {emailAddress: "admin@localhost"}) { __typename } }'
    with server_process(tmp_path, REKEY_RELAY="false") as server:
        httpx.post(f"{server.url}/graphql", json={"query": wish}, timeout=PATIENCE)
        time.sleep(1)  # two of the relay's looks
        assert not server.mailbox.exists()
    with server_process(tmp_path) as server:
        server.wait_for(lambda: any(server.mailbox.glob("*.eml")))


def nothing() -> None:
    """Is called when the server is ready, or drains: this one is never either."""


def test_a_second_ctrl_c_leaves_at_once() -> None:
    """The first signal drains; only a second SIGINT cuts what is under way short."""
    server = Server(uvicorn.Config("none"), Shared(Room(1), {}), nothing, nothing)
    server.handle_exit(signal.SIGINT, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    server.handle_exit(signal.SIGTERM, None)
    assert not server.force_exit
    server.handle_exit(signal.SIGINT, None)
    assert server.force_exit


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_is_taken_once(host: str) -> None:
    """Whoever comes second is told so in one line that names the address."""
    with listen(host, 0) as first, pytest.raises(BadSettings, match="cannot be listened on"):
        listen(host, first.getsockname()[1])


def test_what_the_start_made_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not again for each of a stranger's lists of lists, which held the event loop for a tenth of a second.

    Planted: nothing frozen; seen to fail.
    """
    frozen: list[int] = []

    async def serve(_settings: object, _sockets: object, ready: Callable[[], None]) -> None:
        ready()

    monkeypatch.setattr(serving, "serve", serve)
    with socket.socket() as listening:
        serving.run(load({}, None), listening, lambda: frozen.append(gc.get_freeze_count()))
    gc.unfreeze()
    assert frozen[0] > 10_000
