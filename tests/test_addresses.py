"""How an e-mail address is written in a header."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.addresses import BadSender, mask, needs_smtputf8, read_address, read_sender
from delivery.faults import PermanentFault


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("mary@example.org", "mary@example.org"),
        ("Mary.O'Neil+x=y@Example.ORG", "Mary.O'Neil+x=y@Example.ORG"),
        ("root@localhost", "root@localhost"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("mary@xn--bcher-kva.example", "mary@xn--bcher-kva.example"),
    ],
)
def test_an_address_keeps_its_local_part_and_gets_an_ascii_domain(stored: str, written: str) -> None:
    """What stands before the @ is never changed; a domain beyond ASCII is written as A-labels.

    Planted: Python's codec "idna" (IDNA 2003), which sends faß.example's mail to fass.example; seen to fail.
    The expected A-labels are those that `idna.encode` of the package idna 3.20 gives.
    """
    assert read_address(stored).addr_spec == written


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "@",
        "mary",
        "mary@",
        "@example.org",
        "mary@example.org,eve@example.com",
        "mary,eve@example.com",
        "mary@example.org;eve@example.com",
        "mary eve@example.com",
        '"mary,eve"@example.com',
        "<mary@example.org>",
        "Mary <mary@example.org>",
        "mary@example.org\r\nBcc: eve@example.com",
        "mary\nBcc:eve@example.com",
        "mary\x00@example.org",
        "mary\ud800@example.org",
        "mary\u202e@example.org",
        "mary.@example.org",
        "ma..ry@example.org",
        "mary@-example.org",
        "mary@exa mple.org",
        "mary@example..org",
        "mary@example.org.",
        "mary@[127.0.0.1]",
        "mary@exam\u037eple.org",
        "mary@" + "ü" * 64 + ".example",
        "mary@" + "b" * 64 + ".example",
        "mary@" + ("b" * 60 + ".") * 5 + "example",
        "m" * 65 + "@example.org",
        "ü" * 33 + "@example.org",
    ],
)
def test_what_is_not_one_plain_address_is_refused_for_good(stored: str) -> None:
    """Lists, names, quotes, controls and overlong parts get no mail, and the reason does not repeat them.

    Planted: a comma allowed in the local part; seen to fail.
    """
    with pytest.raises(PermanentFault) as caught:
        read_address(stored)
    assert len(stored) < 2 or stored not in caught.value.reason


@pytest.mark.parametrize(
    "domain", ["ban\N{KELVIN SIGN}.example", "B\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}.example"]
)
def test_a_look_alike_domain_never_becomes_the_ascii_one(domain: str) -> None:
    """Letters that lower case or NFC turn into ASCII are refused.

    Planted: the check removed; seen to fail.
    """
    with pytest.raises(PermanentFault, match="looks like"):
        read_address(f"mary@{domain}")


def test_other_look_alikes_stay_addresses_of_their_own() -> None:
    """Cyrillic and fullwidth letters are written as they are, never as the Latin ones they resemble."""
    assert read_address("mаry@example.org").username == "mаry"  # noqa: RUF001  a Cyrillic a is the point
    assert read_address("mary@eхample.org").domain == "xn--eample-bsf.org"  # noqa: RUF001  a Cyrillic kha
    assert read_address("mary@ｅxample.org").domain.startswith("xn--")  # noqa: RUF001  a fullwidth e


@given(st.text() | st.emails() | st.builds("{}@{}".format, st.text(), st.text()))
def test_whatever_is_stored_makes_one_safe_address_or_none(stored: str) -> None:
    """Any text is refused, or gives one address of which nothing can break out of a header."""
    try:
        address = read_address(stored)
    except PermanentFault:
        return
    assert re.fullmatch(r"[A-Za-z0-9.-]+", address.domain)
    assert stored.startswith(f"{address.username}@")
    assert address.username.isprintable()
    assert not set(address.username) & set(' ,;:<>()[]@"\\')


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    """A domain beyond ASCII is written in ASCII, so it needs no extension of the server's."""
    assert needs_smtputf8(read_address("jörg@example.org"))
    assert not needs_smtputf8(read_address("jorg@bücher.example"))


@pytest.mark.parametrize(
    ("setting", "name", "address"),
    [
        ("Rekey <no-reply@localhost>", "Rekey", "no-reply@localhost"),
        ("no-reply@example.org", "", "no-reply@example.org"),
        ('"Accounts, Example" <no-reply@example.org>', "Accounts, Example", "no-reply@example.org"),
        ("Bücher <konto@bücher.example>", "Bücher", "konto@xn--bcher-kva.example"),
    ],
)
def test_a_sender_is_a_name_and_one_address(setting: str, name: str, address: str) -> None:
    """The sender's name and its address are read apart."""
    sender = read_sender(setting)
    assert (sender.display_name, sender.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "Rekey",
        "Accounts, Example <no-reply@example.org>",
        "a@example.org, b@example.org",
        "Rekey <no-reply@localhost",
        "Rekey <no-reply@local\r\nhost>",
        "Rekey <no reply@localhost>",
        '"a b"@example.org',
        "Staff: a@example.org, b@example.org;",
    ],
)
def test_a_sender_that_is_not_one_address_is_refused(setting: str) -> None:
    """A sender of two addresses, none, or a malformed one stops the start with one line."""
    with pytest.raises(BadSender, match=r"^The sender [^\n]+\.$"):
        read_sender(setting)


def test_a_masked_address_keeps_its_first_letter_and_domain() -> None:
    """A stranger sees enough to recognise an own address, and too little to write to another's."""
    assert mask("mary@example.org") == "m***@example.org"
