"""credentials/argon2id.py."""

import pytest
from argon2.exceptions import HashingError, VerifyMismatchError
from argon2.low_level import Type, hash_secret, hash_secret_raw, verify_secret
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credentials.arena import Arena
from credentials.argon2_check import KEY, SALT, VECTORS, Vector, openssl
from credentials.argon2id import argon2id
from credentials.hash_parameters import HashParameters
from credentials.phc import Phc

ROOMY = HashParameters(memory_kib=256, parallelism=4)
COSTS = st.builds(HashParameters, st.integers(32, 64), st.integers(1, 3), st.integers(1, 4))


def tag(password: bytes, salt: bytes, key: bytes, parameters: HashParameters) -> bytes:
    """Compute a hash in an arena that has room for more."""
    with Arena(ROOMY) as arena:
        return argon2id(password, salt, key, parameters, arena)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: repr(each.password))
def test_keyed_vectors(vector: Vector) -> None:
    """Keyed tags are those of OpenSSL's Argon2id. Planted: no key in the context; failed."""
    assert tag(vector.password.encode(), SALT, KEY, vector.parameters).hex() == vector.tag


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=99), st.binary(min_size=8, max_size=20), st.binary(min_size=1, max_size=64), COSTS)
def test_agrees_with_openssl(password: bytes, salt: bytes, key: bytes, cost: HashParameters) -> None:
    """With any key the tag is that of OpenSSL, an implementation of its own."""
    assert tag(password, salt, key, cost) == openssl(password, salt, key, cost)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=99), st.binary(min_size=8, max_size=20), COSTS)
def test_agrees_with_argon2_cffi(password: bytes, salt: bytes, cost: HashParameters) -> None:
    """With an empty key the tag is that of argon2-cffi's own hasher."""
    numbers = (cost.time_cost, cost.memory_kib, cost.parallelism)
    assert tag(password, salt, b"", cost) == hash_secret_raw(password, salt, *numbers, 32, Type.ID)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=99), st.binary(max_size=99), st.binary(min_size=16, max_size=16), COSTS)
def test_each_proves_the_others(password: bytes, other: bytes, salt: bytes, cost: HashParameters) -> None:
    """argon2-cffi takes our string for its password and no other, and its own is the same to the letter.

    Planted: another version of Argon2; failed.
    """
    ours = Phc(cost, salt, tag(password, salt, b"", cost)).text().encode()
    numbers = (cost.time_cost, cost.memory_kib, cost.parallelism)
    assert hash_secret(password, salt, *numbers, 32, Type.ID) == ours
    assert verify_secret(ours, password, Type.ID)
    assume(other != password)
    with pytest.raises(VerifyMismatchError):
        verify_secret(ours, other, Type.ID)


def test_refusal_of_argon2_is_raised() -> None:
    """What Argon2 does not compute is an error, never a tag of zeros. Planted: the code ignored; failed."""
    with pytest.raises(HashingError, match="Salt is too short"):
        tag(b"password", b"short", b"", HashParameters(8))


def test_given_bytes_are_left_alone() -> None:
    """Argon2 wipes its own copies, not the caller's bytes: the same call gives the same tag."""
    password, key = b"password", b"k" * 32
    tags = [tag(password, SALT, key, HashParameters(8)) for _ in range(2)]
    assert tags[0] == tags[1]
    assert (password, key) == (b"password", b"k" * 32)
