"""credentials/refresh_tokens.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.digests import Digests
from credentials.key_ring import KeyRing
from credentials.refresh_tokens import RefreshTokens
from credentials.secret import Secret

OLD = RefreshTokens(Digests(KeyRing([bytes(32)])))
TOKENS = RefreshTokens(Digests(KeyRing([bytes(32), bytes(range(32))])))
SESSION = "0123456789abcdefghjkmnpqrs"


@given(st.integers(0, 999_999_999), st.integers(0, 2**31))
def test_token_is_read_and_matches_its_epoch(n: int, epoch: int) -> None:
    """A token tells session and count, and matches the epoch that it was made for and no other."""
    presented = TOKENS.read(TOKENS.make(SESSION, n, epoch).reveal())
    assert presented is not None
    assert (presented.session_id, presented.n) == (SESSION, n)
    assert TOKENS.matches(presented, epoch)
    assert not TOKENS.matches(presented, epoch + 1)


def test_token_is_recomputed() -> None:
    """The same session, count and epoch give the same token, so that none has to be kept."""
    assert TOKENS.make(SESSION, 3, 1) == TOKENS.make(SESSION, 3, 1) != TOKENS.make(SESSION, 4, 1)


def test_parts_are_bound_together() -> None:
    """Another session or count with the same code does not match. Planted: no count in it; failed."""
    presented = TOKENS.read(TOKENS.make(SESSION, 1, 1).reveal())
    assert presented is not None
    assert not TOKENS.matches(presented._replace(n=2), 1)
    assert not TOKENS.matches(presented._replace(session_id="other"), 1)
    assert not TOKENS.matches(presented._replace(mac=bytes(32)), 1)
    swapped = TOKENS.read(TOKENS.make(SESSION, 1, 11).reveal())
    assert swapped is not None
    assert not TOKENS.matches(swapped._replace(n=11), 1)


def test_older_key_still_matches() -> None:
    """After a rotation older tokens match; of a lost key they do not. Planted: current only; failed."""
    presented = OLD.read(OLD.make(SESSION, 1, 1).reveal())
    assert presented is not None
    assert TOKENS.matches(presented, 1)
    assert not RefreshTokens(Digests(KeyRing([bytes(range(32))]))).matches(presented, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".7.", ".07."),
        (".7.", ".-7."),
        (".7.", ".7 ."),
        (".7.", ".\u0667."),
        (".7.", "..7."),
        (".7.", ".1000000000."),
        ("0123", "0123A"),
        (SESSION, ""),
        (SESSION, "a" * 65),
    ],
)
def test_other_spellings_are_none(old: str, new: str) -> None:
    """A count with zeros, signs or too many digits, and another id, are not read."""
    token = TOKENS.make(SESSION, 7, 1).reveal()
    assert old in token
    assert TOKENS.read(token.replace(old, new)) is None


def test_code_has_one_spelling() -> None:
    """Padding, cuts, blanks and stray bits in the code are not read."""
    token = TOKENS.make(SESSION, 7, 1).reveal()
    stray = token[:-1] + chr(ord(token[-1]) + 1)  # the last character carries two unused bits
    assert [TOKENS.read(text) for text in (token + "=", token[:-1], token + "\n", stray)] == [None] * 4


@given(st.text() | st.from_regex(r"[0-9a-z]{1,5}\.[0-9]{1,12}\.[A-Za-z0-9_-]{43}"))
def test_any_text_is_read_or_none(text: str) -> None:
    """Arbitrary text raises nothing and never matches."""
    presented = TOKENS.read(text)
    assert presented is None or not TOKENS.matches(presented, 1)
    assert TOKENS.make(SESSION, 0, 0) != Secret(text)
