"""Keyed digests: what is kept of a secret that is compared but never read again."""

import hmac
from enum import StrEnum
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from credentials.encoding import frame
from credentials.key_ring import KeyRing
from credentials.secret import Secret


class Purpose(StrEnum):
    """What a digest or a derived secret is for; one of another purpose never matches."""

    PASSWORD_RESET = "password-reset"  # noqa: S105 - the name of a purpose
    PASSWORD_RESET_CODE = "password-reset-code"  # noqa: S105 - the name of a purpose
    SESSION_REFRESH = "session-refresh"
    SYSTEM_ACTIVATION = "system-activation"
    API_KEY = "api-key"
    LOGIN = "login"
    ADDRESS = "address"
    NETWORK = "network"
    LOOKUP = "lookup"


class Digest(NamedTuple):
    """What is kept of a secret.

    Attributes:
        key_id: The root key under which it was made.
        value: 32 bytes.
    """

    key_id: str
    value: bytes


class Digests:
    """Makes and compares digests: HMAC-SHA256 (RFC 2104) over purpose, owner's id and secret.

    Args:
        ring: The keys; the current one makes, any one may match.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @property
    def current_id(self) -> str:
        """The id of the root key for new work."""
        return self._ring.current_id

    def digest(self, purpose: Purpose, owner: str, secret: Secret, key_id: str | None = None) -> Digest:
        """Return a digest.

        Args:
            purpose: What the secret is for.
            owner: The id of whose secret it is, so that equal secrets of two owners differ at rest.
            secret: The secret in its one canonical spelling.
            key_id: The root key, or None for the current one.

        Raises:
            UnknownKey: No key of the ring has that id.
        """
        return self._under(key_id or self._ring.current_id, purpose, owner, secret)

    def candidates(self, purpose: Purpose, owner: str, secret: Secret) -> list[Digest]:
        """Return the digest under each key of the ring, to look a row up by.

        First the one that `digest` makes, then the newest: a key is known before it is used.
        """
        current = self._ring.current_id
        others = [key_id for key_id in reversed(self._ring.ids) if key_id != current]
        return [self._under(key_id, purpose, owner, secret) for key_id in (current, *others)]

    def matches(self, kept: Digest, purpose: Purpose, owner: str, secret: Secret) -> bool:
        """Tell in constant time whether a kept digest is that of this secret; an unknown key is a no."""
        if kept.key_id not in self._ring.ids:
            return False
        made = self._under(kept.key_id, purpose, owner, secret)
        return hmac.compare_digest(kept.value, made.value)

    def derive(self, purpose: Purpose, name: str, size: int = 32, key_id: str | None = None) -> bytes:
        """Derive the bytes of a one-time secret from a name, so that they need not be kept.

        Args:
            purpose: What the secret is for.
            name: What it is derived from, an effect's id; the same name gives the same bytes.
            size: Bytes of the result, at most 8,160 (RFC 5869 section 2.3).
            key_id: The root key, or None for the current one.

        Raises:
            UnknownKey: No key of the ring has that id.
        """
        key = self._ring.derive("token", key_id)
        info = frame(purpose.encode(), name.encode())
        return HKDFExpand(algorithm=hashes.SHA256(), length=size, info=info).derive(key)

    def _under(self, key_id: str, purpose: Purpose, owner: str, secret: Secret) -> Digest:
        content = frame(purpose.encode(), owner.encode(), secret.utf8())
        return Digest(key_id, hmac.digest(self._ring.derive("digest", key_id), content, "sha256"))
