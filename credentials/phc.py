"""The text in which an Argon2id hash is kept: a PHC string."""

import base64
import re
from typing import NamedTuple

from credentials.hash_parameters import HashParameters

VERSION = 0x13  # RFC 9106 section 3.1
SALT_BYTES = 16  # RFC 9106 section 3.1, recommended for passwords
TAG_BYTES = 32  # RFC 9106 section 4, both recommended options

_NUMBER = "([1-9][0-9]{0,9})"  # ten digits hold 2**32 - 1
_PHC = re.compile(
    rf"\$argon2id\$v={VERSION}\$m={_NUMBER},t={_NUMBER},p={_NUMBER}"
    r"\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})"  # 16 and 32 bytes in base64 without padding
)


class Phc(NamedTuple):
    """The parts of a PHC string.

    Attributes:
        parameters: What the hash costs.
        salt: 16 bytes.
        tag: 32 bytes, the hash itself.
    """

    parameters: HashParameters
    salt: bytes
    tag: bytes

    def text(self) -> str:
        """Return `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, as the Argon2 reference writes it."""
        return f"{beginning(self.parameters)}{_base64(self.salt)}${_base64(self.tag)}"


def beginning(cost: HashParameters) -> str:
    """Return what comes before the salt, which every string of these parameters begins with."""
    return f"$argon2id$v={VERSION}$m={cost.memory_kib},t={cost.time_cost},p={cost.parallelism}$"


def read_phc(text: str) -> Phc | None:
    """Read a PHC string of the kind that is made here.

    Returns:
        Its parts, or None for another algorithm, version or length, parameters that RFC 9106 does not
        allow, or another spelling of the same values.
    """
    found = _PHC.fullmatch(text)
    if found is None:
        return None
    memory, passes, lanes, salt, tag = found.groups()
    try:
        parameters = HashParameters(int(memory), int(passes), int(lanes))
    except ValueError:
        return None
    phc = Phc(parameters, base64.b64decode(salt + "=="), base64.b64decode(tag + "="))
    return phc if phc.text() == text else None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
