"""Root keys under a passphrase, as a text that may lie outside the machine."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from credentials.chance import Chance
from credentials.encoding import base64url, read_base64url
from credentials.key_ring import BadRootKey, KeyRing
from credentials.secret import Secret

_FIRST_LINE = "rekey keys 1"  # names the format and, with it, all parameters: none is taken from the file
_SALT_BYTES = 16  # 128 bits, NIST SP 800-132 section 5.1
_NONCE_BYTES = 12  # 96 bits, NIST SP 800-38D section 8.2; the key is of this one file by its salt
_TAG_BYTES = 16
# OWASP's first choice for scrypt (Password Storage Cheat Sheet): 128 MiB and about half a second.
_COST, _BLOCK, _LANES = 2**17, 8, 1
_KEY_BYTES = 32
_LINE = 76  # characters, as in MIME (RFC 2045 section 6.8)
#: Characters of an export, at most: a thousand root keys.
LONGEST = 64 * 1024


class BadExport(ValueError):  # noqa: N818 - it names what was found, as the domain's words do
    """A text is no export, or does not open with this passphrase; the message says which, and shows none."""


def export_keys(ring: KeyRing, passphrase: Secret, chance: Chance) -> str:
    """Return all root keys under a passphrase: a line of format, then base64url in lines.

    AES-256-GCM (NIST SP 800-38D) with a key by scrypt (RFC 7914).
    """
    salt, nonce = chance.draw(_SALT_BYTES), chance.draw(_NONCE_BYTES)
    box = AESGCM(_key(passphrase, salt)).encrypt(nonce, ring.text().utf8(), _FIRST_LINE.encode())
    text = base64url(salt + nonce + box)
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([_FIRST_LINE, *lines, ""])


def import_keys(text: str, passphrase: Secret) -> KeyRing:
    """Read what `export_keys` gave.

    Raises:
        BadExport: It is something else, or another passphrase opens it.
    """
    first, _, rest = text.partition("\n")
    data = read_base64url("".join(rest.split())) if len(text) <= LONGEST else None
    if first.strip() != _FIRST_LINE or data is None or len(data) < _SALT_BYTES + _NONCE_BYTES + _TAG_BYTES:
        message = "This is not a file that rekey keys export wrote."
        raise BadExport(message)
    salt, data = data[:_SALT_BYTES], data[_SALT_BYTES:]
    nonce, box = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
    try:
        content = AESGCM(_key(passphrase, salt)).decrypt(nonce, box, _FIRST_LINE.encode())
        return KeyRing.parse(content.decode("ascii"))
    except (InvalidTag, UnicodeDecodeError, BadRootKey):
        message = "The file does not open: another passphrase made it, or it was changed."
    # Outside the handler: the error holds what was decrypted.
    raise BadExport(message)


def _key(passphrase: Secret, salt: bytes) -> bytes:
    derivation = Scrypt(salt=salt, length=_KEY_BYTES, n=_COST, r=_BLOCK, p=_LANES)
    return derivation.derive(passphrase.utf8())
