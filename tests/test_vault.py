"""credentials/vault.py."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from credentials.secret import Secret
from credentials.vault import SealBroken, Sealed, Vault

OLD = KeyRing([bytes(32)])
RING = KeyRing([bytes(32), bytes(range(32))])
PLACE = {"table": "users", "row": "1", "column": "jid_password", "purpose": "xmpp"}
VAULT = Vault(RING, Chance())


@given(st.text(st.characters(exclude_categories=())))
def test_sealed_secret_opens(text: str) -> None:
    """Any text opens in its place as it was sealed, and its box holds 28 bytes more."""
    sealed = VAULT.seal(Secret(text), **PLACE)
    assert VAULT.open(sealed, **PLACE).reveal() == text
    assert len(sealed.box) == 28 + len(Secret(text).utf8())


@pytest.mark.parametrize("name", list(PLACE))
def test_another_place_opens_nothing(name: str) -> None:
    """A box moved to another table, row, column or purpose is broken. Planted: no row in it; failed."""
    sealed = VAULT.seal(Secret("text"), **PLACE)
    with pytest.raises(SealBroken):
        VAULT.open(sealed, **PLACE | {name: "other"})


def test_names_do_not_run_together() -> None:
    """Table `a` with row `bc` is another place than `ab` with `c`. Planted: joined names; failed."""
    sealed = VAULT.seal(Secret("text"), **PLACE | {"table": "a", "row": "bc"})
    with pytest.raises(SealBroken):
        VAULT.open(sealed, **PLACE | {"table": "ab", "row": "c"})


def test_changed_box_opens_nothing() -> None:
    """A box with any byte changed, cut or added is broken, and the error says nothing."""
    sealed = VAULT.seal(Secret("text"), **PLACE)
    changed = [sealed.box[:at] + bytes([sealed.box[at] ^ 1]) + sealed.box[at + 1 :] for at in range(32)]
    for box in [*changed, sealed.box[:-1], sealed.box + b"\0", b"", bytes(27)]:
        with pytest.raises(SealBroken) as broken:
            VAULT.open(Sealed(sealed.key_id, box), **PLACE)
        assert str(broken.value) == ""


def test_older_key_still_opens_and_unknown_one_does_not() -> None:
    """After a rotation the older key opens what it sealed; without its key a box is broken."""
    sealed = Vault(OLD, Chance()).seal(Secret("text"), **PLACE)
    assert VAULT.open(sealed, **PLACE) == Secret("text")
    assert VAULT.seal(Secret("text"), **PLACE).key_id == RING.current_id != sealed.key_id
    with pytest.raises(SealBroken):
        Vault(KeyRing([bytes(range(32))]), Chance()).open(sealed, **PLACE)
    with pytest.raises(SealBroken):
        VAULT.open(Sealed(RING.current_id, sealed.box), **PLACE)


def test_nonces_differ() -> None:
    """The same secret sealed twice has different boxes, so no nonce comes twice."""
    assert VAULT.seal(Secret("text"), **PLACE).box[:12] != VAULT.seal(Secret("text"), **PLACE).box[:12]


def test_cipher_is_aes_256_gcm() -> None:
    """The box is that of AES-256-GCM under the derived key of 256 bits, framed names beside it."""
    sealed = VAULT.seal(Secret("text"), table="t", row="r", column="c", purpose="p")
    names = (sealed.key_id.encode(), b"t", b"r", b"c", b"p")
    beside = b"".join(len(name).to_bytes(8, "big") + name for name in names)
    key = RING.derive("sealing", size=32)
    assert AESGCM(key).decrypt(sealed.box[:12], sealed.box[12:], beside) == b"text"
