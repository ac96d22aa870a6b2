"""The spellings that credentials share: base32, base64url and framed bytes."""

import base64

# Crockford's base32 alphabet in lower case: ten digits, and letters without i, l, o and u.
UNAMBIGUOUS = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS = 5


def base32(data: bytes, length: int) -> str:
    """Spell bytes in `UNAMBIGUOUS` characters.

    Args:
        data: Bytes, read as one big-endian number.
        length: Characters of the result, five bits each; the number's higher bits are dropped.

    Returns:
        The number's lowest `5 * length` bits, the highest character first.
    """
    number = int.from_bytes(data, "big")
    shifts = range(_BITS * (length - 1), -1, -_BITS)
    return "".join(UNAMBIGUOUS[number >> shift & 31] for shift in shifts)


def grouped(text: str, size: int) -> str:
    """Return the text with a hyphen after each `size` characters."""
    return "-".join(text[start : start + size] for start in range(0, len(text), size))


def base64url(data: bytes) -> str:
    """Spell bytes in base64url without padding (RFC 4648 section 5, RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_base64url(text: str) -> bytes | None:
    """Read base64url without padding in its one canonical spelling.

    Args:
        text: What somebody sent; any text.

    Returns:
        The bytes, or None for padding, foreign characters, and a last character with stray bits
        (RFC 4648 section 3.5): each value has one spelling only.
    """
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None  # binascii.Error is a ValueError; so is a character beyond ASCII
    return data if base64url(data) == text else None


def frame(*parts: bytes) -> bytes:
    """Join parts so that no other parts give the same bytes: each after its length in eight bytes."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
