"""The servers that are measured, each a process of its own: Rekey as it is served, and a bare route.

Run as `python -m benchmarks.servers {rekey|prepared|bare} {descriptor} {folder} {mail}`; the descriptor is of
a socket that listens.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from credentials.secret import Secret
from resolvers.create_user import UserCreated, create_user
from resolvers.services import OperatorCaller, Origin
from resolvers.user_input import NewUser
from server.composition import open_services
from server.installation import prepare
from server.serving import listen, run
from server.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
#: The cheapest parameters that Argon2 takes (RFC 9106 3.1: 8 KiB a lane): its cost is no part of the figures.
CHEAPEST = HashParameters(memory_kib=8, time_cost=1, parallelism=1)
#: Of a `prepared` server: a hash takes about a millisecond, so that thousands of tries take two minutes.
QUICK = HashParameters(memory_kib=1024, time_cost=1, parallelism=1)
USERNAME = "mary"
PASSWORD = "violet anvil harvest 74 moon"  # noqa: S105  of a database that lives as long as the benchmark
#: Seconds for a server to drain; there is one client, and it has gone.
DRAIN_SECONDS = 30


@contextmanager
def serving(kind: str, folder: Path, mail: str = "") -> Iterator[int]:
    """Starts a server and gives its port; at the end of the block it is drained.

    Args:
        kind: `rekey`, with one user and the relay; `prepared`, Rekey on what lies in the folder; or `bare`,
            one Starlette route that answers JSON.
        folder: an empty one for the database and the mailbox, or one that was prepared.
        mail: REKEY_MAIL_URL of `prepared`; a mailbox in the folder where it is empty.
    """
    with listen("127.0.0.1", 0) as listening:
        port: int = listening.getsockname()[1]
        descriptor = listening.fileno()
        command = [sys.executable, "-m", "benchmarks.servers", kind, str(descriptor), str(folder), mail]
        log = (folder / f"{kind}.log").open("wb")
        with log:
            process = subprocess.Popen(command, cwd=ROOT, pass_fds=[descriptor], stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(DRAIN_SECONDS)


def serve_rekey(listening: socket, folder: Path) -> None:
    """Serves a new installation until SIGTERM, everything at its default but the cost of a hash."""
    settings = replace(load({"REKEY_DATA_DIR": str(folder / "data")}, None), hashing=CHEAPEST)
    prepare(settings, may_found=True)
    asyncio.run(_found(settings))
    run(settings, listening, lambda: None)


def prepared(folder: Path, mail: str = "") -> Settings:
    """The settings of a `prepared` server: everything at its default but the cost of a hash, and the mail."""
    given = {"REKEY_DATA_DIR": str(folder / "data"), **({"REKEY_MAIL_URL": mail} if mail else {})}
    return replace(load(given, None), hashing=QUICK)


async def _found(settings: Settings) -> None:
    async with open_services(settings, Chance(), may_found=True) as services:
        new = NewUser(USERNAME, f"{USERNAME}@example.org", password=Secret(PASSWORD))
        made = await create_user(services, Origin("benchmark"), OperatorCaller(0), new)
    if not isinstance(made, UserCreated):
        message = f"The benchmark's user was not made: {made}"
        raise TypeError(message)


def serve_bare(listening: socket) -> None:
    """Serves one Starlette route until SIGTERM, in the same set-up of uvicorn; it reads and writes JSON."""

    async def answer(request: Request) -> JSONResponse:
        await request.json()
        return JSONResponse({"data": {"me": {"id": "00000000-0000-0000-0000-000000000000"}}})

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, proxy_headers=False, server_header=False
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve([listening]))


def main(kind: str, descriptor: str, folder: str, mail: str) -> None:
    """Serves on a socket that was inherited."""
    with socket(fileno=int(descriptor)) as listening:
        if kind == "rekey":
            serve_rekey(listening, Path(folder))
        elif kind == "prepared":
            run(prepared(Path(folder), mail), listening, lambda: None)
        else:
            serve_bare(listening)


if __name__ == "__main__":
    main(*sys.argv[1:])
