"""credentials/key_ring.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.encoding import base64url
from credentials.key_ring import BadRootKey, KeyRing, UnknownKey

FIRST = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"  # the bytes 0 to 31
SECOND = base64url(bytes(range(32, 64)))


def test_derived_keys_are_hkdf_sha256() -> None:
    """Keys, ids and check value are those of RFC 5869, as OpenSSL 3.0 computes them.

    openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:000102…1f -kdfopt info:rekey/1/verifier
    -binary HKDF | xxd -p; likewise `rekey/1/check`, and `rekey/1/id` with -keylen 4.
    """
    ring = KeyRing.parse(FIRST)
    assert ring.derive("verifier").hex() == "82c703c1a8e1397d1f225aaf0ca2eb34f15f035b0c86ba81a7d8e6233b95a5a3"
    assert ring.check_value() == "0945f525cb1e5f6d86ecb3dee4617aa5664caf4939d26fb9099bf8d836dd72ee"
    assert ring.current_id == "737a30ba"


def test_last_line_is_current() -> None:
    """Of two keys the last is the current one, and each derives its own. Planted: the first; failed."""
    ring = KeyRing.parse(f"\n  {FIRST}\n\n{SECOND}  \n")
    alone = KeyRing.parse(SECOND)
    assert ring.ids == ("737a30ba", alone.current_id)
    assert ring.current_id == alone.current_id
    assert ring.derive("digest") == alone.derive("digest")
    assert ring.derive("digest", "737a30ba") == KeyRing.parse(FIRST).derive("digest")
    assert ring.check_value("737a30ba") != ring.check_value()


def test_labels_and_sizes_have_keys_of_their_own() -> None:
    """Two labels share no key, a size is kept, and the same call gives the same key."""
    ring = KeyRing.parse(FIRST)
    assert ring.derive("digest") != ring.derive("token")
    assert len(ring.derive("digest", size=16)) == 16
    assert ring.derive("digest") == ring.derive("digest")


def test_unknown_key_is_said() -> None:
    """A key id that the ring does not have is an `UnknownKey`, a KeyError."""
    with pytest.raises(UnknownKey) as missing:
        KeyRing.parse(FIRST).derive("digest", "00000000")
    assert isinstance(missing.value, KeyError)


@pytest.mark.parametrize(
    "text",
    ["", " \n\n", FIRST[:-1], FIRST + "=", FIRST[:-1] + "9", FIRST + "\nkey", f"{FIRST}\n{FIRST}", "é" * 43],
)
def test_bad_text_is_refused_without_showing_it(text: str) -> None:
    """No key, a short, padded, misspelt or doubled one is refused by a message that shows no key."""
    with pytest.raises(BadRootKey) as refused:
        KeyRing.parse(text)
    assert FIRST[:8] not in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Arbitrary text is a `BadRootKey` and nothing else."""
    with pytest.raises(BadRootKey):
        KeyRing.parse(text)


def test_new_text_is_a_ring() -> None:
    """A new key is a line that is read back; two are different."""
    one, other = KeyRing.new_text(Chance()), KeyRing.new_text(Chance())
    assert one.endswith("\n")
    assert len(KeyRing.parse(one + other).ids) == 2


def test_ring_shows_no_key() -> None:
    """Printing a ring shows nothing of its keys."""
    ring = KeyRing.parse(FIRST)
    assert FIRST not in repr(ring)
    assert repr(bytes(range(32))) not in repr(ring)


def test_another_key_may_be_current() -> None:
    """`use` names the key for new work; the ids stay in order; an unknown one is refused."""
    ring = KeyRing.parse(f"{FIRST}\n{SECOND}")
    ring.use("737a30ba")
    assert (ring.current_id, ring.ids[0], ring.newest_id) == ("737a30ba", "737a30ba", ring.ids[1])
    assert ring.derive("digest") == KeyRing.parse(FIRST).derive("digest")
    with pytest.raises(UnknownKey):
        ring.use("00000000")
    assert ring.current_id == "737a30ba"


def test_learnt_keys_change_no_new_work() -> None:
    """A ring that learns a key can read what it made, and goes on with its own. Planted: last; failed."""
    ring = KeyRing.parse(FIRST)
    ring.learn(KeyRing.parse(f"{FIRST}\n{SECOND}"))
    assert ring.ids == KeyRing.parse(f"{FIRST}\n{SECOND}").ids
    assert ring.current_id == "737a30ba"
    assert ring.derive("digest", ring.newest_id) == KeyRing.parse(SECOND).derive("digest")


def test_text_is_what_is_parsed() -> None:
    """The text of a ring is its file; without one of the keys it has the others, and never none."""
    ring = KeyRing.parse(f"{FIRST}\n{SECOND}")
    assert ring.text().reveal() == f"{FIRST}\n{SECOND}\n"
    assert ring.without("737a30ba").text().reveal() == f"{SECOND}\n"
    with pytest.raises(BadRootKey):
        KeyRing.parse(FIRST).without("737a30ba")
