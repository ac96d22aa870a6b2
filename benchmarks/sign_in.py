"""How many people sign in a second, and how many change their password.

Compares, over HTTP on loopback, 32 clients at once, each with people, addresses and a connection of its own,
on a real `rekey serve` at its default settings on the embedded database, the relay delivering to a mailbox:

- `signIn`: one Argon2id hash, two transactions, a token;
- `changePassword` by those who just signed in: two hashes, two transactions, zxcvbn, the audit, a mail;

with argon2-cffi's `PasswordHasher.verify`, as it is published, at the same parameters (47104 KiB, one pass,
one lane), in as many threads as the machine has cores, and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.change_password import CHANGE, OTHER_PASSWORD, SIGN_IN, Unexpected
from benchmarks.client import spell
from benchmarks.common import Measure, Took, alternate, rates
from benchmarks.installing import LISTS, missing, python_of
from benchmarks.load import drive
from benchmarks.people import PASSWORD, address, name, rekey
from benchmarks.services import data_of
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.figures import Figures
    from benchmarks.visitors import Script

ROUNDS = 5
CLIENTS = 32
#: People in a round: each signs in and changes the password once. At its beginning and its end not all cores
#: have a hash to compute: of the fewer the round is, the more of it that is.
PEOPLE = 160
#: People to one hash of argon2-cffi alone, which has no such ends.
PEOPLE_A_HASH = 3
#: Seconds for a round of one kind: many times what a slow machine needs.
LIMIT = 300
RAW = "argon2"


class Cohort:
    """People who sign in together and change their passwords together.

    Args:
        port: Rekey's.
        people: how many.
    """

    def __init__(self, port: int, people: int) -> None:
        self._port = port
        self._people = people
        self._tokens: dict[int, str] = {}
        self._present, self._other = PASSWORD, OTHER_PASSWORD

    def sign_in(self) -> Took:
        """All sign in; what one took, as many at once as there are clients."""
        return self._all(self._sign_in)

    def change(self) -> Took:
        """All change their password, which ends their sessions."""
        took = self._all(self._change)
        self._present, self._other = self._other, self._present
        return took

    def _all(self, one: Callable[[int], Script]) -> Took:
        clients = min(CLIENTS, self._people)
        shares = [range(first, self._people, clients) for first in range(clients)]
        visitors = [Visitor(self._port, _each(one, share), address(share[0])) for share in shares]
        drove = drive(visitors, limit=LIMIT)
        if drove.waiting:
            raise Unexpected(drove)
        return Took(drove.seconds / self._people, drove.client_seconds / self._people)

    def _sign_in(self, number: int) -> Script:
        variables = {"input": {"login": name(number), "password": self._present}}
        answer = yield spell("/graphql", {"query": SIGN_IN, "variables": variables})
        session = data_of(answer, "signIn")
        if "accessToken" not in session:
            raise Unexpected(answer)
        self._tokens[number] = str(session["accessToken"])

    def _change(self, number: int) -> Script:
        variables = {"input": {"oldPassword": self._present, "newPassword": self._other}}
        body = {"query": CHANGE, "variables": variables}
        answer = yield spell("/graphql", body, bearer=self._tokens.pop(number))
        if data_of(answer, "changePassword")["__typename"] != "ChangePasswordSuccess":
            raise Unexpected(answer)


def _each(one: Callable[[int], Script], numbers: range) -> Script:
    for number in numbers:
        yield from one(number)


@contextmanager
def hashing() -> Iterator[Callable[[int], Took]]:
    """argon2-cffi alone, in a process of its own: gives what one verification took of so many."""
    python = sys.executable if missing(RAW) else str(python_of(RAW))
    command = [python, str(LISTS / "argon2_raw.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asked, said = process.stdin, process.stdout
        if asked is None or said is None:
            raise Unexpected(command)

        def verify(times: int) -> Took:
            print(times, file=asked, flush=True)
            return Took(float(said.readline()) / times)

        yield verify


def run(rounds: int = ROUNDS, calls: int = PEOPLE) -> Figures:
    """Measures in rounds and gives the table; `calls` are the people."""
    with TemporaryDirectory(prefix="rekey-benchmark-") as folder, rekey(Path(folder), calls) as server:
        cohort = Cohort(server.port, calls)
        with hashing() as verify:
            raw = Measure("argon2-cffi alone", lambda: verify(max(1, calls // PEOPLE_A_HASH)), 1)
            measures = [
                Measure("signIn", cohort.sign_in, 1),
                Measure("changePassword", cohort.change, 1),
                raw,
            ]
            alternate(measures, rounds)
    why = missing(RAW)
    notes = [] if why is None else [f"argon2-cffi is Rekey's own, not the published wheel: {why}."]
    title = f"People who sign in, and who change their password; {min(CLIENTS, calls)} clients"
    return rates(title, measures, [raw], notes)


if __name__ == "__main__":
    Console().print(run())
