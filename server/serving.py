"""A server process: everything is opened, then the socket is served until a signal."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from credentials.chance import Chance
from server.app import create_app
from server.background import background
from server.channels import make_sealer, open_relay
from server.composition import open_services
from server.connections import HttpConnection
from server.logs import configure_logs
from server.operation import MAX_BODY
from server.patience import KEEP_ALIVE_SECONDS
from server.room import Room, Shared, most_connections
from server.security_headers import security_headers
from server.settings_parsing import BadSettings
from server.socket_connection import SocketConnection
from server.streams import Streams, most_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from starlette.types import ASGIApp

    from server.background import Worker
    from server.settings import Settings

#: Seconds for requests under way to end after SIGTERM; the longest is a hash behind a full queue.
DRAIN_SECONDS = 20
#: Connections that wait to be accepted: a burst of sign-ins, not more than the system's usual limit.
BACKLOG = 2048
#: Seconds between pings on a socket, and until one that is not answered closes it: half of the minute after
#: which common reverse proxies cut what is silent.
PING_SECONDS = 20.0


class Server(uvicorn.Server):
    """A server that says when it is ready, and when it drains.

    Args:
        config: how it serves.
        shared: what its connections have in common.
        ready: called once requests are answered.
        drains: called when it has stopped listening for new ones.
    """

    def __init__(
        self, config: uvicorn.Config, shared: Shared, ready: Callable[[], None], drains: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.server_state = shared
        self._ready = ready
        self._drains = drains

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Drains at the first signal, leaves at once at a second Ctrl-C.

        Uvicorn's own keeps the signal and raises it again in the end, so that the process would die of what
        it was asked for instead of ending with status 0.
        """
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Starts to listen."""
        await super().startup(None if sockets is None else list(sockets))
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drains: sockets are closed with 1012 (come again), event streams end, answers go out."""
        self._drains()
        await super().shutdown(sockets)


def configure(app: ASGIApp) -> uvicorn.Config:
    """How an application is served.

    A WebSocket's message is bound as a body is. Messages are not compressed: they are short, and each socket
    would hold a window of its own.
    """
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=MAX_BODY,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


async def serve(settings: Settings, sockets: Sequence[socket.socket], ready: Callable[[], None]) -> None:
    """Serves on these sockets until SIGTERM or SIGINT, then drains.

    `ready` is called once requests are answered.
    """
    configure_logs(settings)
    chance = Chance()
    async with open_services(settings, chance) as services, AsyncExitStack() as stack:
        workers: list[Worker] = [services.feed, make_sealer(settings, services)]
        if settings.relay:
            workers.append(await stack.enter_async_context(open_relay(settings, services)))
        streams = Streams(most_streams())
        shared = Shared(Room(most_connections()), security_headers(settings))
        config = configure(create_app(settings, services, streams))
        async with background(services, *workers):
            await Server(config, shared, ready, streams.stopping.set).serve(list(sockets))


def listen(host: str, port: int) -> socket.socket:
    """Opens the socket: who connects from now on is answered once the server is ready.

    Raises:
        BadSettings: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"{host}:{port} cannot be listened on: {error.strerror}."
        raise BadSettings(msg) from error


def run(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serves in this process, on uvloop's event loop."""

    def settled() -> None:
        # What the start made stays. Looked through for garbage it held the event loop for 0.1 s each time.
        gc.collect()
        gc.freeze()
        ready()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, [listening], settled))
