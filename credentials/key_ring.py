"""The installation's root keys, and the keys that are derived from them."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from credentials.chance import Chance
from credentials.encoding import base64url, read_base64url
from credentials.secret import Secret

_ROOT_BYTES = 32  # 256 bits, as strong as the HMAC-SHA256 and AES-256 that are keyed from it
_ID_BYTES = 4  # eight hex digits


class BadRootKey(ValueError):  # noqa: N818 - it names what was found, as the domain's words do
    """The text of the root key file cannot be used; the message says why and shows no key."""


class UnknownKey(KeyError):  # noqa: N818 - it names what was found, as the domain's words do
    """No root key of the ring has this id."""


class KeyRing:
    """Root keys in the order of their making; new work uses the current one, old work names its own.

    The last is the current one until `use` names another: a key is known before it is used, so that all
    processes can read what the first of them writes with it.

    Args:
        roots: Distinct keys of 32 bytes, the current one last; at least one.

    Raises:
        BadRootKey: There is no key, or two are equal or have the same id.
    """

    def __init__(self, roots: list[bytes]) -> None:
        self._derived: dict[tuple[str, str, int], bytes] = {}
        self._roots = {_hkdf(root, "id", _ID_BYTES).hex(): root for root in roots}
        self._used: str | None = None
        if not roots:
            message = "The root key file holds no key."
            raise BadRootKey(message)
        if len(self._roots) != len(roots):
            message = "The root key file holds the same key twice."
            raise BadRootKey(message)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read a root key file.

        Args:
            text: One key a line, 32 bytes as 43 base64url characters without padding; the last is the
                current one; blank lines and blanks around a key are ignored.

        Raises:
            BadRootKey: The text is something else; the message names the line and shows no key.
        """
        roots = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not (stripped := line.strip()):
                continue
            root = read_base64url(stripped)
            if root is None or len(root) != _ROOT_BYTES:
                message = f"Line {number} of the root key file is not 32 bytes in base64url without padding."
                raise BadRootKey(message)
            roots.append(root)
        return cls(roots)

    @staticmethod
    def new_text(chance: Chance) -> str:
        """Return a new root key as the line that `parse` reads, with its final newline."""
        return base64url(chance.draw(_ROOT_BYTES)) + "\n"

    def text(self) -> Secret:
        """Return all keys as `parse` reads them."""
        return Secret("".join(base64url(root) + "\n" for root in self._roots.values()))

    @property
    def current_id(self) -> str:
        """The id of the key for new work: eight hex digits that tell nothing about the key."""
        return self._used or self.newest_id

    @property
    def newest_id(self) -> str:
        """The id of the last key."""
        return self.ids[-1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the newest last."""
        return tuple(self._roots)

    def use(self, key_id: str) -> None:
        """Do new work with this key from now on.

        Raises:
            UnknownKey: No key of the ring has that id.
        """
        if key_id not in self._roots:
            raise UnknownKey(key_id)
        self._used = key_id

    def without(self, key_id: str) -> "KeyRing":
        """Return a ring of the other keys.

        Raises:
            BadRootKey: There is no other key.
        """
        return KeyRing([root for each, root in self._roots.items() if each != key_id])

    def learn(self, other: "KeyRing") -> None:
        """Take in the keys of another ring that this one lacks, as the newest; new work stays where it is."""
        current = self.current_id
        # One assignment: hashing threads read the ring meanwhile.
        new = {key_id: root for key_id, root in other._roots.items() if key_id not in self._roots}  # noqa: SLF001  of the same class
        self._roots = self._roots | new
        self._used = current

    def derive(self, label: str, key_id: str | None = None, size: int = 32) -> bytes:
        """Derive a key for one use: HKDF-SHA256 (RFC 5869) with info `rekey/1/` and the label.

        The root is uniform and secret already, so HKDF takes no salt (RFC 5869 section 3.1).

        Args:
            label: What the key is for; the same label gives the same key.
            key_id: The root key to derive from, or None for the current one.
            size: Bytes of the result, at most 8,160 (RFC 5869 section 2.3).

        Raises:
            UnknownKey: No key of the ring has that id.
        """
        root_id = key_id or self.current_id
        if root_id not in self._roots:
            raise UnknownKey(root_id)
        place = (label, root_id, size)
        if place not in self._derived:
            self._derived[place] = _hkdf(self._roots[root_id], label, size)
        return self._derived[place]

    def check_value(self, key_id: str | None = None) -> str:
        """Return 64 hex digits by which a database recognises a key without holding it."""
        return self.derive("check", key_id).hex()


def _hkdf(root: bytes, label: str, size: int) -> bytes:
    info = f"rekey/1/{label}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=size, salt=None, info=info).derive(root)
