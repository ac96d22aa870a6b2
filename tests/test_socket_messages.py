"""The messages of graphql-transport-ws: what breaks the protocol closes the socket."""

from __future__ import annotations

import logging
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from credentials.secret import Secret
from server.operation import MAX_BODY
from server.socket_messages import MOST_ID, Init, Violation, read_message
from tests.stream_schema import SEEN
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


SUBSCRIBE = '{"type": "subscribe", "id": "%s", "payload": {"query": "subscription { count(to: 0) }"}}'
OPENED: list[tuple[str | bytes, int]] = [
    ("{", 4400),
    ("[]", 4400),
    ('{"type": "ping", "type": "ping"}', 4400),
    (b"{}", 4400),
    ("{}", 4400),
    ('{"type": "start"}', 4400),
    ('{"type": ["ping"]}', 4400),
    ('{"type": "ping", "payload": 1}', 4400),
    ('{"type": "connection_init"}', 4429),
    ('{"type": "subscribe"}', 4400),
    ('{"type": "subscribe", "payload": {"query": "subscription { own }"}}', 4400),
    ('{"type": "subscribe", "id": "", "payload": {"query": "subscription { own }"}}', 4400),
    ('{"type": "subscribe", "id": 1, "payload": {"query": "subscription { own }"}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
    ('{"type": "subscribe", "id": "own", "payload": {"query": "subscription { own }"}}', 4409),
    ('{"type": "complete"}', 4400),
    (r'{"type": "complete", "id": "\ud800"}', 4400),
    (SUBSCRIBE % r"\ud800", 4400),
    (SUBSCRIBE % ("x" * (MOST_ID + 1)), 4400),
    (" " * (MAX_BODY + 1), 1009),
]


@pytest.mark.parametrize(("message", "code"), OPENED)
def test_a_violation_closes_the_socket(served: Served, message: str | bytes, code: int) -> None:
    """By the code that the protocol has for it; what runs is ended."""
    SEEN.clear()
    with served.open() as client:
        client.subscribe("subscription { own }", "own")
        client.receive()
        client.connection.send(message)
        assert client.close_code() == code
    until(lambda: SEEN["closed"] == 1)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type": "subscribe", "id": "1", "payload": {"query": "subscription { own }"}}', 4401),
        ('{"type": "connection_ack"}', 4400),
        ('{"type": "connection_init", "payload": []}', 4400),
        ('{"type": "connection_init"}', 4403),
    ],
)
def test_before_the_ack_there_is_one_way_in(served: Served, message: str, code: int) -> None:
    """Pings are answered; anything but a good `connection_init` closes the socket."""
    with served.connect() as client:
        client.send("ping")
        assert client.receive() == {"type": "pong"}
        client.send("pong")
        client.connection.send(message)
        assert client.close_code() == code


def test_an_id_is_text_of_so_many_characters(served: Served) -> None:
    """It comes back as it was sent. One that cannot be sent back, or is longer, is a violation (above).

    Planted: any string; seen to fail.
    """
    with served.open() as client:
        for name in ("😀" * MOST_ID, "\0", "\U0010ffff"):
            client.subscribe("subscription { count(to: 0) }", name)
            assert client.receive() == {"id": name, "type": "complete"}


def test_garbage_is_closed_and_nothing_else(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """60 frames of random bytes and broken JSON: each socket is closed by 4400 or RFC 6455's 1007."""
    chance = random.Random(5)  # noqa: S311  a test's
    whole = b'{"type": "subscribe", "id": "1", "payload": {"query": "subscription { own }"}}'
    with capture_logs() as logged:
        for turn in range(60):
            with served.connect() as client:
                if turn % 2:
                    client.connection.send(whole[: chance.randrange(len(whole))], text=True)
                    assert client.close_code() == 4400
                else:
                    client.connection.send(chance.randbytes(40), text=bool(turn % 4))
                    assert client.close_code() in {4400, 1007}
    # Whether lower levels are kept is up to whoever set the log up before.
    assert (logged, [each for each in caplog.records if each.levelno >= logging.WARNING]) == ([], [])
    until(lambda: served.streams.taken == 0)


def test_a_bearer_is_kept_as_a_secret() -> None:
    """What is shown of a message does not show it; a scheme that is not `Bearer` is nobody's."""
    init = read_message('{"type": "connection_init", "payload": {"authorization": "Bearer hunter2"}}')
    assert init == Init(Secret("hunter2"))
    assert "hunter2" not in repr(init)
    assert read_message('{"type": "connection_init"}') == Init(None)


@pytest.mark.parametrize("text", ["x" * (MAX_BODY + 1), '"\ud800"', '{"type": "\ud800"}'])
def test_what_another_server_would_let_through_is_refused(text: str) -> None:
    """The bound and the encoding are checked here too, and the refusal holds nothing of the text."""
    with pytest.raises(Violation) as refused:
        read_message(text)
    assert refused.value.code == 4400
    assert refused.value.__context__ is None
    assert len(refused.value.reason.encode()) <= 123


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever comes in is a message or a violation."""
    with suppress(Violation):
        read_message(text)
