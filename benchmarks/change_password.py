"""What a change of password and a cheap read cost besides the hash.

Compares, over HTTP on loopback, one client, one request at a time, on the embedded database with the relay
delivering to a mailbox:

- `changePassword`, Argon2 at the cheapest parameters that it takes; between two of them the client signs in,
  which is not timed;
- `{ me { id } }` with a live access token;

with a bare Starlette route that answers JSON under the same uvicorn, and with one raw Argon2id hash by
argon2-cffi at Rekey's default parameters, which the other figures leave out.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from rich.console import Console

from benchmarks.client import Client, spell
from benchmarks.common import ROUNDS, Measure, Took, alternate, table
from benchmarks.servers import PASSWORD, USERNAME, serving
from credentials.hash_parameters import HashParameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

#: Calls of each kind in a round. The medians of so many differ from round to round by a tenth.
CALLS = 100
#: Raw hashes in a round: each takes as long as many requests.
HASHES = 5
#: Seconds in which the relay delivers what the changes before left behind.
QUIET_SECONDS = 0.5
OTHER_PASSWORD = "amber turbine 19 window orchard"  # noqa: S105  of a database that lives as long as this

SIGN_IN = (
    "mutation ($input: SignInInput!)"
    " { signIn(input: $input) { __typename ... on SignInSuccess { accessToken } } }"
)
CHANGE = (
    "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename "
    "... on ChangePasswordSuccess { revokedSessions deliveries { id } } } }"
)
ME = "{ me { id } }"


class Unexpected(Exception):  # noqa: N818  it says what the answer was
    """An answer was not the one that is measured."""


class User:
    """The one client: a user who signs in, changes the password and reads.

    Args:
        client: connected to Rekey.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._passwords = itertools.pairwise(itertools.cycle((PASSWORD, OTHER_PASSWORD)))
        self._old, self._new = next(self._passwords)
        self._me = b""

    def change(self) -> Took:
        """Signs in and changes the password to the other one; the change alone is timed."""
        token = self._sign_in()
        variables = {"input": {"oldPassword": self._old, "newPassword": self._new}}
        answer = self._client.send(spell("/graphql", {"query": CHANGE, "variables": variables}, bearer=token))
        _expect(answer.body, "changePassword", "__typename", "ChangePasswordSuccess")
        self._old, self._new = next(self._passwords)
        return Took(answer.seconds, answer.client_seconds)

    def settle(self) -> None:
        """Signs in for `read`, and waits for the relay."""
        self._me = spell("/graphql", {"query": ME}, bearer=self._sign_in())
        time.sleep(QUIET_SECONDS)

    def read(self) -> Took:
        """Asks for one's own id."""
        answer = self._client.send(self._me)
        _expect(answer.body, "me", "id")
        return Took(answer.seconds, answer.client_seconds)

    def _sign_in(self) -> str:
        variables = {"input": {"login": USERNAME, "password": self._old}}
        answer = self._client.send(spell("/graphql", {"query": SIGN_IN, "variables": variables}))
        token: str = _expect(answer.body, "signIn", "accessToken")
        return token


def _expect(body: dict[str, Any], field: str, name: str, value: object = None) -> Any:  # noqa: ANN401  JSON
    found = ((body.get("data") or {}).get(field) or {}).get(name)
    if found is None or (value is not None and found != value):
        raise Unexpected(body)
    return found


def _bare(client: Client) -> Iterator[Took]:
    request = spell("/graphql", {"query": ME})
    while True:
        answer = client.send(request)
        yield Took(answer.seconds, answer.client_seconds)


def _raw_hashes() -> Iterator[Took]:
    default = HashParameters()
    hasher = PasswordHasher(default.time_cost, default.memory_kib, default.parallelism)
    while True:
        start = time.perf_counter()
        hasher.hash(PASSWORD)
        yield Took(time.perf_counter() - start)


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        serving("rekey", Path(name)) as rekey,
        serving("bare", Path(name)) as bare,
        Client(rekey) as client,
        Client(bare) as bare_client,
    ):
        user = User(client)
        route = Measure("bare route", _bare(bare_client).__next__, calls, before=bare_client.reconnect)
        raw = Measure("raw hash", _raw_hashes().__next__, min(calls, HASHES))
        measures = [
            Measure("changePassword", user.change, calls, before=client.reconnect),
            Measure("{ me { id } }", user.read, calls, before=user.settle),
            route,
            raw,
        ]
        alternate(measures, rounds)
    return table("A change of password, hash cost aside, and a read; one client", measures, [route, raw])


if __name__ == "__main__":
    Console().print(run())
