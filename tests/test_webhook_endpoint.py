"""URLs of endpoints."""

from __future__ import annotations

import ssl

import pytest

from delivery.webhook_endpoint import BadUrl, Endpoint, read_url
from tests.webhook_receiver import SECRET


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("https://hooks.example.org/rekey?key=1", "hooks.example.org", 443),
        ("HTTPS://Hooks.Example.org:8443", "hooks.example.org", 8443),
        ("https://xn--exmple-cua.org", "xn--exmple-cua.org", 443),
        ("https://192.0.2.1/", "192.0.2.1", 443),
        ("https://[2001:db8::1]:65535/", "2001:db8::1", 65_535),
        ("https://[::1]/", "::1", 443),
    ],
)
def test_a_url_says_where_to_connect(text: str, host: str, port: int) -> None:
    """Host and port are what is resolved and what the certificate is checked against."""
    endpoint = Endpoint("crm", read_url(text), (SECRET,), frozenset(), ssl.create_default_context())
    assert (endpoint.host, endpoint.port) == (host, port)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://hooks.example.org/", "begin with https"),
        ("ftp://hooks.example.org/", "begin with https"),
        ("//hooks.example.org/", "begin with https"),
        ("https://mary:hunter2@hooks.example.org/", "neither a user nor"),
        ("https://mary@hooks.example.org/", "neither a user nor"),
        ("https://hooks.example.org/#", "nor a fragment"),
        ("https://hooks.example.org/#hunter2", "nor a fragment"),
        ("https://hooks.example.org:0/", "a port from"),
        ("https://hooks.example.org:65536/", "a port from"),
        ("https://hooks.example.org:port/", "a URL such as"),
        ("https://exämple.org/", "in ASCII"),
        ("https://hooks.example.org/ü", "in ASCII"),
        ("https://hooks_1.example.org/", "a URL such as"),
        (f"https://{'a' * 64}.example.org/", "a URL such as"),
        ("https://-hooks.example.org/", "a URL such as"),
        ("https://hooks..example.org/", "a URL such as"),
        ("https://hooks.example.org./", "a URL such as"),
        ("https://[fe80::1%25eth0]/", "a URL such as"),
        ("https://hooks.example.org\\@10.0.0.1/", "neither a user nor"),
        ("https://hooks.example.org/\n", "a URL such as"),
        ("https:///hooks", "a URL such as"),
        ("https://", "a URL such as"),
        ("", "a URL such as"),
    ],
)
def test_other_urls_are_refused_without_being_repeated(text: str, why: str) -> None:
    """Only https, a host, no user and no fragment; the reason repeats nothing of the URL."""
    with pytest.raises(BadUrl, match=why) as refused:
        read_url(text)
    assert "hunter2" not in str(refused.value)


def test_an_endpoint_shows_neither_its_secrets_nor_its_url() -> None:
    """What is logged of an endpoint is its name."""
    url = read_url("https://hooks.example.org/?key=hunter2")
    shown = repr(Endpoint("crm", url, (SECRET,), frozenset(), ssl.create_default_context()))
    assert "crm" in shown
    assert "hunter2" not in shown
    assert SECRET.reveal() not in shown
