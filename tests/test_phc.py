"""credentials/phc.py."""

import pytest
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from credentials.hash_parameters import HashParameters
from credentials.phc import Phc, read_phc

KNOWN = "$argon2id$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$+4O1cR/ZHfYwtjZ33uYszRPubwxIl9hWtJVCubHpl1s"
BYTES16, BYTES32 = st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)


@given(st.integers(8, 2**32 - 1), st.integers(1, 2**32 - 1), BYTES16, BYTES32)
def test_parts_are_read_back(memory: int, passes: int, salt: bytes, tag: bytes) -> None:
    """Any parts are read back from their text, and argon2-cffi reads the same parameters in it."""
    phc = Phc(HashParameters(memory, passes, 1), salt, tag)
    assert read_phc(phc.text()) == phc
    theirs = extract_parameters(phc.text())
    assert (theirs.memory_cost, theirs.time_cost, theirs.parallelism) == (memory, passes, 1)
    assert (theirs.salt_len, theirs.hash_len, theirs.version) == (16, 32, 19)


def test_reference_text_is_read_and_written() -> None:
    """What the Argon2 reference writes is read, and written alike.

    from argon2.low_level import Type, hash_secret;
    hash_secret(b"password", b"0123456789abcdef", 2, 64, 1, 32, Type.ID)
    """
    phc = read_phc(KNOWN)
    assert phc is not None
    assert (phc.parameters, phc.salt) == (HashParameters(64, 2, 1), b"0123456789abcdef")
    assert phc.text() == KNOWN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("argon2id", "argon2i"),
        ("v=19", "v=16"),
        ("m=64", "m=064"),
        ("m=64", "m=7"),
        ("m=64", "m=9999999999"),
        ("t=2", "t=0"),
        ("p=1", "p=9"),
        ("p=1", "p=1,keyid=aaaa"),
        ("l1s", "l1t"),
        ("RlZg$", "RlZgg$"),
        ("$argon", "argon"),
        ("l1s", "l1s="),
        ("l1s", "l1s\n"),
        ("m=64", "m=٦٤"),
    ],
)
def test_other_texts_are_none(old: str, new: str) -> None:
    """Another algorithm, version, length, spelling or impossible parameters are not read."""
    assert old in KNOWN
    assert read_phc(KNOWN.replace(old, new)) is None


@given(st.text() | st.from_regex(r"\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Z]{22}\$[A-Z]{43}"))
def test_any_text_is_read_or_none(text: str) -> None:
    """Arbitrary text raises nothing, and what is read has one spelling."""
    phc = read_phc(text)
    assert phc is None or phc.text() == text
