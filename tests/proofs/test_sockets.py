"""Streams of whole servers: two on one database, one that stops, many peers that do not read."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from credentials.secret import Secret
from tests.conftest import DATABASES
from tests.proofs.client import QUICK
from tests.proofs.promises import allowed
from tests.servers import PATIENCE, server_process
from tests.stream_schema import SEEN
from tests.ws_client import Client, narrow, open_socket, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.servers import RunningServer

NEW = "amber turbine 19 window orchard"
OWN = "subscription { credentialEvents { kind userId } }"
SIGN_IN = """mutation ($i: SignInInput!) {
  signIn(input: $i) { ... on SignInSuccess { accessToken } }
}"""
CHANGE = "mutation ($i: ChangePasswordInput!) { changePassword(input: $i) { __typename } }"
#: Seconds: what the contract gives a stream after its session.
SOON = 1.0
READERS = 40
SHORT: dict[str, Any] = QUICK | {"REKEY_ACCESS_TOKEN_TTL": "2s"}


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, databases: Callable[[str], AbstractContextManager[Secret]]
) -> Iterator[dict[str, Any]]:
    """The settings of servers on one database, of either kind."""
    with databases(request.param) as url:
        yield QUICK | {"REKEY_DATABASE_URL": url.reveal(), "REKEY_RELAY": "false"}


def ask(server: RunningServer, document: str, given: dict[str, Any], bearer: str = "") -> dict[str, Any]:
    """The data of one mutation."""
    body = {"query": document, "variables": {"i": given}}
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    url = f"{server.url}/graphql"
    answer = httpx.post(url, json=body, headers=headers, timeout=PATIENCE, trust_env=False).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def sign_in(server: RunningServer, made_by: RunningServer) -> str:
    """Signs the first administrator in: the access token."""
    given = {"login": made_by.admin_username, "password": made_by.admin_password}
    token: str = ask(server, SIGN_IN, given)["signIn"]["accessToken"]
    return token


@contextmanager
def event_stream(server: RunningServer, bearer: str) -> Iterator[Iterator[str]]:
    """The lines of an event stream of one's own events."""
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {bearer}"}
    with (
        httpx.Client(timeout=PATIENCE, trust_env=False) as http,
        http.stream("POST", f"{server.url}/graphql", json={"query": OWN}, headers=headers) as answer,
    ):
        yield answer.iter_lines()


@contextmanager
def socket_stream(server: RunningServer, bearer: str) -> Iterator[Client]:
    """A socket that is subscribed to one's own events."""
    with open_socket(server.url) as client:
        client.open(Secret(bearer)).subscribe(OWN)
        # Answered in order, so that the stream has begun; the guard's read is quicker than another's write.
        client.send("ping")
        assert client.receive() == {"type": "pong"}
        yield client


def test_a_change_in_one_process_ends_the_streams_of_the_other(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    """Within a second of the answer: the event, SESSION_REVOKED, and the socket is closed by 4403.

    An event stream ends alike. Planted: the error without the close; seen to fail.
    """
    with server_process(tmp_path / "one", **settings) as one:
        settings |= {"REKEY_DATA_DIR": str(one.folder / "var")}
        with server_process(tmp_path / "two", **settings) as two:
            bearer = sign_in(two, one)
            with socket_stream(two, bearer) as client, event_stream(two, bearer) as lines:
                time.sleep(0.3)  # the event stream begins with what comes after it
                given = {"oldPassword": one.admin_password, "newPassword": NEW}
                assert ask(one, CHANGE, given, bearer)["changePassword"]["__typename"].endswith("Success")
                began = time.monotonic()
                assert codes_at_the_end(client) == ["SESSION_REVOKED"]
                assert client.close_code() == 4403
                told = [line for line in lines if line]
                assert time.monotonic() - began < allowed(SOON)
    assert told[-2:] == ["event: complete", "data: "]
    assert "SESSION_REVOKED" in told[-3]


def codes_at_the_end(client: Client) -> list[str]:
    """The codes that a subscription ends with, after its events."""
    while (message := client.receive())["type"] == "next":
        pass
    return [error["extensions"]["code"] for error in message["payload"]]


def test_a_token_that_expires_ends_its_stream(tmp_path: Path) -> None:
    """UNAUTHENTICATED, and the socket is closed by 4401: the client comes again with another token."""
    with server_process(tmp_path, **SHORT) as one:
        began = time.monotonic()
        with socket_stream(one, sign_in(one, one)) as client:
            assert codes_at_the_end(client) == ["UNAUTHENTICATED"]
            assert client.close_code() == 4401
        assert 1 < time.monotonic() - began < 2 + allowed(SOON)


def test_open_streams_do_not_hold_the_end_up(tmp_path: Path) -> None:
    """After SIGTERM sockets are closed by 1012, event streams end, and the process is gone soon, with 0.

    Planted: streams that are not told; seen to fail, the drain lasts 20 seconds.
    """
    with server_process(tmp_path, **dict[str, Any](QUICK)) as server:
        bearer = sign_in(server, server)
        with socket_stream(server, bearer) as client, event_stream(server, bearer) as lines:
            time.sleep(0.3)  # until the stream has begun
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert client.close_code() == 1012
            assert "event: complete" not in list(lines)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < allowed(5)


def test_many_peers_that_do_not_read_take_no_memory(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """Forty streams of all that is taken: two messages of each wait here at most, until all are cut.

    Planted: a transport that is full is written to; seen to fail.
    """
    SEEN.clear()
    body = json.dumps({"query": "subscription { flood }"}).encode()
    with serve_schema(place(tmp_path, migrated_sqlite), stall_seconds=3) as served, ExitStack() as stack:
        token = served.token()
        for _ in range(READERS):
            raw = stack.enter_context(narrow(served.url))
            client = stack.enter_context(open_socket(served.url, raw=raw)).open(token)
            client.connection.send(f'{{"type": "subscribe", "id": "1", "payload": {body.decode()}}}')
        most = 0
        while SEEN["closed"] < READERS:
            most = max(most, served.unsent())
            assert most < READERS * 20_100
            time.sleep(0.05)
        until(lambda: served.streams.taken == 0)
