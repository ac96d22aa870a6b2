"""The mail server that a URL names."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from delivery.smtp_url import BadMailUrl, read_smtp_url
from tests.certificates import make_certificates

if TYPE_CHECKING:
    from pathlib import Path


def test_a_url_says_everything() -> None:
    """Host, port, user and password are read; what was percent-encoded is what it stood for."""
    server = read_smtp_url("smtp://rekey%40example.org:p%40ss%3A%C3%B6%25@mail.example.org:2525")
    assert (server.host, server.port, server.implicit_tls) == ("mail.example.org", 2525, False)
    assert server.user == "rekey@example.org"
    assert server.password.reveal() == "p@ss:ö%"
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "host", "port", "implicit"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, False),
        ("smtps://mail.example.org/", "mail.example.org", 465, True),
        ("smtp://[::1]:25", "::1", 25, False),
    ],
)
def test_without_a_port_it_is_that_of_submission(url: str, host: str, port: int, implicit: bool) -> None:
    """587 for STARTTLS, 465 for implicit TLS, and no login without a user."""
    server = read_smtp_url(url)
    assert (server.host, server.port, server.implicit_tls, server.user) == (host, port, implicit, None)


@pytest.mark.parametrize(
    "url",
    ["smtp://mail.example.org", "smtp://mail.example.org?starttls=required", "smtps://mail.example.org"],
)
def test_encryption_checks_certificate_and_host(url: str) -> None:
    """Unless it is stated otherwise, the peer's certificate is required, and held against its name."""
    server = read_smtp_url(url)
    assert server.tls is not None
    assert server.tls.verify_mode is ssl.CERT_REQUIRED
    assert server.tls.check_hostname
    assert server.tls.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_no_encryption_is_stated() -> None:
    """starttls=none is the only way to none."""
    assert read_smtp_url("smtp://mail.example.org?starttls=none").tls is None


def test_an_authority_of_ones_own_is_trusted_besides_the_systems(tmp_path: Path) -> None:
    """ca= adds to what the system trusts."""
    ca = make_certificates(tmp_path).ca
    trusted, usual = (read_smtp_url(f"smtps://mail.example.org{query}").tls for query in (f"?ca={ca}", ""))
    assert trusted is not None
    assert usual is not None
    assert len(trusted.get_ca_certs()) == len(usual.get_ca_certs()) + 1


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://user:hunter2@",
        "smtp://user:hunter2@mail.example.org:port",
        "smtp://user:hunter2@mail.example.org:70000",
        "smtp://user:hunter2@mail.example.org/path",
        "smtp://user:hunter2@mail.example.org#here",
        "smtp://user:hunter2@[::1",
        "smtp://user:hunter2@mail.example.org?starttls=maybe",
        "smtp://user:hunter2@mail.example.org?starttls=none&starttls=required",
        "smtp://user:hunter2@mail.example.org?verify=no",
        "smtps://user:hunter2@mail.example.org?starttls=none",
        "lmtp://user:hunter2@mail.example.org",
    ],
)
def test_another_url_is_refused_without_its_password(url: str) -> None:
    """What is no such URL, or has an option that there is not, stops the start in one line."""
    with pytest.raises(BadMailUrl, match=r"^The mail URL must be [^\n]+$") as caught:
        read_smtp_url(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\0"])
def test_a_file_of_authorities_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing, empty or something else is found at the start, not at the first mail."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadMailUrl, match=r"ca= holds no certificate in PEM, or cannot be read\.$"):
        read_smtp_url(f"smtps://user:hunter2@mail.example.org?ca={file}")


def test_a_path_that_no_file_can_have_is_refused() -> None:
    """A NUL in the path is no crash."""
    with pytest.raises(BadMailUrl, match="ca= holds no certificate"):
        read_smtp_url("smtps://mail.example.org?ca=a%00b")
