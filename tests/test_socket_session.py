"""Subscriptions over a real socket, seen from its other end."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from structlog.testing import capture_logs

from schema.context import Context
from server.masking import NO_SUBSCRIPTION
from server.socket_session import MOST_OPERATIONS, Session
from server.streams import Place, Streams
from tests.stream_schema import SEEN, stream_schema
from tests.world import origin
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Send

    from tests.world import World


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


def test_a_subscription_is_carried_to_its_end(served: Served) -> None:
    """Each event is one `next`, then `complete`; the id may be used again."""
    with served.open() as client:
        for _ in range(2):
            client.subscribe("subscription ($n: Int!) { count(to: $n) }", variables={"n": 2})
            for number in range(2):
                payload = {"data": {"count": number}}
                assert client.receive() == {"id": "1", "type": "next", "payload": payload}
            assert client.receive() == {"id": "1", "type": "complete"}
        client.send("complete", id="1")  # crossed on its way; it is left alone
        client.send("pong")
        client.send("ping", payload={"n": 1})
        assert client.receive() == {"type": "pong"}


@pytest.mark.parametrize("document", ["{ version }", "mutation { act }"])
def test_nothing_but_subscriptions_runs(served: Served, document: str) -> None:
    """A query or a mutation is an error of its id, and the socket goes on.

    Planted: `stream` for `subscribe`, which runs them; seen to fail.
    """
    SEEN.clear()
    with served.open() as client:
        client.subscribe(document)
        message = client.receive()
        assert message["payload"] == [{"message": NO_SUBSCRIPTION, "extensions": {"code": "BAD_USER_INPUT"}}]
        client.subscribe("subscription { count(to: 0) }")
        assert client.receive()["type"] == "complete"
    assert not SEEN["ran"]


@pytest.mark.parametrize(
    ("document", "payload", "code"),
    [
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { hunter2 }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A { count(to: 1) } subscription B { count(to: 1) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A { count(to: 1) }", {"operationName": "hunter2"}, "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { count(to: "hunter2") }', {}, "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription ($n: Int!) { count(to: $n) }",
            {"variables": {"n": "hunter2"}},
            "BAD_USER_INPUT",
        ),
        ("subscription { unwritable }", {}, "INTERNAL"),
    ],
)
def test_a_subscription_that_cannot_run_is_an_error(
    served: Served, document: str, payload: dict[str, Any], code: str
) -> None:
    """Its texts are ours, as over HTTP, and the socket goes on."""
    with served.open() as client, capture_logs() as logged:
        client.subscribe(document, **payload)
        message = client.receive()
        assert (message["type"], [each["extensions"]["code"] for each in message["payload"]]) == (
            "error",
            [code],
        )
        assert "hunter2" not in str(message)
        client.subscribe("subscription { count(to: 0) }")
        assert client.receive()["type"] == "complete"
    assert [line["event"] for line in logged] == ["request.defect"] * (code == "INTERNAL")


def test_an_event_that_fails_is_masked_and_the_next_one_comes(served: Served) -> None:
    """A field's defect is an entry in that event's errors, with a request id that the log has."""
    with served.open() as client, capture_logs() as logged:
        client.subscribe("subscription { halves { value } }")
        first, second, end = client.receive(), client.receive(), client.receive()
    assert first["payload"]["data"] is None
    (error,) = first["payload"]["errors"]
    assert error["message"] == "Internal error."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": logged[0]["request_id"]}
    assert second["payload"] == {"data": {"halves": {"value": 1}}}
    assert end["type"] == "complete"


@pytest.mark.parametrize(
    ("code", "shown", "close"),
    [
        ("SESSION_REVOKED", "SESSION_REVOKED", 4403),
        ("UNAUTHENTICATED", "UNAUTHENTICATED", 4401),
        ("FORBIDDEN", "FORBIDDEN", None),
        ("DEFECT", "INTERNAL", None),
    ],
)
def test_how_a_stream_ends_is_told(served: Served, code: str, shown: str, close: int | None) -> None:
    """The error comes first; a caller who is nobody any more loses the socket and its other streams.

    Planted: no close; seen to fail.
    """
    SEEN.clear()
    with served.open() as client:
        client.subscribe("subscription { own }", "other")
        assert client.receive()["id"] == "other"
        client.subscribe("subscription ($c: String!) { ends(code: $c) }", variables={"c": code})
        assert client.receive()["type"] == "next"
        assert client.codes() == [shown]
        if close is None:
            client.send("ping")
            assert client.receive() == {"type": "pong"}
        else:
            assert client.close_code() == close
            until(lambda: SEEN["closed"] == 1)
    until(lambda: SEEN["closed"] == 1)


async def run_session(world: World, documents: list[str], closed: asyncio.Event, send: Send) -> None:
    """Runs a session that begins these subscriptions at once, until it is closed."""
    waiting = [
        {"type": "subscribe", "id": str(number), "payload": {"query": document}}
        for number, document in enumerate(documents)
    ]

    async def receive() -> Message:
        if waiting:
            return {"type": "websocket.receive", "text": json.dumps(waiting.pop(0))}
        await closed.wait()
        return {"type": "websocket.disconnect", "code": 1006}

    socket = WebSocket({"type": "websocket"}, receive, send)
    socket.client_state = socket.application_state = WebSocketState.CONNECTED
    session = Session(
        socket, stream_schema(), lambda _bearer: Context(world.services, origin()), Place(Streams(), None)
    )
    with pytest.raises(WebSocketDisconnect):
        await session.serve()
    await session.end()


@pytest.mark.anyio
async def test_a_peer_that_is_lost_while_it_is_told_ends_the_stream(embedded: World) -> None:
    """Nothing more is sent to it, and it is no defect."""
    SEEN.clear()
    closed, tried = asyncio.Event(), list[Any]()

    async def send(message: Message) -> None:
        tried.append(message)
        closed.set()
        raise OSError

    with capture_logs() as logged:
        await run_session(embedded, ["subscription { flood }", "subscription { count(to: 3) }"], closed, send)
    assert (len(tried), SEEN["closed"], logged) == (1, 1, [])


@pytest.mark.anyio
async def test_two_streams_that_end_together_close_it_once(embedded: World) -> None:
    """The first error closes the socket; what the second would have said is not said."""
    document = 'subscription { ends(code: "SESSION_REVOKED") }'
    closed, sent = asyncio.Event(), list[Any]()

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "websocket.close":
            closed.set()

    await run_session(embedded, [document, document], closed, send)
    said = [json.loads(message["text"])["type"] for message in sent[:-1]]
    assert (said, sent[-1]["code"]) == (["next", "next", "error"], 4403)


def test_whoever_goes_away_leaves_no_generator_behind(served: Served) -> None:
    """`complete`, a close and a connection that is cut each close the generator at once.

    Planted: the task is not cancelled at the end of the socket; seen to fail.
    """
    SEEN.clear()
    with served.open() as client:
        client.subscribe("subscription { own }")
        client.receive()
        client.send("complete", id="1")
        until(lambda: SEEN["closed"] == 1)
        client.subscribe("subscription { own }")
        client.receive()
    until(lambda: SEEN["closed"] == 2)
    with served.open() as client:
        client.subscribe("subscription { own }")
        client.receive()
        client.connection.socket.close()
        until(lambda: SEEN["closed"] == 3)
    until(lambda: served.streams.taken == 0)


def test_a_socket_carries_so_many(served: Served) -> None:
    """One subscription too many is an error of its id; where one ends there is room."""
    with served.open() as client:
        for number in range(MOST_OPERATIONS):
            client.subscribe("subscription { own }", str(number))
            assert client.receive()["type"] == "next"
        client.subscribe("subscription { own }", "more")
        assert client.codes("more") == ["BAD_USER_INPUT"]
        client.send("complete", id="0")
        client.subscribe("subscription { own }", "more")
        assert client.receive()["type"] == "next"
