"""Reset mails that somebody bends: by the headers of the request, and by addresses that look like another."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.negotiation import JSON
from tests.certificates import make_certificates
from tests.mail_servers import MailServer, mail_server
from tests.proofs.client import PATIENCE, QUICK, clients
from tests.servers import server_process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proofs.client import Client
    from tests.servers import RunningServer

pytestmark = pytest.mark.anyio

EVIL = "evil.example"
MARY = "mary@example.org"
WISH = "mutation ($i: RequestPasswordResetInput!) { requestPasswordReset(input: $i) { __typename } }"
#: Every header from which some program has made a link, and what a proxy, a browser or a tool would add.
HEADERS = {
    **dict.fromkeys(("Host", "X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host", "X-Host"), EVIL),
    **dict.fromkeys(("Forwarded-Host", "X-HTTP-Host-Override", "X-Real-IP", "X-Forwarded-For"), EVIL),
    **dict.fromkeys(("True-Client-IP", "CF-Connecting-IP", "Via", "X-Api-Version"), EVIL),
    **dict.fromkeys(("Origin", "Referer", "X-Original-URL", "X-Rewrite-URL"), f"https://{EVIL}/reset"),
    **dict.fromkeys(("X-Forwarded-Prefix", "X-Forwarded-Path", "X-Script-Name"), f"/{EVIL}"),
    **dict.fromkeys(("X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Url-Scheme"), "https"),
    **dict.fromkeys(("From", "Reply-To", "Return-Path"), f"x@{EVIL}"),
    "Forwarded": f"for={EVIL};host={EVIL};proto=https",
    "X-Forwarded-Port": "31337",
    "X-HTTP-Method-Override": "GET",
    "Accept-Language": "fr",
    "User-Agent": f"{EVIL}\tBcc: x@{EVIL}",
    "Cookie": f"host={EVIL}",
}
#: What differs between two reset mails beside the boundary of their parts: token, code, id and time.
OF_EACH = re.compile(
    rb"#token=(3D)?[\w-]+|^\s*[0-9A-Z]{3}-[0-9A-Z]{3}\s*$|>[0-9A-Z]{3}-[0-9A-Z]{3}<|^(Message-ID|Date): .*$",
    re.MULTILINE,
)


def ask(url: str, target: str = "/graphql", **headers: str) -> None:
    """Asks for Mary's mail; every header is sent as it is, whatever httpx would make of it."""
    host, port = url.removeprefix("http://").split(":")
    body = httpx.Request(
        "POST", url, json={"query": WISH, "variables": {"i": {"emailAddress": MARY}}}
    ).content
    sent = {"Host": f"{host}:{port}", "Content-Type": JSON, "Connection": "close", **headers}
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"RequestPasswordResetSuccess" in answer, answer


async def test_no_header_changes_a_mail(tmp_path: Path) -> None:
    """All of them at once, and a request for another host: byte for byte the mail of a request without.

    This machine is a trusted proxy here, so that what may be believed of a proxy is. Planted: the link made
    of X-Forwarded-Host; seen to fail.
    """
    settings: dict[str, Any] = QUICK | {"REKEY_TRUSTED_PROXIES": "127.0.0.1"}
    with server_process(tmp_path, **settings) as server:
        async with clients(server.url) as (client,):
            await make_mary(server, client)
        ask(server.url)
        ask(server.url, **HEADERS)
        ask(server.url, f"http://{EVIL}/graphql", **HEADERS)
        mails = await three_mails(server.mailbox)
    assert len({without_what_differs(mail) for mail in mails}) == 1
    assert not any(EVIL.encode() in mail for mail in mails)
    assert all(b"http://127.0.0.1:8000/reset-password#token=" in mail for mail in mails)


async def three_mails(mailbox: Path) -> list[bytes]:
    """Waits until there are three reset mails: their octets."""
    found: list[bytes] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < 3:
            await asyncio.sleep(0.05)
            found = [mail for mail in read_all(mailbox) if b"#token=" in mail]
    return found


