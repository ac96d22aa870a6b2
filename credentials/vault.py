"""Secrets that must be read again, sealed to the place where they are kept."""

from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credentials.chance import Chance
from credentials.encoding import frame
from credentials.key_ring import KeyRing, UnknownKey
from credentials.secret import Secret

_NONCE_BYTES = 12  # 96 bits, NIST SP 800-38D section 8.2; random, so at most 2**32 seals a key (8.3)
_TAG_BYTES = 16  # the full tag, NIST SP 800-38D section 5.2.1.2


class SealBroken(Exception):  # noqa: N818 - it names what was found, as the domain's words do
    """A sealed value does not open: another key, another place, or other bytes. It says no more."""


class Sealed(NamedTuple):
    """A sealed secret as it lies at rest.

    Attributes:
        key_id: The root key under which it was sealed.
        box: Nonce of 12 bytes, ciphertext of the secret's UTF-8 length, tag of 16 bytes.
    """

    key_id: str
    box: bytes


class Vault:
    """Seals secrets with AES-256-GCM (NIST SP 800-38D), bound to where they lie and what for.

    Args:
        ring: The keys; the current one seals, any one opens.
        chance: Where nonces come from.
    """

    def __init__(self, ring: KeyRing, chance: Chance) -> None:
        self._ring = ring
        self._chance = chance

    def seal(self, secret: Secret, *, table: str, row: str, column: str, purpose: str) -> Sealed:
        """Seal a secret for one place; moved to another row, column or purpose it does not open."""
        key_id = self._ring.current_id
        nonce = self._chance.draw(_NONCE_BYTES)
        place = _place(key_id, table, row, column, purpose)
        return Sealed(key_id, nonce + self._cipher(key_id).encrypt(nonce, secret.utf8(), place))

    def open(self, sealed: Sealed, *, table: str, row: str, column: str, purpose: str) -> Secret:
        """Open what was sealed for this place.

        Raises:
            SealBroken: It was sealed for another place or by another key, or its bytes were changed.
        """
        if len(sealed.box) < _NONCE_BYTES + _TAG_BYTES:
            raise SealBroken
        nonce, ciphertext = sealed.box[:_NONCE_BYTES], sealed.box[_NONCE_BYTES:]
        place = _place(sealed.key_id, table, row, column, purpose)
        try:
            text = self._cipher(sealed.key_id).decrypt(nonce, ciphertext, place)
        except (UnknownKey, InvalidTag):
            raise SealBroken from None
        return Secret(text.decode("utf-8", "surrogatepass"))

    def _cipher(self, key_id: str) -> AESGCM:
        return AESGCM(self._ring.derive("sealing", key_id))


def _place(*names: str) -> bytes:
    return frame(*(name.encode() for name in names))
