"""Subscriptions by POST, as streams of server-sent events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from structlog.testing import capture_logs

from server.masking import NO_SUBSCRIPTION
from server.negotiation import EVENT_STREAM, GRAPHQL_JSON, JSON
from server.sse import KEEP_ALIVE_SECONDS, EventStream
from server.streams import Place, Streams
from server.subscribing import Step
from tests.stream_schema import SEEN
from tests.ws_client import PATIENCE, Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from starlette.types import Message

pytestmark = pytest.mark.anyio
COUNT = "subscription ($n: Int!) { count(to: $n) }"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


def post(served: Served, document: str, accept: str = EVENT_STREAM, **variables: object) -> httpx.Response:
    """The answer to one operation, whole."""
    url, headers = f"{served.url}/graphql", {"accept": accept}
    body = {"query": document, "variables": variables}
    return httpx.post(url, json=body, headers=headers, timeout=PATIENCE, trust_env=False)


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream."""
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        sent = data.removeprefix("data: ")
        found.append((name.removeprefix("event: "), json.loads(sent) if sent else None))
    return found


def codes(answer: httpx.Response) -> list[str]:
    """The codes of the last `next`, which is followed by `complete`."""
    (name, payload), end = events(answer.text)[-2:]
    assert (name, end) == ("next", ("complete", None))
    return [error["extensions"]["code"] for error in payload["errors"]]


@pytest.mark.parametrize(
    "accept", [EVENT_STREAM, f"{JSON}, {EVENT_STREAM}", f"{GRAPHQL_JSON},{EVENT_STREAM}"]
)
def test_a_subscription_is_streamed_to_its_end(served: Served, accept: str) -> None:
    """Each event is one `next`, then `complete`; nobody keeps it, and no proxy waits for more."""
    answer = post(served, COUNT, accept, n=2)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{EVENT_STREAM}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["x-request-id"]
    assert events(answer.text) == [
        ("next", {"data": {"count": 0}}),
        ("next", {"data": {"count": 1}}),
        ("complete", None),
    ]


@pytest.mark.parametrize("document", ["{ version }", "mutation { act }"])
def test_what_has_one_answer_is_no_stream(served: Served, document: str) -> None:
    """406, and nothing runs; who takes JSON too gets it."""
    SEEN.clear()
    answer = post(served, document)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (406, NO_SUBSCRIPTION)
    assert not SEEN["ran"]
    assert post(served, document, f"{JSON}, {EVENT_STREAM}").json()["data"]


def test_a_request_that_is_none_has_a_status(served: Served) -> None:
    """What is no GraphQL request is refused as it is for everybody, in JSON."""
    headers = {"accept": EVENT_STREAM, "content-type": JSON}
    answer = httpx.post(f"{served.url}/graphql", content=b"{", headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith(JSON)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { hunter2 }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { version }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { count(to: "hunter2") }', "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { own }", "UNAUTHENTICATED"),
        ('subscription { ends(code: "SESSION_REVOKED") }', "SESSION_REVOKED"),
        ('subscription { ends(code: "DEFECT") }', "INTERNAL"),
        ("subscription { unwritable }", "INTERNAL"),
    ],
)
def test_what_goes_wrong_is_told_in_the_stream(served: Served, document: str, code: str) -> None:
    """At its start or later: a last `next` with the errors, `complete`, and the end; the texts are ours."""
    with capture_logs() as logged:
        answer = post(served, document)
    assert (answer.status_code, codes(answer)) == (200, [code])
    assert "hunter2" not in answer.text
    if code == "INTERNAL":
        assert [line["request_id"] for line in logged] == [answer.headers["x-request-id"]]


def test_an_event_that_fails_is_masked_and_the_next_one_comes(served: Served) -> None:
    """A field's defect is an entry in that event's errors."""
    first, second, end = events(post(served, "subscription { halves { value } }").text)
    assert (first[1]["data"], first[1]["errors"][0]["message"]) == (None, "Internal error.")
    assert second == ("next", {"data": {"halves": {"value": 1}}})
    assert end == ("complete", None)


def test_whoever_goes_away_leaves_no_generator_behind(served: Served) -> None:
    """The client hangs up while nothing happens: the generator is closed at once, and the place is free.

    Planted: no watch for the disconnect; seen to fail.
    """
    SEEN.clear()
    headers = {"accept": EVENT_STREAM, "authorization": f"Bearer {served.token().reveal()}"}
    body = {"query": "subscription { own }"}
    with (
        httpx.Client(trust_env=False) as http,
        http.stream("POST", f"{served.url}/graphql", json=body, headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        assert [next(lines), next(lines)] == ["event: next", 'data: {"data":{"own":1}}']
        assert served.streams.taken == 1
    until(lambda: SEEN["closed"] == 1)
    until(lambda: served.streams.taken == 0)


def test_a_stopping_server_ends_the_stream(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """The answer ends, without `complete`: there is more, and the client asks again.

    Planted: nobody tells the streams, and the drain lasts its whole time; seen to fail.
    """
    SEEN.clear()
    with httpx.Client(trust_env=False, timeout=PATIENCE) as http:
        with serve_schema(place(tmp_path, migrated_sqlite)) as served:
            headers = {"accept": EVENT_STREAM, "authorization": f"Bearer {served.token().reveal()}"}
            body = {"query": "subscription { own }"}
            request = http.build_request("POST", f"{served.url}/graphql", json=body, headers=headers)
            answer = http.send(request, stream=True)
            lines = answer.iter_lines()
            assert next(lines) == "event: next"
        assert "event: complete" not in list(lines)
        answer.close()
    assert SEEN["closed"] == 1


def test_streams_are_bounded(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """503 where there is no place; a stream that has ended has given its place back."""
    with serve_schema(place(tmp_path, migrated_sqlite), most=1) as served:
        assert post(served, COUNT, n=1).status_code == 200
        with served.open() as client:
            client.subscribe("subscription { own }")
            client.receive()
            assert post(served, COUNT, n=1).status_code == 503
            assert post(served, "{ version }", JSON).status_code == 200


async def _silent() -> AsyncGenerator[Step, None]:
    yield Step({}, is_end=False)
    await asyncio.Event().wait()


async def test_a_silent_stream_says_that_it_lives() -> None:
    """A comment every 15 seconds, so that proxies keep it and a dead peer is found out."""
    assert KEEP_ALIVE_SECONDS == 15
    taken = Streams().take()
    assert isinstance(taken, Place)
    stream = EventStream(_silent(), taken, asyncio.Event(), "id", keep_alive_seconds=0.01)
    gone, sent = asyncio.Event(), list[Any]()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body"))
        if sent.count(b":\n\n") == 2:
            gone.set()

    await stream({"type": "http"}, receive, send)
    assert sent == [None, b"event: next\ndata: {}\n\n", b":\n\n", b":\n\n", b""]
