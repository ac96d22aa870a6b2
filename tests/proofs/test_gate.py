"""What a document that is too large costs a running server, and what many guesses in one request gain."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.negotiation import GRAPHQL_JSON, JSON
from tests.proofs.client import QUICK
from tests.proofs.promises import allowed
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import RunningServer

#: Seconds of the server's processor for one refusal: what is promised.
MOST_CPU = 0.05
#: KiB by which the server may grow over hundreds of refusals: what Python's allocator keeps for itself.
MOST_GROWTH = 16 * 1024
ROUNDS = 20
PATIENCE = 60
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server process without a relay, so that all it does is answer."""
    environment: dict[str, Any] = {**QUICK, "REKEY_RELAY": "false"}
    with server_process(tmp_path_factory.mktemp("gate"), **environment) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


def cpu(server: RunningServer) -> float:
    """Seconds of the processor that the server has used."""
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def resident(server: RunningServer) -> int:
    """KiB of memory that the server holds now."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def post(server: RunningServer, body: bytes) -> int:
    """Sends a body of any length as far as it is taken; the status of the answer."""
    host, port = server.url.removeprefix("http://").split(":")
    head = f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: {JSON}\r\nAccept: {GRAPHQL_JSON}\r\n"
    head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        with suppress(ConnectionError):  # it may be answered, and the door closed, before the body is whole
            connection.sendall(head.encode() + body)
        received = bytearray()
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                received += piece
    return int(received.split(b" ", 2)[1])


def bomb(links: int, *, on: str = "Query", inside: str = "serviceInfo { name }") -> str:
    """Fragments that double as often as there are links."""
    chain = " ".join(f"fragment A{n} on {on} {{ ...A{n + 1} ...A{n + 1} }}" for n in range(links))
    return f"{{ ...A0 }} {chain} fragment A{links} on {on} {{ {inside} }}"


def ask(query: str) -> bytes:
    """The body of a document."""
    return json.dumps({"query": query}).encode()


MEMBERS = " ".join(f"emailAdres{number}: 1" for number in range(325))
ATTACKS = {
    "a bomb of fragments": (ask(bomb(16)), 400),
    "a bomb of fields": (ask(bomb(16, inside="a: serviceInfo { name }")), 400),
    "300,000 fields": (ask("{ " + "me " * 300_000 + "}"), 413),
    "all the fields that a body holds": (ask("{ " + "a " * 32_000 + "}"), 400),
    "6 MB of comments": (ask("#\n" * 3_000_000 + "{ me { id } }"), 413),
    "all the comments that a body holds": (ask("#\n" * 20_000 + "{ me { id } }"), 400),
    "JSON of 100,000 levels": (b"[" * 100_000, 413),
    "JSON of all levels that a body holds": (b"[" * 65_000, 400),
    "JSON of a thousand levels": (
        b'{"query": "{ me { id } }", "extensions": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
        400,
    ),
    "fields that all have to merge": (ask("{ " + "me { chatAccounts { jid } } " * 200 + "}"), 400),
    "merging in inline fragments": (ask("{ " + "... { me { chatAccounts { jid } } } " * 55 + "}"), 400),
    "misspelt members": (ask("mutation { updateUser(input: {" + MEMBERS + "}) { __typename } }"), 400),
    "misspelt variables": (
        json.dumps(
            {
                "query": "mutation ($i: UpdateUserInput!) { updateUser(input: $i) { __typename } }",
                "variables": {"i": {f"emailAdres{n}": 1 for n in range(3_000)}},
            }
        ).encode(),
        400,
    ),
    "deep lists": (ask("{ users(first: " + "[" * 30_000 + ") { totalCount } }"), 400),
    "a long text": (ask('{ nothing(a: "' + "x" * 60_000 + '") }'), 400),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_refusal_is_cheap(server: RunningServer, name: str) -> None:
    """Fifty milliseconds of the processor at most for each, whatever it would have come to.

    Planted: without the walk (the merging), all faults told with suggestions (the misspelt); seen to fail.
    """
    body, status = ATTACKS[name]
    post(server, body)  # the first one imports and compiles what is needed
    before = cpu(server)
    assert {post(server, body) for _ in range(ROUNDS)} == {status}
    assert (cpu(server) - before) / ROUNDS < allowed(MOST_CPU)


def test_memory_stays_flat(server: RunningServer) -> None:
    """After the attacks were all made once, hundreds more leave the server as large as it was."""
    for body, _ in ATTACKS.values():
        post(server, body)
    before = resident(server)
    for _ in range(ROUNDS):
        for body, _ in ATTACKS.values():
            post(server, body)
    assert resident(server) - before < MOST_GROWTH


def field(number: int, password: str) -> str:
    """One guess under a name of its own."""
    return f'a{number}: signIn(input: {{login: "root", password: "{password}"}}) {{ __typename }}'


def guesses(times: int, right: str, login: str) -> list[str]:
    """Guesses, the right one last."""
    words = [*(f"wrong {number}" for number in range(times - 1)), right]
    return [field(number, word).replace('"root"', f'"{login}"') for number, word in enumerate(words)]


def disguises(times: int, right: str, login: str) -> Iterator[object]:
    """Many guesses in one body, in every way that GraphQL and its batches have."""
    fields = guesses(times, right, login)
    joined = " ".join(fields)
    spread = " ".join(f"...F{number}" for number in range(times))
    parts = " ".join(f"fragment F{number} on Mutation {{ {each} }}" for number, each in enumerate(fields))
    operations = " ".join(f"mutation M{number} {{ {each} }}" for number, each in enumerate(fields))
    yield {"query": f"mutation {{ {joined} }}"}
    yield {"query": f"mutation {{ ... {{ {joined} }} }}"}
    yield {"query": f"mutation {{ ...F }} fragment F on Mutation {{ {joined} }}"}
    yield {"query": f"mutation {{ {spread} }} {parts}"}
    yield {"query": operations}
    yield [{"query": f"mutation {{ {each} }}"} for each in fields]


@pytest.mark.parametrize("times", [2, 15, 100, 1_000])
def test_many_guesses_in_one_request_are_one_at_most(
    server: RunningServer, http: httpx.Client, times: int
) -> None:
    """Aliased, in fragments, as operations or batched, with the right password last: nobody is signed in.

    None of them is even tried. Planted: the gate without its rule on root fields; seen to fail.
    """
    before = tried(server, http)
    for body in disguises(times, server.admin_password, server.admin_username):
        answer = http.post("/graphql", json=body)
        assert "SignInSuccess" not in answer.text
        assert "data" not in answer.json()
    assert tried(server, http) == before


TOKENS: dict[str, str] = {}


def tried(server: RunningServer, http: httpx.Client) -> int:
    """How many sign-ins the audit has, done or refused."""
    if server.url not in TOKENS:
        given = f'{{login: "{server.admin_username}", password: "{server.admin_password}"}}'
        query = f"mutation {{ signIn(input: {given}) {{ ... on SignInSuccess {{ accessToken }} }} }}"
        data = http.post("/graphql", json={"query": query}).json()["data"]
        TOKENS[server.url] = data["signIn"]["accessToken"]
    headers = {"authorization": f"Bearer {TOKENS[server.url]}"}
    body = {"query": "{ auditEvents(first: 100) { edges { node { kind } } } }"}
    edges = http.post("/graphql", json=body, headers=headers).json()["data"]["auditEvents"]["edges"]
    return sum(edge["node"]["kind"] in ("SIGNED_IN", "SIGN_IN_FAILED") for edge in edges)
