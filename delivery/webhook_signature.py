"""How a webhook proves where it comes from: Standard Webhooks 1.0.0, symmetric signatures (`v1`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from credentials.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "whsec_"
#: Bytes of a secret: the specification's bounds ("Signature scheme": 192 bits at least, 512 at most).
LEAST_BYTES: Final = 24
MOST_BYTES: Final = 64


def read_secret(text: str) -> Secret | None:
    """Reads a secret; None: it is not `whsec_` and 24 to 64 bytes in base64 (RFC 4648 section 4)."""
    secret = Secret(text)
    try:
        key = _key(secret)
    except ValueError:
        return None  # binascii.Error is a ValueError; so is a character beyond ASCII
    fits = text.startswith(PREFIX) and LEAST_BYTES <= len(key) <= MOST_BYTES
    # The one spelling of these bytes: another one would be a slip of whoever typed it.
    return secret if fits and base64.b64encode(key).decode() == text.removeprefix(PREFIX) else None


def sign(secrets: Iterable[Secret], message_id: str, timestamp: int, body: bytes) -> str:
    """Gives the value of `webhook-signature`: one HMAC-SHA256 (RFC 2104) for each secret, in their order.

    Args:
        secrets: as `read_secret` gives them; a receiver needs to know one.
        message_id: `webhook-id`, without a full stop.
        timestamp: `webhook-timestamp`, seconds since 1970 in UTC.
        body: the very bytes that are sent.
    """
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: Secret) -> bytes:
    return base64.b64decode(secret.reveal().removeprefix(PREFIX), validate=True)
