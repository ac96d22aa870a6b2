"""What the benchmarks ask: services that people sign in to, Rekey and others, each in its own words."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.change_password import ME, SIGN_IN, Unexpected
from benchmarks.client import spell
from benchmarks.load import drive
from benchmarks.people import PASSWORD, address, name, rekey
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.people import Rekey
    from benchmarks.visitors import Answer, Script


#: For one sign-in behind a thousand others, on a machine that is busy with other work.
SETTLE_SECONDS = 600


class Service(NamedTuple):
    """A service that runs.

    Attributes:
        name: as the tables show it.
        port: on this machine's loopback.
        sign_in: the request by which the person of a number signs in.
        token: what the answer to it gives; None: it was refused.
        me: the request by which the bearer of a token reads who they are.
        source: the address of the person of a number.
        pid: of its process, where that is known.
    """

    name: str
    port: int
    sign_in: Callable[[int], bytes]
    token: Callable[[Answer], str | None]
    me: Callable[[str], bytes]
    source: Callable[[int], str] = lambda _number: "127.0.0.1"
    pid: int = 0


def expect_token(service: Service, answer: Answer) -> str:
    """The token that an answer gives.

    Raises:
        Unexpected: it gives none.
    """
    token = service.token(answer)
    if token is None:
        raise Unexpected(service.name, answer)
    return token


def is_me(answer: Answer) -> bool:
    """Whether somebody's id came."""
    return answer.status == 200 and b'"id"' in answer.body


def settled(service: Service) -> str:
    """Signs the first person in, behind all that was left under way, and gives the token.

    Raises:
        Unexpected: no token came.
    """
    return expect_token(service, ask(service, service.sign_in(0)))


def ask(service: Service, request: bytes) -> Answer:
    """Asks once, as the first person.

    Raises:
        Unexpected: no answer came.
    """
    answers: list[Answer] = []
    drove = drive([Visitor(service.port, _asks(request, answers), service.source(0))], limit=SETTLE_SECONDS)
    if drove.waiting:
        raise Unexpected(service.name, drove)
    return answers[0]


def _asks(request: bytes, answers: list[Answer]) -> Script:
    answers.append((yield request))


def keeps_signing_in(service: Service, number: int, refused: list[Answer]) -> Script:
    """The person of this number signs in again and again; what was refused is kept."""
    request = service.sign_in(number)
    while True:
        answer = yield request
        if service.token(answer) is None:
            refused.append(answer)


def _sign_in(number: int) -> bytes:
    variables = {"input": {"login": name(number), "password": PASSWORD}}
    return spell("/graphql", {"query": SIGN_IN, "variables": variables})


def _token(answer: Answer) -> str | None:
    given = ((json.loads(answer.body).get("data") or {}).get("signIn") or {}).get("accessToken")
    return None if given is None else str(given)


def data_of(answer: Answer, field: str) -> dict[str, Any]:
    """What Rekey gives for a field.

    Raises:
        Unexpected: an error, or an empty object: another member of the union.
    """
    found = (json.loads(answer.body).get("data") or {}).get(field)
    if not found:
        raise Unexpected(answer)
    return dict(found)


def _me(token: str) -> bytes:
    return spell("/graphql", {"query": ME}, bearer=token)


@contextmanager
def rekey_service(folder: Path, people: int) -> Iterator[Service]:
    """Rekey with as many people, each at an address of their own."""
    with rekey(folder, people) as server:
        yield described(server)


def described(server: Rekey) -> Service:
    """Rekey as it runs."""
    return Service("Rekey", server.port, _sign_in, _token, _me, address, server.pid)
