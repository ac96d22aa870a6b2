"""Whether Argon2id computes here what it has to: known tags, and OpenSSL's for inputs nobody has chosen."""

from typing import NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from credentials.arena import Arena
from credentials.argon2id import argon2id
from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from credentials.phc import SALT_BYTES, TAG_BYTES

_MOST_PASSWORD = 200  # bytes: more than BLAKE2b's block of 128, so that its second block is tried too
_MOST_PASSES = 3
_MOST_LANES = 4
_LEAST_LANE_KIB = 8  # RFC 9106 section 3.1
_MOST_LANE_KIB = 64


class Vector(NamedTuple):
    """A hash whose tag is known, with the salt and the key of this module.

    Attributes:
        password: The message, in UTF-8.
        parameters: The cost.
        tag: In hex.
    """

    password: str
    parameters: HashParameters
    tag: str


SALT = b"0123456789abcdef"
KEY = bytes(range(32))
# from cryptography.hazmat.primitives.kdf.argon2 import Argon2id; Argon2id(salt=b"0123456789abcdef",
# length=32, memory_cost=m, iterations=t, lanes=p, secret=bytes(range(32))).derive(password).hex()
VECTORS = (
    Vector(
        "password",
        HashParameters(64, 2, 1),
        "a8d7ee8b0457987a43bb9f37520f011f1e22c1d25feb6818d81477e2b125a417",
    ),
    Vector("", HashParameters(8, 1, 1), "cebdce4124aa1b872cfa1c6d09d23b63c64b2fbb33efe263989bfcc00809b18d"),
    Vector(
        "pässwörd\0x",
        HashParameters(256, 3, 4),
        "a4b748fabc36e3e031498bc9071b079e825ade88eddc8d40fc8d23f7887a8aa4",
    ),
)


def find_difference(chance: Chance, count: int) -> str | None:
    """Compute every vector, and compare with OpenSSL, an implementation of its own.

    Args:
        chance: Draws the inputs.
        count: How many inputs are drawn; one more is hashed at the default cost.

    Returns:
        What differs, in words that show no input; None where nothing does.
    """
    for vector in VECTORS:
        if _ours(vector.password.encode(), SALT, KEY, vector.parameters).hex() != vector.tag:
            return f"the known tag at {vector.parameters} is not computed"
    for parameters in (HashParameters(), *(_draw(chance) for _ in range(count))):
        inputs = chance.draw(chance.below(_MOST_PASSWORD)), chance.draw(SALT_BYTES), chance.draw(32)
        if _ours(*inputs, parameters) != openssl(*inputs, parameters):
            return f"OpenSSL computes another tag at {parameters}"
    return None


def openssl(password: bytes, salt: bytes, key: bytes, parameters: HashParameters) -> bytes:
    """Compute what `argon2id` has to, by OpenSSL; the key must not be empty."""
    return Argon2id(
        salt=salt,
        length=TAG_BYTES,
        memory_cost=parameters.memory_kib,
        iterations=parameters.time_cost,
        lanes=parameters.parallelism,
        secret=key,
    ).derive(password)


def _ours(password: bytes, salt: bytes, key: bytes, parameters: HashParameters) -> bytes:
    with Arena(parameters) as arena:
        return argon2id(password, salt, key, parameters, arena)


def _draw(chance: Chance) -> HashParameters:
    lanes = 1 + chance.below(_MOST_LANES)
    memory = lanes * (_LEAST_LANE_KIB + chance.below(_MOST_LANE_KIB))
    return HashParameters(memory, 1 + chance.below(_MOST_PASSES), lanes)
