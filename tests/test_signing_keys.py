"""credentials/signing_keys.py."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt import PyJWK

from credentials.chance import Chance
from credentials.secret import Secret
from credentials.signing_keys import SigningKey
from tests.chance import FixedChance

KEY = SigningKey.new(Chance())


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Secret:
    """Return a private key as PKCS #8 in PEM."""
    form = serialization.PrivateFormat.PKCS8
    return Secret(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode())


@settings(max_examples=20, deadline=None)
@given(st.binary(), st.binary())
def test_key_signs_and_verifies(message: bytes, other: bytes) -> None:
    """A signature of 64 bytes is that of its message and key only."""
    signature = KEY.sign(message)
    assert len(signature) == 64
    assert KEY.is_signature(signature, message)
    assert KEY.is_signature(signature, other) == (message == other)
    assert not SigningKey.new(Chance()).is_signature(signature, message)
    assert not KEY.is_signature(other, message)


def test_key_is_read_back() -> None:
    """A key read from its PEM is the same key."""
    again = SigningKey.from_pem(KEY.kid, KEY.private_pem())
    assert again.jwk() == KEY.jwk()
    assert KEY.is_signature(again.sign(b"message"), b"message")


def test_new_keys_come_from_chance() -> None:
    """Keys are made of the entropy that is handed in, and differ."""
    assert SigningKey.new(FixedChance(seed="a")).jwk() == SigningKey.new(FixedChance(seed="a")).jwk()
    one, other = SigningKey.new(Chance()), SigningKey.new(Chance())
    assert one.kid != other.kid
    assert one.jwk()["x"] != other.jwk()["x"]


@pytest.mark.parametrize("low", [True, False])
def test_private_number_reaches_both_ends(*, low: bool) -> None:
    """The private number goes from 1 to n - 1 (FIPS 186-5, appendix A.2.2)."""

    class End(Chance):
        def below(self, bound: int) -> int:
            return 0 if low else bound - 1

    end = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    jwk = PyJWK(SigningKey.new(End()).jwk()).key.public_numbers()
    assert jwk.x == end.x  # n - 1 gives the opposite point
    assert (jwk.y == end.y) is low


def test_jwk_is_public() -> None:
    """The JSON Web Key has what RFC 7518 section 6.2.1 asks for, and no private part."""
    jwk = KEY.jwk()
    assert jwk.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("EC", "P-256", "ES256", "sig")
    public = PyJWK(jwk).key
    PyJWK(jwk).Algorithm.verify(b"message", public, KEY.sign(b"message"))


def test_other_texts_and_keys_are_refused() -> None:
    """No PEM, an encrypted one, another curve or kind of key is a ValueError that shows nothing."""
    form, hidden = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"password")
    key = ec.generate_private_key(ec.SECP256R1())
    locked = Secret(key.private_bytes(serialization.Encoding.PEM, form, hidden).decode())
    curve, kind = pem(ec.generate_private_key(ec.SECP384R1())), pem(ed25519.Ed25519PrivateKey.generate())
    for text in (Secret("text"), Secret(""), locked, curve, kind):
        with pytest.raises(ValueError, match="not a private key on P-256"):
            SigningKey.from_pem("kid", text)
