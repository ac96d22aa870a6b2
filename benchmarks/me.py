"""How many cheap reads a second a service answers.

Compares, over HTTP on loopback, 32 clients on connections of their own, each service on SQLite and in one
process:

- Rekey's `{ me { id } }`: the token is checked, session and user are read in one statement;

with the same read of others, who they are being asked by the bearer of a live token:

- fastapi-users' `/users/me` with JWTs (the token is checked, the user is read) and with tokens in the
  database (token and user are read);
- django-allauth's session endpoint (session and user are read);
- Directus' `/users/me?fields=id` (a JWT is checked, rights and user are read);
- graphql-yoga's `{ me { id } }`, where nothing is checked and nothing read: the transport alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.change_password import Unexpected
from benchmarks.common import Measure, Took, alternate, rates
from benchmarks.load import drive
from benchmarks.peer import open_peers
from benchmarks.peer_services import ALLAUTH, DIRECTUS, FASTAPI_USERS_DATABASE, FASTAPI_USERS_JWT, YOGA
from benchmarks.services import is_me, rekey_service, settled
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.figures import Figures
    from benchmarks.peer import Peer
    from benchmarks.services import Service
    from benchmarks.visitors import Script

PEERS = (FASTAPI_USERS_JWT, FASTAPI_USERS_DATABASE, ALLAUTH, DIRECTUS, YOGA)
ROUNDS = 5
CLIENTS = 32
#: Reads in a round.
CALLS = 1000
#: Seconds for them: many times what the slowest needs.
LIMIT = 300


class Readers:
    """Many clients who read with one person's token.

    Args:
        service: that is asked.
        calls: reads of all together.
    """

    def __init__(self, service: Service, calls: int) -> None:
        self._service = service
        self._calls = calls
        self._token = ""

    def sign_in(self) -> None:
        """The token for the next round."""
        self._token = settled(self._service)

    def read(self) -> Took:
        """All read; what one read took, as many at once as there are clients."""
        times = iter(range(self._calls))
        visitors = [Visitor(self._service.port, self._reads(times)) for _ in range(CLIENTS)]
        drove = drive(visitors, limit=LIMIT)
        if drove.waiting:
            raise Unexpected(self._service.name, drove)
        return Took(drove.seconds / self._calls, drove.client_seconds / self._calls)

    def _reads(self, times: Iterator[int]) -> Script:
        request = self._service.me(self._token)
        for _ in times:
            answer = yield request
            if not is_me(answer):
                raise Unexpected(self._service.name, answer)


def run(rounds: int = ROUNDS, calls: int = CALLS, peers: Sequence[Peer] = ()) -> Figures:
    """Measures in rounds and gives the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="rekey-benchmark-")))
        ours = stack.enter_context(rekey_service(folder, 1))
        services, notes = open_peers(stack, peers, folder, alone=True)
        measures = []
        for service in (ours, *services):
            readers = Readers(service, calls)
            measures.append(Measure(service.name, readers.read, 1, before=readers.sign_in))
        alternate(measures, rounds)
    return rates(f"`me`, a cheap read; {CLIENTS} clients", measures, measures[1:] or measures, notes)


if __name__ == "__main__":
    Console().print(run(peers=PEERS))
