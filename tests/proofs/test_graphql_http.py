"""GraphQL over HTTP as others check it, and bodies that nobody sends in good faith, on a running server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.secret import Secret
from server.negotiation import EVENT_STREAM, GRAPHQL_JSON, JSON
from server.trusted_documents import digest
from tests.proofs.client import QUICK
from tests.requirements import require
from tests.servers import server_process, start
from tests.ws_client import open_socket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import RunningServer

#: The audits that were passed last; another version may have others.
PACKAGES = ("graphql-http@1.23.1", "graphql@16.15.0")
#: Seconds for npm, and for all audits.
PATIENCE = 120
AUDIT = """
import { serverAudits } from "graphql-http";
const told = [];
for (const audit of serverAudits({ url: process.argv[2] })) {
  const { status, id, name, reason } = await audit.fn();
  told.push([status, `${id} ${name}: ${reason}`]);
}
console.log(JSON.stringify(told));
"""
ASK = b'{"query": "{ serviceInfo { name } }"}'
SIGN_IN = (
    "mutation ($i: SignInInput!) { signIn(input: $i) { __typename ... on SignInSuccess { accessToken } } }"
)
LISTED = "subscription Listed { allCredentialEvents { id } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server in development, where every caller may introspect."""
    with server_process(tmp_path_factory.mktemp("http"), **dict[str, Any](QUICK)) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


def test_every_audit_of_graphql_http_passes(server: RunningServer, tmp_path: Path) -> None:
    """58 audits are well; the three that notice something ask for GET, which is off."""
    npm, node = shutil.which("npm"), shutil.which("node")
    require(None if npm and node else "Node and npm are not installed")
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, check=False, timeout=PATIENCE)
    require(None if done.returncode == 0 else "npm cannot fetch graphql-http")
    (tmp_path / "audit.mjs").write_text(AUDIT)
    audit = ["node", "audit.mjs", f"{server.url}/graphql"]
    shown = subprocess.run(audit, cwd=tmp_path, capture_output=True, check=True, timeout=PATIENCE)
    told = json.loads(shown.stdout)
    others = [text for status, text in told if status != "ok"]
    assert Counter(status for status, _ in told) == {"ok": 58, "notice": 3}, others
    assert all("GET" in text for text in others)


def ask(query: str, **more: object) -> bytes:
    """The body of an operation."""
    return json.dumps({"query": query, **more}).encode()


NO_MAPS: list[object] = ["{}", [], 7, True]
NO_NAMES: list[object] = [7, [], {}, True]
#: Content types, bodies, and the status of the answer.
HOSTILE: list[tuple[str | None, bytes, int]] = [
    *(
        (kind, ASK, 415)
        for kind in (None, "", "text/plain", "application/graphql", "application/json-x", "json")
    ),
    *((kind, ASK, 415) for kind in ("text/plain, application/json", "application/json, text/plain", "*/*")),
    *((f"{JSON}; charset={name}", ASK, 415) for name in ("latin-1", "utf-16", "utf-8-sig", "")),
    ("application/x-www-form-urlencoded", b"query=%7Bme%7Bid%7D%7D", 415),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\ncontent-disposition: form-data; name="0"\r\n\r\n1\r\n--x--',
        415,
    ),
    *((JSON, body, 400) for body in (b"", b" ", b"null", b"true", b"7", b'"x"', b"[]", b"{}", b"{", b"\0")),
    *(
        (JSON, body, 400)
        for body in (b"NaN", b"\xff", b"\xef\xbb\xbf" + ASK, ASK + ASK, ASK.decode().encode("utf-16"))
    ),
    *(
        (JSON, opens * times, 400)
        for opens, times in ((b"[", 60_000), (b'{"a":', 10_000), (b'{"query":[', 6_000))
    ),
    *((JSON, opens * times, 413) for opens, times in ((b"[", 100_000), (b'{"a":', 100_000))),
    (JSON, b"[" + ASK + b"]", 400),
    (JSON, b"[" + b",".join([ASK] * 1_000) + b"]", 400),
    (JSON, b'{"query": "{ me { id } }", "query": "{ serviceInfo { name } }"}', 400),
    (JSON, b'{"query": "{ me { id } }", "variables": {"a": 1e999}}', 400),
    (JSON, b'{"query": "{ me { id } }", "variables": {"a": ' + b"9" * 60_000 + b"}}", 400),
    *((JSON, ask("{ me { id } }", variables=value), 400) for value in NO_MAPS),
    *((JSON, ask("{ me { id } }", operationName=value), 400) for value in NO_NAMES),
    *((JSON, ask("{ me { id } }", extensions=value), 400) for value in NO_MAPS),
    *(
        (JSON, ask(query), 400)
        for query in ("", "{", "{ nothing }", "\ud800", "\0", '{ me(a: "\\uD800") { id } }')
    ),
    (JSON, ask("{ me { id } } { me { id } }"), 400),
    (JSON, ask("query A { me { id } }", operationName="B"), 400),
    (JSON, ask("query A { me { id } }", operationName=""), 400),
    (JSON, ask("{" + "a " * 30_000 + "}"), 400),
    (JSON, ask("{" + "a " * 300_000 + "}"), 413),
    (JSON, ask("#" * 6_000_000 + "\n{ me { id } }"), 413),
    (JSON, ask("#\n" * 20_000 + "{ me { id } }"), 400),
    (JSON, ask("{a" * 10_000), 400),
    (JSON, ask('{ users(search: "' + "x" * 60_000), 400),
    (JSON, ask("query ($a: Int!) { users(first: $a) { totalCount } }", variables={"a": 10**30}), 400),
    (JSON, ask(SIGN_IN, variables={"i": {"login": "\ud800", "password": []}}), 400),
    (JSON, ask(SIGN_IN, variables={"i": {f"login{number}": 1 for number in range(3_000)}}), 400),
    (JSON, ask("mutation { a: signOut { __typename } b: signOut { __typename } }"), 400),
    (JSON, ask("subscription { credentialEvents { id } }"), 406),
]


