"""One attempt at a real receiver, with each way in which it can fail."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from delivery.faults import ChannelDown, PassingFault
from delivery.webhook_sending import MOST_BYTES, USUAL, Patience, Sender
from tests.certificates import Certificates, make_certificates
from tests.webhook_receiver import (
    CANARY,
    Receiver,
    addresses,
    cut,
    endless_headers,
    long_answer,
    nonsense,
    receiver,
    silence,
    stalled_body,
    status,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.webhook_receiver import Fault

pytestmark = pytest.mark.anyio
#: A name that only the tests' certificate knows (RFC 6761: `test` is nobody's).
NAME = "hooks.example.test"
HERE = ["127.0.0.1"]
BODY = b'{"type":"password.changed"}'
HEADERS = {"webhook-id": "effect-1"}
#: Of the 100 MB: 64 KiB read, and what lies in the buffers of two sockets and two TLS ends on loopback.
MOST_WRITTEN = 16 * 2**20


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for the whole file."""
    return make_certificates(tmp_path_factory.mktemp("certificates"), NAME)


@pytest.fixture
async def server(certificates: Certificates) -> AsyncIterator[Receiver]:
    """A receiver of the test's own."""
    async with receiver(certificates) as opened:
        yield opened


async def _post(sender: Sender) -> int:
    try:
        return await sender.post(BODY, HEADERS)
    finally:
        await sender.close()


async def _fault(sender: Sender) -> str:
    with pytest.raises(PassingFault) as failed:
        await _post(sender)
    assert not isinstance(failed.value, ChannelDown)
    assert CANARY not in failed.value.reason
    return failed.value.reason


async def test_a_post_arrives_as_it_was_sent(server: Receiver) -> None:
    """The path with its query, the body's bytes and the headers; nothing that the client adds unasked."""
    assert await _post(Sender(server.endpoint(host=NAME), addresses(HERE))) == 200
    (request,) = server.received
    assert request.path == "/hooks?to=crm"
    assert request.body == BODY
    assert request.headers == {
        "host": f"{NAME}:{server.port}",
        "webhook-id": "effect-1",
        "content-length": str(len(BODY)),
    }


async def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(server: Receiver) -> None:
    """A name that no resolver knows is asked for in TLS, and proved, at the address that was checked.

    Planted: no server name given, so that the address is checked, for which the certificate is good too:
    seen to fail.
    """
    assert await _post(Sender(server.endpoint(host=NAME), addresses(HERE))) == 200
    assert server.names == [NAME]
    reason = await _fault(Sender(server.endpoint(host="other.example.test"), addresses(HERE)))
    assert reason == "The endpoint's certificate is not trusted, or is for another name."
    assert len(server.received) == 1


async def test_an_untrusted_certificate_gets_nothing(server: Receiver) -> None:
    """Without the tests' authority nothing is sent."""
    endpoint = server.endpoint(tls=ssl.create_default_context())
    reason = await _fault(Sender(endpoint, addresses(HERE)))
    assert reason == "The endpoint's certificate is not trusted, or is for another name."
    assert not server.received


async def test_what_is_not_tls_gets_nothing(certificates: Certificates) -> None:
    """A server that speaks in the clear is told from one whose certificate is bad."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"220 {CANARY}\r\n".encode())
        await reader.read()  # until the client leaves
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        opened = Receiver(certificates, server.sockets[0].getsockname()[1])
        reason = await _fault(Sender(opened.endpoint(), addresses(HERE)))
    assert reason == "The endpoint does not speak TLS as it must."


async def test_a_private_address_is_refused_before_it_is_connected_to(server: Receiver) -> None:
    """A name that answers with this machine's address reaches nothing here.

    Planted: the addresses not looked at: seen to fail.
    """
    reason = await _fault(Sender(server.endpoint(allow_private=False), addresses(HERE)))
    assert "not public" in reason
    assert not server.connections


async def test_it_is_resolved_once_and_connected_to_what_was_checked(server: Receiver) -> None:
    """A resolver that would answer otherwise the second time is not asked a second time.

    Planted: the name connected to in place of the address: seen to fail, since nobody else resolves it.
    """
    resolve = addresses(HERE, ["192.0.2.1"])
    sender = Sender(server.endpoint(host=NAME), resolve)
    assert await sender.post(BODY, HEADERS) == 200
    assert await resolve(NAME, 443) == ["192.0.2.1"]
    await sender.close()


async def test_each_attempt_resolves_anew(server: Receiver) -> None:
    """No connection is kept: a later attempt's address is looked at too."""
    sender = Sender(server.endpoint(host=NAME), addresses(HERE, HERE, ["fe80::1%lo"]))
    assert [await sender.post(BODY, HEADERS), await sender.post(BODY, HEADERS)] == [200, 200]
    assert server.connections == 2
    assert "no address" in await _fault(sender)


