"""credentials/digests.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.digests import Digest, Digests, Purpose
from credentials.key_ring import KeyRing, UnknownKey
from credentials.secret import Secret

FIRST = KeyRing([bytes(range(32))])
BOTH = KeyRing([bytes(range(32)), bytes(32)])


def test_digest_is_hmac_sha256() -> None:
    r"""A digest is HMAC-SHA256 under the derived key, as OpenSSL 3.0 computes it.

    printf '\0\0\0\0\0\0\0\7api-key\0\0\0\0\0\0\0\2k1\0\0\0\0\0\0\0\3abc' |
    openssl dgst -sha256 -mac HMAC -macopt hexkey:K,
    K by `openssl kdf … info:rekey/1/digest` from the bytes 0 to 31.
    """
    made = Digests(FIRST).digest(Purpose.API_KEY, "k1", Secret("abc"))
    assert made.key_id == "737a30ba"
    assert made.value.hex() == "3618228b279f241df5c920f8d7b3366a6ef70d82814f28e6b7918653e15147d3"


def test_derived_bytes_are_hkdf_expand() -> None:
    """Derived bytes are HKDF-Expand of RFC 5869 under the derived key, as OpenSSL 3.0 computes them.

    openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt mode:EXPAND_ONLY -kdfopt hexkey:T -kdfopt
    hexinfo:000000000000000e70617373776f72642d726573657400000000000000026531 -binary HKDF | xxd -p,
    T by `openssl kdf … info:rekey/1/token` from the bytes 0 to 31.
    """
    made = Digests(FIRST).derive(Purpose.PASSWORD_RESET, "e1")
    assert made.hex() == "ba25108d0d9cd5459fc0833d9b090686312dde50fdb217007fcaecf3f5814c30"


@given(st.text(), st.text())
def test_digest_matches_its_own_secret_only(secret: str, other: str) -> None:
    """A digest matches the secret it was made of, and no other one."""
    digests = Digests(FIRST)
    kept = digests.digest(Purpose.LOGIN, "1", Secret(secret))
    assert digests.matches(kept, Purpose.LOGIN, "1", Secret(secret))
    assert digests.matches(kept, Purpose.LOGIN, "1", Secret(other)) == (secret == other)


def test_digest_is_bound_to_purpose_and_owner() -> None:
    """Another purpose or owner does not match, nor do parts that run together. Planted: no owner; failed."""
    digests = Digests(FIRST)
    kept = digests.digest(Purpose.LOGIN, "1", Secret("23"))
    assert not digests.matches(kept, Purpose.LOOKUP, "1", Secret("23"))
    assert not digests.matches(kept, Purpose.LOGIN, "2", Secret("23"))
    assert not digests.matches(kept, Purpose.LOGIN, "12", Secret("3"))


def test_any_key_of_the_ring_matches() -> None:
    """After a rotation a kept digest still matches; one of an unknown key does not."""
    kept = Digests(FIRST).digest(Purpose.API_KEY, "1", Secret("a"))
    assert Digests(BOTH).matches(kept, Purpose.API_KEY, "1", Secret("a"))
    assert not Digests(KeyRing([bytes(32)])).matches(kept, Purpose.API_KEY, "1", Secret("a"))
    assert not Digests(FIRST).matches(Digest("", kept.value), Purpose.API_KEY, "1", Secret("a"))


def test_the_key_in_use_is_the_first_candidates() -> None:
    """A newer one is known before it is used, elsewhere not. Planted: the newest first; failed."""
    ring = KeyRing([bytes(range(32))])
    ring.learn(BOTH)
    digests = Digests(ring)
    candidates = digests.candidates(Purpose.API_KEY, "1", Secret("a"))
    assert candidates[0] == digests.digest(Purpose.API_KEY, "1", Secret("a"))
    assert [made.key_id for made in candidates] == list(ring.ids)


def test_candidates_are_newest_first() -> None:
    """There is a candidate for each key, the current one's first. Planted: the oldest first; failed."""
    candidates = Digests(BOTH).candidates(Purpose.API_KEY, "1", Secret("a"))
    assert candidates[0] == Digests(BOTH).digest(Purpose.API_KEY, "1", Secret("a"))
    assert candidates[1] == Digests(FIRST).digest(Purpose.API_KEY, "1", Secret("a"))
    assert [made.key_id for made in candidates] == list(reversed(BOTH.ids))


def test_derived_bytes_depend_on_purpose_name_and_key() -> None:
    """The same purpose and name give the same bytes of any size; others, and another key, do not."""
    digests = Digests(BOTH)
    made = digests.derive(Purpose.PASSWORD_RESET, "e1")
    assert made == digests.derive(Purpose.PASSWORD_RESET, "e1")
    assert made[:16] == digests.derive(Purpose.PASSWORD_RESET, "e1", 16)
    assert made != digests.derive(Purpose.PASSWORD_RESET_CODE, "e1")
    assert made != digests.derive(Purpose.PASSWORD_RESET, "e2")
    older = digests.derive(Purpose.PASSWORD_RESET, "e1", key_id=FIRST.current_id)
    assert made != older == Digests(FIRST).derive(Purpose.PASSWORD_RESET, "e1")
    with pytest.raises(UnknownKey):
        digests.derive(Purpose.PASSWORD_RESET, "e1", key_id="00000000")
