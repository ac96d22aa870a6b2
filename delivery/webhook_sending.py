"""One attempt to send a webhook: HTTPS to an address that was looked at, and little read of the answer."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from delivery.faults import PassingFault
from delivery.webhook_addresses import checked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from ipaddress import IPv4Address, IPv6Address

    from delivery.webhook_addresses import Resolve
    from delivery.webhook_endpoint import Endpoint

#: What is read of an answer, so that its sender can finish writing an ordinary one.
MOST_BYTES: Final = 65_536
#: So many of a host's addresses are tried: its IPv6 one may lead nowhere.
_MOST_ADDRESSES: Final = 3
_TOO_LATE: Final = "The endpoint did not answer in time."


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that an attempt may take: 15 in all, far below the lease of a minute.

    That is the least that Standard Webhooks 1.0.0 advises to give a receiver ("Request timeouts": 15 to 30).

    Args:
        connect: for one address to take the connection: TCP repeats its first packet after 1 and after 3
            (RFC 6298 section 2), and a second address still gets its turn.
        answer: for everything until the answer's status.
        body: for what follows the status.
    """

    connect: float = 5.0
    answer: float = 14.0
    body: float = 1.0


USUAL: Final = Patience()


class Sender:
    """Sends to one endpoint.

    It is httpx's transport and not its client: what the client adds (redirects, cookies, proxies and
    passwords from the environment) is what a webhook must not have. No connection is kept, so that each
    attempt's address and certificate are looked at.

    Args:
        endpoint: where to.
        resolve: gives the host's addresses.
        patience: how long an attempt may take.
    """

    def __init__(self, endpoint: Endpoint, resolve: Resolve, patience: Patience = USUAL) -> None:
        self._endpoint = endpoint
        self._resolve = resolve
        self._patience = patience
        self._transport = httpx.AsyncHTTPTransport(
            verify=endpoint.tls, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Sends one body; gives the status of the answer, whatever it is.

        Raises:
            PassingFault: no answer came. The reason names the kind of fault only.
        """
        try:
            async with asyncio.timeout(self._patience.answer) as deadline:
                answer = await self._answer(body, headers)
                deadline.reschedule(None)  # the status has been said; a slow body does not unsay it
                await _read_some(answer, self._patience.body)
                return answer.status_code
        except TimeoutError as fault:
            raise PassingFault(_TOO_LATE) from fault
        except httpx.TransportError as fault:
            raise PassingFault(_in_words(fault)) from fault

    async def close(self) -> None:
        """Ends the connections that are open."""
        await self._transport.aclose()

    async def _answer(self, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Sends to the first address that takes a connection; only a connection is tried again."""
        *others, last = (await self._addresses())[:_MOST_ADDRESSES]
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):  # the last address's fault is reported
                return await self._send(address, body, headers)
        return await self._send(last, body, headers)

    async def _addresses(self) -> list[IPv4Address | IPv6Address]:
        try:
            found = await self._resolve(self._endpoint.host, self._endpoint.port)
        except OSError as fault:
            reason = "The endpoint's host name cannot be resolved."
            raise PassingFault(reason) from fault
        return checked(found, allow_private=self._endpoint.allow_private)

    async def _send(
        self, address: IPv4Address | IPv6Address, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        url = self._endpoint.url
        # The attempt has its one deadline, so that its other parts need none.
        timeouts = {"connect": self._patience.connect, "read": None, "write": None, "pool": None}
        request = httpx.Request(
            "POST",
            url.copy_with(host=str(address)),
            headers={"host": url.netloc.decode("ascii"), **headers},
            content=body,
            # The certificate is checked against this name, not against the address.
            extensions={"sni_hostname": self._endpoint.host, "timeout": timeouts},
        )
        return await self._transport.handle_async_request(request)


async def _read_some(answer: httpx.Response, seconds: float) -> None:
    """Reads the first of an answer, as it came, and leaves; nothing of it is kept."""
    read = 0
    try:
        # What breaks here is no fault: the answer's status is what counts.
        with suppress(TimeoutError, httpx.TransportError):
            async with asyncio.timeout(seconds):
                # Left half read, a generator would be ended by nobody.
                parts: AsyncGenerator[bytes, None] = answer.aiter_raw()  # type: ignore[assignment]  # it is one
                async with aclosing(parts):
                    async for part in parts:
                        read += len(part)
                        if read >= MOST_BYTES:
                            break
    finally:
        await answer.aclose()


def _in_words(fault: httpx.TransportError) -> str:
    """The kind of fault: its own text may repeat what the endpoint sent."""
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    match fault, cause:
        case httpx.TimeoutException(), _:
            return _TOO_LATE
        case _, ssl.SSLCertVerificationError():
            return "The endpoint's certificate is not trusted, or is for another name."
        case _, ssl.SSLError():
            return "The endpoint does not speak TLS as it must."
        case httpx.ConnectError(), _:
            return "The endpoint takes no connections."
        case _:
            return "The endpoint ended the connection, or did not answer in HTTP."
