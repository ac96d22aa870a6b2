"""Sockets on `/graphql`: who may open one, how many there are, and how they are closed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from server.socket_session import INIT_SECONDS
from server.streams import MOST_UNPROVEN_OF_NETWORK
from tests.stream_schema import SEEN
from tests.ws_client import Served, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite)) as ready:
        yield ready


@pytest.mark.parametrize(
    ("authorization", "close"),
    [("Bearer dead", 4403), ("", 4403), (None, 4403), (1, 4403), ("Basic x", 4403)],
)
def test_a_socket_of_nobody_is_forbidden(served: Served, authorization: object, close: int) -> None:
    """A bearer that is dead, missing or no bearer closes the socket before any ack."""
    with served.connect() as client:
        client.send("connection_init", payload={"authorization": authorization})
        assert client.close_code() == close


def test_a_bearer_that_dies_later_is_nobodys(served: Served) -> None:
    """The guards look again at each subscribe: UNAUTHENTICATED, and the socket is closed."""
    served.token("paul")
    token = served.portal.call(served.world.signed_in, "paul").access_token
    with served.connect() as client:
        client.open(token)
        served.portal.call(served.world.change, "paul")
        client.subscribe("subscription { own }")
        assert client.codes() == ["UNAUTHENTICATED"]
        assert client.close_code() == 4401


def test_an_address_holds_so_many_unproven_sockets(served: Served) -> None:
    """The eleventh that has not said who it is gets 429; who has said it, or is gone, is not counted."""
    until(lambda: served.streams.taken == 0)
    with served.open():
        waiting = [served.connect() for _ in range(MOST_UNPROVEN_OF_NETWORK)]
        clients = [each.__enter__() for each in waiting]
        assert served.refused().status_code == 429
        clients[0].open(served.token())
        with served.connect():
            pass
        for each in waiting:
            each.__exit__(None, None, None)
    until(lambda: served.streams.taken == 0)
    assert not served.streams.unproven


def test_who_is_silent_is_closed(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """4408, however many pings come instead of `connection_init`; a proven socket may be silent for ever."""
    assert INIT_SECONDS == 5
    with serve_schema(place(tmp_path, migrated_sqlite), init_seconds=3.0) as served:
        served.token()  # made before anybody's time runs
        with served.open() as proven, served.connect() as client:
            for _ in range(3):
                time.sleep(0.05)
                client.send("ping")
                client.receive()
            assert client.close_code() == 4408
            proven.send("ping")
            assert proven.receive() == {"type": "pong"}


def test_idle_sockets_make_room(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """1013 for the longest idle, after which a client comes again; 503 where every socket streams."""
    SEEN.clear()
    with (
        serve_schema(place(tmp_path, migrated_sqlite), most=2) as served,
        served.open() as busy,
        served.open() as idle,
    ):
        busy.subscribe("subscription { own }")
        idle.subscribe("subscription { count(to: 0) }")
        assert idle.receive() == {"type": "complete", "id": "1"}
        busy.receive()
        with served.open() as other:
            assert idle.close_code() == 1013
            other.subscribe("subscription { own }")
            other.receive()
            assert served.refused().status_code == 503
            busy.send("complete", id="1")
            until(lambda: SEEN["closed"] == 1)
            with served.open():
                assert busy.close_code() == 1013
    until(lambda: SEEN["closed"] == 2)


def test_a_database_that_is_away_closes_the_socket(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """Nobody is believed meanwhile: 1011, after which a client comes again; the log says why."""
    path = place(tmp_path, migrated_sqlite)
    with serve_schema(path) as served:
        token = served.token()
        path.rename(path.with_suffix(".away"))
        with capture_logs() as logged, served.connect() as client:
            client.send("connection_init", payload={"authorization": f"Bearer {token.reveal()}"})
            assert client.close_code() == 1011
        path.with_suffix(".away").rename(path)
        assert [line["event"] for line in logged] == ["request.store_unavailable"]
        with served.open():
            pass


def test_a_stopping_server_says_so(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """Open sockets are closed with 1012 and their generators with them."""
    SEEN.clear()
    with serve_schema(place(tmp_path, migrated_sqlite)) as served:
        socket = served.open()
        client = socket.__enter__()
        client.subscribe("subscription { own }")
        client.receive()
    assert SEEN["closed"] == 1
    assert client.close_code() == 1012
    socket.__exit__(None, None, None)
