"""The URL of the XMPP server."""

from __future__ import annotations

import pytest

from credentials.secret import Secret
from delivery.xmpp import BadXmppUrl, open_xmpp
from delivery.xmpp_url import XmppLogin, read_xmpp_url
from server.settings_urls import xmpp_url

FULL = "xmpp://Admin%40Example.ORG:p%40ss%2Fword@chat.example.org:5223?ca=/etc/a+b%20c.pem"


def test_a_url_says_who_where_and_whom_to_trust() -> None:
    """The JID is normalised, the password and the file are as they are meant, the port stands."""
    assert read_xmpp_url(xmpp_url(FULL)) == XmppLogin(
        jid="admin@example.org",
        password=Secret("p@ss/word"),
        host="chat.example.org",
        port=5223,
        ca="/etc/a+b c.pem",
        encrypted=True,
    )


def test_what_is_not_said_is_safe() -> None:
    """Port 5222, the machine's authorities, and TLS; the domain is the JID's and not the host's."""
    login = read_xmpp_url(xmpp_url("xmpp://admin%40example.org:pw@127.0.0.1"))
    assert (login.port, login.ca, login.encrypted, login.domain) == (5222, None, True, "example.org")


@pytest.mark.parametrize(("option", "encrypted"), [("required", True), ("none", False)])
def test_tls_is_left_out_only_where_the_url_says_so(option: str, *, encrypted: bool) -> None:
    """`starttls=none` is for development."""
    login = read_xmpp_url(xmpp_url(f"xmpp://admin%40localhost:pw@localhost?starttls={option}"))
    assert login.encrypted is encrypted


def test_the_accounts_jid_is_known_before_any_connection() -> None:
    """Nobody else may have it."""
    assert open_xmpp(Secret(FULL)).jid == "admin@example.org"


@pytest.mark.parametrize(
    "url",
    [
        "https://admin%40example.org:hunter2@host",
        "xmpp://admin:hunter2@host",
        "xmpp://example.org:hunter2@host",
        "xmpp://admin%40example.org%2Fdesk:hunter2@host",
        "xmpp://%40example.org:hunter2@host",
        "xmpp://admin%40:hunter2@host",
        "xmpp://admin%40example.org@host",
        "xmpp://admin%40example.org:hunter2@",
        "xmpp://admin%40example.org:hunter2@host:99999",
        "xmpp://admin%40example.org:hunter2@[::1",
        "",
    ],
)
def test_another_url_is_refused_and_not_repeated(url: str) -> None:
    """The reason holds nothing of it, and neither does what an interpreter shows with it."""
    with pytest.raises(BadXmppUrl) as refused:
        open_xmpp(Secret(url))
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
