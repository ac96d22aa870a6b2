"""Secrets that are made by us: reset tokens and codes, activation codes, temporary passwords, API keys."""

import re

from credentials.chance import Chance
from credentials.digests import Digests, Purpose
from credentials.encoding import UNAMBIGUOUS, base32, base64url, grouped, read_base64url
from credentials.secret import Secret

_TOKEN_BYTES = 32  # 256 bits
_CODE_LENGTH = 6  # of 32 characters: 30 bits, bounded by counting wrong codes
_READABLE_BYTES = 10  # 80 bits, above the 64 of NIST SP 800-63B-4 section 3.1.2.2 that need no throttling
_READABLE_LENGTH = 16  # characters of five bits for 80 bits
_MIN_DIGITS, _MAX_DIGITS = 4, 16
_LONGEST_TYPED = 64  # a typed code with all its blanks and hyphens; longer is not looked into
_KEY_ID = re.compile(r"[0-9a-z]{8,32}")
_CODE = re.compile(f"[{UNAMBIGUOUS.upper()}]{{{_CODE_LENGTH}}}")
_DIGITS = re.compile(f"[0-9]{{{_MIN_DIGITS},{_MAX_DIGITS}}}")


def reset_token(digests: Digests, effect_id: str, key_id: str | None = None) -> Secret:
    """Return the token of a reset mail: 256 bits as 43 base64url characters, the same for one effect and key.

    Args:
        digests: What derives it.
        effect_id: The mail.
        key_id: The root key that the mail was begun with, or None for the current one.

    Raises:
        UnknownKey: There is no such key.
    """
    return Secret(base64url(digests.derive(Purpose.PASSWORD_RESET, effect_id, _TOKEN_BYTES, key_id)))


def reset_code(digests: Digests, effect_id: str, key_id: str | None = None) -> Secret:
    """Return the code of a reset mail to be typed, `ABC-DEF`: 30 bits, else as `reset_token`."""
    data = digests.derive(Purpose.PASSWORD_RESET_CODE, effect_id, 4, key_id)  # 32 bits; 30 are used
    return Secret(grouped(base32(data, _CODE_LENGTH).upper(), 3))


def read_token(text: str) -> Secret | None:
    """Read a reset token.

    Returns:
        The token, or None where the text is not 32 bytes in their one base64url spelling.
    """
    data = read_base64url(text) if len(text) <= _LONGEST_TYPED else None
    return Secret(text) if data is not None and len(data) == _TOKEN_BYTES else None


def read_code(text: str) -> Secret | None:
    """Read a typed reset code; case, blanks and hyphens do not count.

    Returns:
        The code as `reset_code` spells it, or None where the rest is not six of its characters.
    """
    typed = _without_blanks(text.replace("-", ""))
    if not typed.isascii():  # some letters beyond ASCII have an ASCII capital
        return None
    typed = typed.upper()
    return Secret(grouped(typed, 3)) if _CODE.fullmatch(typed) else None


def activation_code(chance: Chance, digits: int = 4) -> Secret:
    """Return a uniform number of that many digits, the first not 0.

    Raises:
        ValueError: The digits are fewer than 4 or more than 16.
    """
    if not _MIN_DIGITS <= digits <= _MAX_DIGITS:
        message = f"An activation code has {_MIN_DIGITS} to {_MAX_DIGITS} digits."
        raise ValueError(message)
    lowest = 10 ** (digits - 1)
    return Secret(str(lowest + chance.below(9 * lowest)))


def read_activation_code(text: str) -> Secret | None:
    """Read a typed activation code of 4 to 16 ASCII digits; blanks do not count. None: it is none."""
    typed = _without_blanks(text)
    return Secret(typed) if _DIGITS.fullmatch(typed) else None


def temporary_password(chance: Chance) -> Secret:
    """Return a password to be read out or typed once: 80 bits in four groups of four characters."""
    return Secret(grouped(base32(chance.draw(_READABLE_BYTES), _READABLE_LENGTH), 4))


def xmpp_password(chance: Chance) -> Secret:
    """Return a password that only machines handle: 256 bits as 43 base64url characters."""
    return Secret(base64url(chance.draw(_TOKEN_BYTES)))


def pbx_id(chance: Chance) -> str:
    """Return a name for a system whose maker gave none: `PBX-` and 80 random bits in four groups."""
    return "PBX-" + grouped(base32(chance.draw(_READABLE_BYTES), _READABLE_LENGTH).upper(), 4)


def api_key(chance: Chance, key_id: str) -> Secret:
    """Return a new API key `rk_{key_id}_{43 base64url characters}`.

    Args:
        chance: Where its 256 bits come from.
        key_id: The id of its row, 8 to 32 of digits and small letters.

    Raises:
        ValueError: The id is something else.
    """
    if not _KEY_ID.fullmatch(key_id):
        message = "The id of an API key is 8 to 32 digits and small letters."
        raise ValueError(message)
    return Secret(f"rk_{key_id}_{base64url(chance.draw(_TOKEN_BYTES))}")


def read_api_key(text: str) -> tuple[str, Secret] | None:
    """Read an API key in its one spelling.

    Returns:
        The id of its row and the secret part, or None where the text is no API key.
    """
    prefix, _, rest = text.partition("_")
    key_id, _, token = rest.partition("_")
    secret = read_token(token)
    if prefix != "rk" or secret is None or not _KEY_ID.fullmatch(key_id):
        return None
    return key_id, secret


def _without_blanks(text: str) -> str:
    return "".join(text.split()) if len(text) <= _LONGEST_TYPED else ""
