"""Peers that stop reading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from server.negotiation import EVENT_STREAM, JSON
from server.patience import STALL_SECONDS
from server.serving import DRAIN_SECONDS
from tests.stream_schema import SEEN
from tests.ws_client import Served, narrow, place, serve_schema, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socket import socket

#: The kernel's buffers of a connection on loopback: by default at most 4 MiB to send and 6 MiB received.
KERNEL = 10 * 1024**2
FLOOD = "subscription { flood }"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: bytes) -> Iterator[Served]:
    """One server for the tests of this file, whose patience is short."""
    with serve_schema(place(tmp_path_factory.mktemp("served"), migrated_sqlite), stall_seconds=0.3) as ready:
        yield ready


def ask_for_flood(raw: socket) -> None:
    """Asks for an event stream."""
    body = json.dumps({"query": FLOOD})
    fields = ("Host: x", f"Accept: {EVENT_STREAM}", f"Content-Type: {JSON}", f"Content-Length: {len(body)}")
    raw.sendall("\r\n".join(("POST /graphql HTTP/1.1", *fields, "", body)).encode())


def is_cut(served: Served) -> None:
    """The stream is closed with its place, and no more was made than the system's buffers hold."""
    until(lambda: SEEN["closed"] == 1)
    until(lambda: served.streams.taken == 0)
    assert SEEN["sent"] * 10_000 < KERNEL


def test_a_socket_that_is_not_read_is_cut(served: Served) -> None:
    """The stream waits with it, nothing is kept for it, and in the end it is aborted.

    Planted: uvicorn's own class, which waits for ever; seen to fail.
    """
    SEEN.clear()
    with narrow(served.url) as raw, served.connect(raw=raw) as client:
        client.open(served.token()).subscribe(FLOOD)
        is_cut(served)


def test_an_event_stream_that_is_not_read_is_cut(served: Served) -> None:
    """The same over HTTP.

    Planted: uvicorn's own class; seen to fail.
    """
    SEEN.clear()
    with narrow(served.url) as raw:
        ask_for_flood(raw)
        is_cut(served)


def test_patience_ends_before_the_drain() -> None:
    """A peer that does not read cannot hold the end of the process up."""
    assert STALL_SECONDS < DRAIN_SECONDS


@pytest.fixture
def patient(tmp_path: Path, migrated_sqlite: bytes) -> Iterator[Served]:
    """A server as it is run."""
    with serve_schema(place(tmp_path, migrated_sqlite)) as ready:
        yield ready


def test_whoever_reads_again_goes_on(patient: Served) -> None:
    """A pause that is shorter costs nothing."""
    SEEN.clear()
    with narrow(patient.url) as raw, patient.connect(raw=raw) as client:
        client.open(patient.token()).subscribe(FLOOD)
        until(lambda: patient.unsent() > 0)
        for _ in range(SEEN["sent"] + 10):
            assert client.receive()["type"] == "next"
    until(lambda: SEEN["closed"] == 1)
    SEEN.clear()
    with narrow(patient.url) as raw:
        ask_for_flood(raw)
        until(lambda: patient.unsent() > 0)
        wanted = (SEEN["sent"] + 10) * 10_000
        while wanted > 0:
            wanted -= len(raw.recv(65_536))
    until(lambda: SEEN["closed"] == 1)
