"""Which e-mail addresses one mail can be sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.email_address import AddressParts, BadAddress, read_email_address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mary@example.org", ("mary", "example.org")),
        ("Mary.Major+x@Example.ORG", ("Mary.Major+x", "Example.ORG")),
        ("o'hara@localhost", ("o'hara", "localhost")),
        ("m\u00e4ry@b\u00fccher.example", ("m\u00e4ry", "xn--bcher-kva.example")),
        ("x@stra\u00dfe.example", ("x", "xn--strae-oqa.example")),
        ("x@B\u00dcCHER.example", ("x", "xn--bcher-kva.example")),
        ("x@bu\u0308cher.example", ("x", "xn--bcher-kva.example")),
        ("x@192.0.2.1", ("x", "192.0.2.1")),
        ("x" * 64 + "@example.org", ("x" * 64, "example.org")),
    ],
)
def test_what_mail_can_be_sent_to(text: str, parts: tuple[str, str]) -> None:
    """RFC 5321 and 5890: the local part stays as it is, the domain gets its ASCII form."""
    assert read_email_address(text) == AddressParts(*parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mary",
        "@example.org",
        "mary@",
        "mary@@example.org",
        "a@b@example.org",
        "a,b@example.org",
        "a b@example.org",
        '"a b"@example.org',
        ".a@example.org",
        "a..b@example.org",
        "<mary@example.org>",
        "mary@example.org\n",
        "mary\r\nBcc: x@example.org",
        "mary@example.org\r\nBcc: x",
        "m\0@example.org",
        "m\ud800@example.org",
        "m\u200b@example.org",
        "x" * 65 + "@example.org",
        "\u00e4" * 33 + "@example.org",
        "mary@-example.org",
        "mary@example-.org",
        "mary@example..org",
        "mary@.org",
        "mary@exa_mple.org",
        "mary@[192.0.2.1]",
        "mary@" + "x" * 64 + ".org",
        "mary@" + ".".join(["x" * 60] * 5),
        "mary@" + ".".join(["\u00e4" * 30] * 8),
        "mary@\ud800.org",
        "mary@\u0130xample.org",
        "mary@\u212aelvin.org",
        "mary@exam\u200bple.org",
    ],
)
def test_what_it_cannot(text: str) -> None:
    """What is no single address, or looks like another one, is refused without being repeated."""
    read = read_email_address(text)
    assert isinstance(read, BadAddress)
    assert not text or text not in read.reason


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    """Whatever is typed is read or refused; a domain that was read is plain ASCII."""
    read = read_email_address(f"mary@{text}")
    assert isinstance(read, BadAddress) or read.domain.isascii()
