"""The process that `rekey serve` goes on as."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from resolvers.first_administrator import FirstAdministrator, make_first_administrator
from resolvers.outcomes import Overloaded
from server.channels import open_channels, open_endpoints
from server.cli.answering import Refused, answering
from server.cli.handing_over import begin
from server.cli.opening import database_faults, open_and_do
from server.cli.streams import say
from server.composition import refuse_what_is_not_there
from server.explorer import explorer_is_fetched
from server.logs import configure_logs
from server.serving import listen, run
from server.settings import check_listen, check_memory, load
from server.trusted_documents import open_trusted_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from socket import socket

    from server.cli.opening import Desk
    from server.settings import Settings


def serve(host: str, port: int, workers: int, as_json: bool) -> None:
    """Serves until SIGTERM or Ctrl-C, in so many processes."""
    with answering(as_json), database_faults():
        settings = load()
        configure_logs(settings)
        refuse_what_is_not_there(settings)
        open_trusted_documents(settings)  # refused here, in one line, and not in each process
        if settings.relay:
            open_channels(settings)
        else:
            open_endpoints(settings)  # the sealer tells them what happens, whoever delivers it
        check_listen(settings, host)
        check_memory(settings, processes=workers)
        with listen(host, port) as listening:
            # Whatever can go wrong goes wrong here, before the port is announced.
            found = _nobody if settings.production else first_administrator
            made = open_and_do(settings, found, may_found=not settings.production)
            values = {"url": _url(listening), **_shown(made)}
            if not as_json:
                _announce_administrator(made)
            _run(settings, workers, listening, partial(_announce, settings, values, as_json))


async def _nobody(_desk: Desk) -> None:
    """In production `rekey init` makes the first administrator, and nothing secret is printed here."""


async def first_administrator(desk: Desk) -> FirstAdministrator | None:
    """Makes the first administrator of a database that never had a user; None: there was one.

    Raises:
        Refused: the machine is too busy to hash a password.
    """
    made = await make_first_administrator(*desk)
    if isinstance(made, Overloaded):
        raise Refused.by(made)
    return made


def _shown(made: FirstAdministrator | None) -> dict[str, str]:
    return {} if made is None else {"username": made.user.username, "password": made.password.reveal()}


def _announce_administrator(made: FirstAdministrator | None) -> None:
    if made is not None:
        say("The first administrator was made. The password is shown this once:")
        for name, value in _shown(made).items():
            say(f"  {name}: {value}")


def _announce(settings: Settings, values: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        say(json.dumps(values))
    else:
        graphiql = not settings.production and explorer_is_fetched()
        for line in announcement(values["url"], graphiql=graphiql):
            say(line)


def announcement(url: str, *, graphiql: bool) -> list[str]:
    """The lines for people that say where it listens; GraphiQL's only where it is served."""
    lines = [f"Rekey on {url}"]
    return [f"GraphiQL: {url}/graphql", *lines] if graphiql else lines


def _run(settings: Settings, workers: int, listening: socket, ready: Callable[[], None]) -> None:
    if workers == 1:
        run(settings, listening, ready)
    else:
        from server.workers import Workers  # noqa: PLC0415  what starts processes is not for a single one

        Workers(workers, listening).run(ready)


def _url(listening: socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    begin(serve)