async def test_the_next_address_is_tried_where_one_takes_no_connection(server: Receiver) -> None:
    """A first address that leads nowhere does not keep the webhook back; it is sent once."""
    assert await _post(Sender(server.endpoint(), addresses(["127.0.0.2", *HERE]))) == 200
    assert len(server.received) == 1


async def test_what_was_sent_is_not_sent_to_another_address(server: Receiver) -> None:
    """Once a request is on its way no other address gets it in the same attempt."""
    server.fault = cut
    await _fault(Sender(server.endpoint(), addresses([*HERE, *HERE])))
    assert len(server.received) == 1


async def test_nobody_listening_is_a_passing_fault(certificates: Certificates) -> None:
    """A port that is closed."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        sender = Sender(Receiver(certificates, closed.getsockname()[1]).endpoint(), addresses(HERE))
        assert await _fault(sender) == "The endpoint takes no connections."


async def test_a_name_that_nobody_knows_is_a_passing_fault(server: Receiver) -> None:
    """The resolver's own words are not repeated."""
    sender = Sender(server.endpoint(), addresses(socket.gaierror(-2, CANARY)))
    assert await _fault(sender) == "The endpoint's host name cannot be resolved."


@pytest.mark.parametrize("fault", [cut, nonsense, endless_headers])
async def test_an_answer_that_is_none_is_a_passing_fault(server: Receiver, fault: Fault) -> None:
    """A connection that is cut, another protocol, and headers without an end."""
    server.fault = fault
    reason = await _fault(Sender(server.endpoint(), addresses(HERE)))
    assert reason == "The endpoint ended the connection, or did not answer in HTTP."


async def test_silence_ends_in_time(server: Receiver) -> None:
    """No answer in time is a passing fault, and the connection is closed."""
    server.fault = silence
    sender = Sender(server.endpoint(), addresses(HERE), Patience(answer=0.3))
    assert await _fault(sender) == "The endpoint did not answer in time."
    assert USUAL.answer + USUAL.body <= 15


async def test_a_connection_that_is_never_taken_ends_in_time(certificates: Certificates) -> None:
    """A server that takes TCP but says nothing in TLS is given up."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = Receiver(certificates, mute.getsockname()[1]).endpoint()
        sender = Sender(endpoint, addresses(HERE), Patience(connect=0.3))
        assert await _fault(sender) == "The endpoint did not answer in time."


@pytest.mark.parametrize("code", [200, 204, 302, 404, 410, 500, 503])
async def test_the_status_is_what_is_given(server: Receiver, code: int) -> None:
    """Whatever the answer's status, and nothing else of it; no cookie comes back at the next attempt."""
    server.fault = status(code, headers="location: https://localhost/\r\n")
    sender = Sender(server.endpoint(), addresses(HERE, HERE))
    assert [await sender.post(BODY, HEADERS), await _post(sender)] == [code, code]
    assert [request.path for request in server.received] == ["/hooks?to=crm"] * 2
    assert "cookie" not in server.received[1].headers


async def test_a_long_answer_is_left_unread(server: Receiver) -> None:
    """Of 100 MB that claim to be compressed little is read, little is held, and the status counts.

    Planted: the answer read whole: seen to fail, by its size and by what was held.
    """
    server.fault = long_answer(100_000_000)
    sender = Sender(server.endpoint(), addresses(HERE))
    tracemalloc.start()
    try:
        assert await _post(sender) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MOST_BYTES
    assert server.written < MOST_WRITTEN


@pytest.mark.parametrize("line", ["500 Oops", "302 Found"])
async def test_a_long_answer_counts_by_its_status(server: Receiver, line: str) -> None:
    """A fault does not become a success, nor another fault, by being long."""
    server.fault = long_answer(100_000_000, line)
    assert await _post(Sender(server.endpoint(), addresses(HERE))) == int(line[:3])
    assert server.written < MOST_WRITTEN


async def test_a_body_that_never_ends_does_not_unsay_the_status(server: Receiver) -> None:
    """After the status little time is given, even beyond what was left of the time to answer."""
    server.fault = stalled_body
    patience = Patience(answer=0.3, body=0.4)
    assert await _post(Sender(server.endpoint(), addresses(HERE), patience)) == 200


async def test_the_environment_names_no_proxy(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and authorities of the environment change nothing.

    Planted: httpx's client, which reads them, in place of its transport: seen to fail.
    """
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await _post(Sender(server.endpoint(), addresses(HERE))) == 200