@pytest.mark.parametrize(("kind", "body", "status"), HOSTILE, ids=lambda each: str(each)[:40])
def test_a_hostile_request_is_refused_in_json(
    http: httpx.Client, kind: str | None, body: bytes, status: int
) -> None:
    """Whatever comes is a 4xx that JSON explains, with an id and without what was sent; never a 500."""
    headers = {"accept": GRAPHQL_JSON, **({} if kind is None else {"content-type": kind})}
    answer = http.post("/graphql", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert list(answer.json()) == ["errors"]
    assert all(error["extensions"]["code"] != "INTERNAL" for error in answer.json()["errors"])
    assert len(answer.content) < 8_192
    assert b"login1" not in answer.content


EXAMPLES = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def is_answered(answer: httpx.Response) -> bool:
    """Whether an answer is JSON of ours with no defect behind it."""
    told = answer.json()
    codes = [error["extensions"]["code"] for error in told.get("errors", ())]
    return set(told) <= {"data", "errors"} and "INTERNAL" not in codes and answer.status_code < 500


@EXAMPLES
@given(st.binary(max_size=300) | ANY_JSON.map(json.dumps).map(str.encode))
def test_no_body_breaks_it(http: httpx.Client, body: bytes) -> None:
    """Bytes and JSON of any kind are refused, or are an operation."""
    answer = http.post("/graphql", content=body, headers={"content-type": JSON, "accept": GRAPHQL_JSON})
    assert is_answered(answer)
    assert answer.status_code == 400


@EXAMPLES
@given(
    st.text(max_size=100) | st.text(alphabet='{}()[]:!$@."# \n\\abmeid_1,|&=', max_size=100),
    ANY_JSON,
    st.none() | st.text(max_size=10),
)
def test_no_operation_breaks_it(http: httpx.Client, query: str, variables: object, name: str | None) -> None:
    """A document, variables and a name of any kind have an answer."""
    body = ask(query, variables=variables, operationName=name)
    assert is_answered(http.post("/graphql", content=body, headers={"content-type": JSON}))


@EXAMPLES
@given(ANY_JSON | st.fixed_dictionaries({"login": ANY_JSON, "password": ANY_JSON}))
def test_no_input_breaks_it(http: httpx.Client, given_input: object) -> None:
    """An input of any shape, texts of any characters among them, is a refusal by type or an answer."""
    body = ask(SIGN_IN, variables={"i": given_input})
    assert is_answered(http.post("/graphql", content=body, headers={"content-type": JSON}))


def test_trusted_documents_hold_on_every_transport(tmp_path: Path) -> None:
    """Over HTTP, as a stream of events and over a socket what is listed runs by its name, nothing else."""
    path = tmp_path / "documents.json"
    listed = (LISTED, SIGN_IN)
    path.write_text(json.dumps({digest(text): text for text in listed}))
    environment: dict[str, Any] = {**QUICK, "REKEY_TRUSTED_DOCUMENTS": str(path)}
    name = {"documentId": f"sha256:{digest(LISTED)}"}
    with ExitStack() as stack:
        server = stack.enter_context(server_process(tmp_path / "server", **environment))
        client = httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)
        http = stack.enter_context(client)
        given_input = {"login": server.admin_username, "password": server.admin_password}
        sent = {"documentId": f"sha256:{digest(SIGN_IN)}", "variables": {"i": given_input}}
        token = http.post("/graphql", json=sent).json()["data"]["signIn"]["accessToken"]
        refused = http.post("/graphql", json={"query": "{ me { id } }"}).json()
        assert refused["errors"][0]["extensions"]["code"] == "DOCUMENT_REFUSED"

        socket = stack.enter_context(open_socket(server.url)).open(Secret(token))
        socket.subscribe(LISTED + " ")
        assert socket.codes() == ["DOCUMENT_REFUSED"]
        socket.send("subscribe", id="2", payload=name)
        socket.send("ping")
        assert socket.receive() == {"type": "pong"}
        socket.subscribe("subscription { credentialEvents { id } }", "3")
        assert socket.codes("3") == ["DOCUMENT_REFUSED"]

        headers = {"accept": EVENT_STREAM, "authorization": f"Bearer {token}"}
        other = http.post("/graphql", json={"query": LISTED + " "}, headers=headers)
        assert "DOCUMENT_REFUSED" in other.text
        stream = stack.enter_context(http.stream("POST", "/graphql", json=name, headers=headers))
        assert stream.status_code == 200
        # The second sign-in is the event that both wait for.
        http.post("/graphql", json=sent)
        assert next(line for line in stream.iter_lines() if line) == "event: next"
        message = socket.receive()
        assert (message["type"], message["id"]) == ("next", "2")


def test_a_list_that_is_none_stops_the_start(tmp_path: Path) -> None:
    """`rekey serve` ends with one line that names the setting."""
    path = tmp_path / "documents.json"
    path.write_text('{"a": "{ me { id } }"}')
    environment: dict[str, Any] = {**QUICK, "REKEY_TRUSTED_DOCUMENTS": str(path)}
    (tmp_path / "server").mkdir()
    server = start(tmp_path / "server", **environment)
    assert server.process.wait(PATIENCE) == 1
    line = "must name a file of JSON: each document under the SHA-256 of its text"
    assert server.log() == f"rekey: REKEY_TRUSTED_DOCUMENTS {line}.\n"
