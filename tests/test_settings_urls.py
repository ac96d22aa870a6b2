"""Tests of the parsers of URLs."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.secret import Secret
from server.settings_urls import (
    Listen,
    base_url,
    database_url,
    is_encrypted,
    is_loopback,
    listen,
    mail_url,
    origins,
    page_url,
    url_scheme,
    xmpp_url,
)

PARSERS: list[Callable[[str], object]] = [
    base_url,
    database_url,
    listen,
    mail_url,
    origins,
    page_url,
    xmpp_url,
]
PREFIXES = [
    "",
    "http://",
    "https://[",
    "sqlite:///",
    "postgresql://u:p@",
    "smtp://",
    "xmpp://a%40b:c@",
    "dir:",
]


@given(st.sampled_from(PARSERS), st.sampled_from(PREFIXES), st.text(max_size=30))
def test_any_text_is_read_or_refused_in_a_sentence(
    parse: Callable[[str], object], prefix: str, text: str
) -> None:
    """Whatever the text, a parser gives a value or ValueError that begins `must`."""
    try:
        parse(prefix + text)
    except ValueError as error:
        assert str(error).startswith("must ")  # noqa: PT017 - only where it is refused


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (base_url, "https://rekey.example.org/id/", "https://rekey.example.org/id"),
        (base_url, "http://[::1]:8000", "http://[::1]:8000"),
        (page_url, "https://app.example.org/?page=reset", "https://app.example.org/?page=reset"),
        (origins, "none", ()),
        (
            origins,
            "https://a.example.org, http://localhost:3000",
            ("https://a.example.org", "http://localhost:3000"),
        ),
        (listen, "127.0.0.1:9100", Listen("127.0.0.1", 9100)),
        (listen, "[::1]:9100", Listen("::1", 9100)),
    ],
)
def test_values_are_read(parse: Callable[[str], object], text: str, value: object) -> None:
    """Each form that the documentation shows gives its value."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (database_url, "sqlite:////srv/rekey data/rekey.db"),
        (database_url, "postgresql://u:p%40@h1:5432,h2:5432/db"),
        (database_url, "postgresql://postgres@127.0.0.1:5432/db?sslmode=verify-full"),
        (database_url, "postgresql://[::1]/db"),
        (database_url, "postgresql://db.example.org.:5432/db"),
        (mail_url, "dir:/srv/mail"),
        (mail_url, "smtp://u:p@mail.example.org:587?starttls=required"),
        (mail_url, "smtp://127.0.0.1?starttls=none"),
        (mail_url, "smtps://u:p@mail.example.org?ca=/etc/ca.pem"),
        (xmpp_url, "xmpp://admin%40example.org:pw@xmpp.example.org:5222?ca=/etc/ca.pem"),
    ],
)
def test_secret_urls_are_read(parse: Callable[[str], object], text: str) -> None:
    """A URL that can carry a password comes back unchanged, as a secret."""
    assert parse(text) == Secret(text)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (base_url, "https://rekey.example.org?a=b"),
        (page_url, "ftp://rekey.example.org"),
        (page_url, "https://user@rekey.example.org"),
        (page_url, "https://rekey.example.org/#a"),
        (page_url, "https://"),
        (page_url, "https://a b"),
        (page_url, "https://rekey.example.org:99999"),
        (page_url, "https://[::1"),
        (page_url, "https://a..b/page"),
        (origins, "*"),
        (origins, "null"),
        (origins, "https://a.example.org/"),
        (origins, "https://a.example.org:99999"),
        (origins, f"https://{'a' * 64}.example.org"),
        (listen, "9100"),
        (listen, "127.0.0.1"),
        (listen, "127.0.0.1:0"),
        (listen, "a@127.0.0.1:9100"),
        (listen, "a..b:9100"),
        (database_url, "sqlite://"),
        (database_url, "sqlite:///:memory:"),
        (database_url, "sqlite:///a?mode=ro"),
        (database_url, "postgres://h/db"),
        (database_url, "postgresql://h"),
        (database_url, "postgresql://u:p/w@h/db"),
        (database_url, "mysql://h/db"),
        (database_url, "postgresql://u:p@127.0.0.1:99999/db"),
        (database_url, "postgresql://h1:5432,h2:99999/db"),
        (database_url, "postgresql://h1,a..b:1/db"),
        (mail_url, "dir:"),
        (mail_url, "smtp://"),
        (mail_url, "smtp://h?starttls=maybe"),
        (mail_url, "smtp://h?starttls=none&starttls=required"),
        (mail_url, "smtps://h?starttls=required"),
        (mail_url, "smtp://h?tls=off"),
        (mail_url, "smtp://h?ca="),
        (mail_url, "smtp://h/path"),
        (mail_url, "smtp://u:p#q@h"),
        (mail_url, "smtp://a..b?starttls=required"),
        (mail_url, "smtps://h:99999"),
        (xmpp_url, "xmpp://admin:pw@h"),
        (xmpp_url, "xmpp://admin%40example.org@h"),
        (xmpp_url, "http://admin%40example.org:pw@h"),
        (xmpp_url, "xmpp://admin%40example.org:pw@a..b"),
    ],
)
def test_malformed_urls_are_refused(parse: Callable[[str], object], text: str) -> None:
    """Another scheme, a missing or superfluous part, an unknown option, no such host or port are refused.

    Planted: any port and any host of PostgreSQL, and names with an empty or a too long part; each seen to
    fail.
    """
    with pytest.raises(ValueError, match=r"^must "):
        parse(text)


def test_encryption_is_given_up_by_one_option_only() -> None:
    """Only `starttls=none` makes a connection unencrypted."""
    assert is_encrypted(Secret("smtp://h"))
    assert is_encrypted(Secret("smtps://h"))
    assert not is_encrypted(Secret("smtp://h?starttls=none"))
    assert url_scheme(Secret("smtps://u:p@h")) == "smtps"


@pytest.mark.parametrize("host", ["127.0.0.1.example.org", "10.0.0.1", "::2", "", "localhost."])
def test_other_hosts_are_not_loopback(host: str) -> None:
    """What only looks like loopback is not."""
    assert not is_loopback(host)