def read_all(mailbox: Path) -> list[bytes]:
    """Every mail in the mailbox."""
    return [file.read_bytes() for file in mailbox.glob("*.eml")]


def without_what_differs(mail: bytes) -> bytes:
    """A mail without what is of it alone."""
    (boundary,) = set(re.findall(rb'boundary="([^"]+)"', mail))
    return OF_EACH.sub(b"", mail.replace(boundary, b""))


async def make_mary(server: RunningServer, client: Client, **more: str) -> None:
    """Makes Mary, and whoever else is given with an address."""
    admin = await client.bearer(server.admin_username, server.admin_password)
    for username, address in {"mary": MARY, **more}.items():
        given = {"username": username, "emailAddress": address}
        assert (await client.do("createUser", given, bearer=admin)).is_success, address


#: Stored addresses, and what only looks like each of them or is written another way.
STORED = {"kim": "kim@example.org", "jorg": "jörg@example.org", "anna": "anna@bücher.example"}
ALIKE = [
    *("\u212aim@example.org", "k\u0131m@example.org", "K\u0130M@example.org", "k\u1d5bm@example.org"),
    *(
        "\uff4b\uff49\uff4d@example.org",
        "kim\uff20example.org",
        "kim@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.org",
        "kim@example\u3002org",
    ),
    *("kim+a@example.org", "kim@example.org.", "kim.@example.org", "kim@sub.example.org", "kim@example.org "),
    *(" kim@example.org", "kim\u200b@example.org", "kim@example.org\ufeff", "kim\u00ad@example.org"),
    *("kim@example.org,x@evil.example", "kim@example.org\r\nBcc: x@evil.example", "x@evil.example"),
    *(
        "<kim@example.org>",
        '"kim"@example.org',
        "kim@example.org\0",
        "kim@ex\u0430mple.org",
        "KIM@EXAMPLE.ORG",
    ),
    *("jo\u0308rg@example.org", "jorg@example.org", "JÖRG@example.org", "jörg@EXAMPLE.org"),
    *(
        "anna@xn--bcher-kva.example",
        "anna@bu\u0308cher.example",
        "anna@bucher.example",
        "ANNA@BÜCHER.EXAMPLE",
    ),
]


async def test_a_look_alike_reaches_the_stored_address_or_nobody(tmp_path: Path) -> None:
    """ASVS 6.4.3: receiver and To of every mail are the stored text, never what was typed.

    Planted: the mail sent to what was typed; seen to fail.
    """
    certificates = make_certificates(tmp_path)
    async with mail_server(certificates) as mail:
        settings: dict[str, Any] = QUICK | {"REKEY_MAIL_URL": mail.url()}
        with server_process(tmp_path / "server", **settings) as server:
            async with clients(server.url) as (client,):
                await make_mary(server, client, **STORED)
                for address in [*STORED.values(), *ALIKE]:
                    await client.do("requestPasswordReset", {"emailAddress": address})
                admin = await client.bearer(server.admin_username, server.admin_password)
                await settled(client, admin)
    check(mail)


async def settled(client: Client, admin: str) -> None:
    """Waits until every wish is a mail, or is dropped."""
    document, waiting = "{ deliveries(first: 200, state: PENDING) { edges { node { id } } } }", True
    async with asyncio.timeout(PATIENCE):
        while waiting:
            await asyncio.sleep(0.05)
            waiting = bool((await client.post(document, bearer=admin))["data"]["deliveries"]["edges"])


def check(mail: MailServer) -> None:
    """Each mail went to one stored address, which its To shows; each stored address had its own."""
    wire = {"anna@xn--bcher-kva.example": STORED["anna"]}
    reached = []
    for each in mail.received:
        (receiver,) = each.receivers
        stored = wire.get(receiver, receiver)
        assert stored in STORED.values(), receiver
        (shown,) = [address.addr_spec for address in each.message["To"].addresses]
        # A header in UTF-8 (RFC 6532) is read as bytes that are not ASCII.
        assert shown.encode("utf-8", "surrogateescape").decode() in (stored, receiver)
        reached.append(stored)
    assert set(reached) == set(STORED.values())
