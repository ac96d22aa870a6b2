"""Sockets and event streams as a client sees them: a server in a thread, on a schema of streams."""

from __future__ import annotations

import json
import time
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from socket import SO_RCVBUF, SOL_SOCKET, socket
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from credentials.secret import Secret
from server.connections import HttpConnection
from server.endpoint import Endpoint
from server.patience import KEEP_ALIVE_SECONDS, REQUEST_SECONDS
from server.room import Room, Shared
from server.security_headers import SecurityHeaders, security_headers
from server.serving import Server, configure, listen
from server.socket_connection import SocketConnection
from server.socket_messages import PROTOCOL
from server.socket_session import INIT_SECONDS
from server.sockets import Sockets
from server.streams import Streams
from store.opening import open_store
from tests.api import settings_for
from tests.stream_schema import stream_schema
from tests.world import open_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal
    from starlette.types import Receive, Scope, Send
    from websockets.http11 import Response
    from websockets.sync.client import ClientConnection

    from tests.world import World

#: Seconds. Several times what an answer takes on a busy machine.
PATIENCE = 20.0


@dataclass
class Client:
    """One socket."""

    connection: ClientConnection

    def send(self, kind: str, **members: Any) -> None:
        """Sends a message."""
        self.connection.send(json.dumps({"type": kind, **members}))

    def receive(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.connection.recv(PATIENCE))
        return message

    def open(self, token: Secret) -> Client:
        """Says who it is."""
        self.send("connection_init", payload={"authorization": f"Bearer {token.reveal()}"})
        assert self.receive() == {"type": "connection_ack"}
        return self

    def subscribe(self, document: str, name: str = "1", **payload: Any) -> None:
        """Begins a subscription."""
        self.send("subscribe", id=name, payload={"query": document, **payload})

    def codes(self, name: str = "1") -> list[str]:
        """The codes of the `error` that comes next, for this operation."""
        message = self.receive()
        assert (message["type"], message["id"]) == ("error", name), message
        return [error["extensions"]["code"] for error in message["payload"]]

    def close_code(self) -> int:
        """How the server closes it, after whatever it still says."""
        with pytest.raises(ConnectionClosed) as closed:
            deque((self.connection.recv(PATIENCE) for _ in iter(int, 1)), maxlen=0)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


@dataclass
class Served:
    """A server in a thread of its own."""

    url: str
    world: World
    streams: Streams
    server: Server
    portal: BlockingPortal
    tokens: dict[str, Secret] = field(default_factory=dict)

    def token(self, username: str = "mary") -> Secret:
        """A live access token of a user, who is made where there is none."""
        if username not in self.tokens:
            self.portal.call(self.world.user, username)
            self.tokens[username] = self.portal.call(self.world.signed_in, username).access_token
        return self.tokens[username]

    @contextmanager
    def connect(self, **how: Any) -> Iterator[Client]:
        """Opens a socket, as `open_socket` does."""
        with open_socket(self.url, **how) as client:
            yield client

    def refused(self, **how: Any) -> Response:
        """The answer to a handshake that is refused."""
        with pytest.raises(InvalidStatus) as refused:
            self.connect(**how).__enter__()
        return refused.value.response

    def unsent(self) -> int:
        """Bytes that wait in this process for their peers to read."""
        connections = list(self.server.server_state.connections)
        return sum(each.transport.get_write_buffer_size() for each in connections)

    @contextmanager
    def open(self) -> Iterator[Client]:
        """Opens a socket of Mary's."""
        with self.connect() as client:
            yield client.open(self.token())


@contextmanager
def open_socket(
    url: str, *, protocols: list[str] | None = None, raw: socket | None = None, **headers: str
) -> Iterator[Client]:
    """Opens a socket; a header's name is written with `_` for `-`.

    Args:
        url: of the server.
        protocols: offered; by default the one that there is.
        raw: a connection to the server, for a client that reads ahead as little as it can.
        headers: more of them.
    """
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    spoken: Any = [PROTOCOL] if protocols is None else protocols or None
    with connect(
        url.replace("http", "ws", 1) + "/graphql",
        subprotocols=spoken,
        additional_headers=sent,
        proxy=None,
        compression=None,
        sock=raw,
        max_queue=16 if raw is None else 1,
        close_timeout=PATIENCE if raw is None else 0,
    ) as connection:
        yield Client(connection)


@contextmanager
def narrow(url: str) -> Iterator[socket]:
    """A connection to a server whose near end takes little before it is read."""
    host, port = url.removeprefix("http://").split(":")
    with socket() as connection:
        connection.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        connection.connect((host, int(port)))
        yield connection


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds that the server does by itself."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.01)


class Silent:
    """Opens no socket, until its peer has gone."""

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        """Waits."""
        while (await receive())["type"] != "websocket.disconnect":
            pass


def place(folder: Path, migrated: bytes) -> Path:
    """An empty, migrated database in a folder."""
    path = folder / "rekey.db"
    path.write_bytes(migrated)
    return path


@contextmanager
def serve_schema(
    database: Path,
    *,
    init_seconds: float = INIT_SECONDS,
    stall_seconds: float = 10.0,
    request_seconds: float = REQUEST_SECONDS,
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    most: int = 100,
    most_connections: int = 1000,
    **environment: str,
) -> Iterator[Served]:
    """Serves the tests' schema on an empty database as `rekey serve` would, on uvloop."""

    class Http(HttpConnection):
        pass

    class Socket(SocketConnection):
        pass

    Http.stall_seconds = Socket.stall_seconds = stall_seconds
    Http.request_seconds = Socket.request_seconds = request_seconds
    Http.keep_alive_seconds = keep_alive_seconds

    @asynccontextmanager
    async def served(portal: BlockingPortal) -> AsyncIterator[Served]:
        store = open_store(Secret(f"sqlite:///{database}"))
        streams, schema = Streams(most), stream_schema()
        async with open_world(store) as world:
            settings = settings_for(**environment)
            given = (schema, world.services, settings, streams)
            routes = [
                Route("/graphql", Endpoint(*given)),
                WebSocketRoute("/graphql", Sockets(*given, init_seconds=init_seconds)),
                WebSocketRoute("/silent", Silent()),
            ]
            shared = Shared(Room(most_connections), security_headers(settings))
            config = configure(SecurityHeaders(Starlette(routes=routes), shared.headers))
            config.http, config.ws = Http, Socket
            config.load()
            server = Server(config, shared, lambda: None, streams.stopping.set)
            server.lifespan = config.lifespan_class(config)
            with listen("127.0.0.1", 0) as listening:
                await server.startup([listening])
                url = f"http://127.0.0.1:{listening.getsockname()[1]}"
                try:
                    yield Served(url, world, streams, server, portal)
                finally:  # a test that fails must not leave what waits for ever
                    await server.shutdown([listening])
                    await store.close()

    with (
        start_blocking_portal("asyncio", {"use_uvloop": True}) as portal,
        portal.wrap_async_context_manager(served(portal)) as ready,
    ):
        yield ready
