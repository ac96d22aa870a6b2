"""credentials/breached.py."""

import struct
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.breached import HEADER_BYTES, BadFilter, Breached, Packer, value_of
from tests.chance import FixedChance

MANY = 20_000


def packed(values: list[int], expected: int | None = None, part: int = 1000) -> bytes:
    """Return the filter of these values, packed in parts."""
    packer = Packer(len(values) if expected is None else expected)
    entries, places = b"", b""
    for start in range(0, len(values), part):
        more, known = packer.pack(values[start : start + part])
        entries, places = entries + more, places + known
    return packer.header() + entries + places + packer.end()


def test_a_value_is_the_beginning_of_sha1() -> None:
    """The digest is that of Pwned Passwords: SHA-1 of the UTF-8, `5BAA61E4C9B93F3F…` for `password`."""
    assert value_of("password") == 0x5BAA61E4C9B93F3F
    assert value_of("\ud800") == int(sha1(b"\xed\xa0\x80", usedforsecurity=False).hexdigest()[:16], 16)


@given(
    words=st.sets(st.text(max_size=8), max_size=40),
    others=st.lists(st.text(max_size=8)),
    expected=st.sampled_from([0, 1, 100, 5000, 10**7]),
    part=st.integers(1, 50),
)
def test_what_was_put_in_is_found(words: set[str], others: list[str], expected: int, part: int) -> None:
    """Whatever is packed in whatever parts for whatever number, it and nothing else is found.

    Planted: places given after the entries of a part; the last bucket left out; each seen to fail.
    """
    found = Breached(packed(sorted(map(value_of, words)), expected, part))
    assert len(found) == len(words)
    assert all(found.has(word) for word in words)
    unknown = [other for other in others if not {other, other.casefold()} & words]
    assert not any(found.has(other) for other in unknown)


def test_case_hides_nothing() -> None:
    """A password in capitals is found by its small letters."""
    found = Breached(packed([value_of("hunter2")]))
    assert found.has("HUNTER2")
    assert not found.has("hunter3")


def test_it_is_small_and_seldom_wrong() -> None:
    """An entry takes less than 3.2 bytes, and of 200,000 other values at most six are taken for one.

    96 of 2^24 is the most that a bucket answers wrongly: 1.1 are expected here, seven come once in 10,000.
    """
    chance = FixedChance(seed="breached")
    values = [int.from_bytes(chance.draw(8), "big") for _ in range(MANY)]
    data = packed(sorted(values))
    assert len(data) < HEADER_BYTES + 3.2 * MANY
    found = Breached(data)
    wrong = sum(found._has(int.from_bytes(chance.draw(8), "big")) for _ in range(10 * MANY))  # noqa: SLF001  by value
    assert wrong <= 6


def test_equal_values_are_kept() -> None:
    """A value that stands twice does no harm."""
    value = value_of("hunter2")
    assert Breached(packed([value, value], part=1)).has("hunter2")


GOOD = packed([value_of("hunter2")])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no filter"),
        (GOOD[:40], "no filter"),
        (b"x" * 100, "no filter"),
        (GOOD[:8] + b"\x29" + GOOD[9:], "no filter"),
        (GOOD[:-1], "not whole"),
        (GOOD + b"x", "not whole"),
        (GOOD[:16] + struct.pack(">Q", 2**60) + GOOD[24:], "not whole"),
    ],
)
def test_other_bytes_are_refused(data: bytes, reason: str) -> None:
    """Too few, too many, another name and an impossible number are told at the start."""
    with pytest.raises(BadFilter, match=reason):
        Breached(data)


def test_damaged_places_raise_nothing() -> None:
    """Places that point nowhere find nothing: a damaged file refuses no request by a defect."""
    damaged = GOOD[:-16] + struct.pack(">QQ", 2**60, 2**61)
    assert not Breached(damaged).has("hunter2")
