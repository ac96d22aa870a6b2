"""Passwords known from breaches, as a compact filter: sorted beginnings of their SHA-1 digests in buckets.

The form of the file, all numbers big-endian: a header of 64 bytes (eight of the format's name, one with the
number of bits b, seven zeros, eight with the number of entries, zeros), then for each entry bits b to b + 23
of its digest as three bytes, ascending, then 2^b + 1 numbers of eight bytes: how many entries lie before each
of the 2^b buckets that the first b bits choose, and how many there are.
"""

import struct
from collections import Counter
from collections.abc import Sequence
from hashlib import sha1
from typing import Protocol

HEADER_BYTES = 64
REST_BYTES = 3
PLACE_BYTES = 8
_NAME = b"REKEYBL1"
_HEADER = struct.Struct(">8sB7xQ40x")
_REST_BITS = 8 * REST_BYTES
_REST = (1 << _REST_BITS) - 1
_VALUE_BITS = 64  # what is looked at of the 160 bits of SHA-1
_MOST_BITS = _VALUE_BITS - _REST_BITS
_LEAST_FILL = (
    48  # entries a bucket; there are up to 96: a page of memory at most, and 0.08 to 0.17 bytes more
)


class BadFilter(ValueError):  # noqa: N818 - it names what was found, as the domain's words do
    """Bytes are no filter, or not all of one."""


class Readable(Protocol):
    """Bytes in memory or a mapped file."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


def value_of(password: str) -> int:
    """Return what a filter knows of a password: the first 64 bits of the SHA-1 digest of its UTF-8."""
    digest = sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[: _VALUE_BITS // 8], "big")


class Breached:
    """A filter: what was put in is found; of what was not, at most six in a million are taken for it.

    Args:
        data: The file's bytes; they are read where they are looked up, and not before.

    Raises:
        BadFilter: The bytes are something else, or too few or too many.
    """

    def __init__(self, data: Readable) -> None:
        if len(data) < HEADER_BYTES:
            message = "it is no filter that rekey blocklist build made"
            raise BadFilter(message)
        name, self._bits, self._count = _HEADER.unpack(data[:HEADER_BYTES])
        if name != _NAME or self._bits > _MOST_BITS:
            message = "it is no filter that rekey blocklist build made"
            raise BadFilter(message)
        self._places = HEADER_BYTES + REST_BYTES * self._count
        if len(data) != self._places + PLACE_BYTES * ((1 << self._bits) + 1):
            message = "it is not whole"
            raise BadFilter(message)
        self._data = data

    def __len__(self) -> int:
        return int(self._count)

    def has(self, password: str) -> bool:
        """Tell whether a password, or its case-folded form, was put in; two reads of a few bytes each."""
        return any(self._has(value_of(spelling)) for spelling in {password, password.casefold()})

    def _has(self, value: int) -> bool:
        bucket = value >> (_VALUE_BITS - self._bits)
        rest = (value >> (_MOST_BITS - self._bits) & _REST).to_bytes(REST_BYTES, "big")
        at = self._places + PLACE_BYTES * bucket
        start, end = struct.unpack(">QQ", self._data[at : at + 2 * PLACE_BYTES])
        entries = self._data[HEADER_BYTES + REST_BYTES * start : HEADER_BYTES + REST_BYTES * end]
        return rest in {entries[at : at + REST_BYTES] for at in range(0, len(entries), REST_BYTES)}


class Packer:
    """Packs ascending values a part at a time, so that no more than a part is in memory.

    Args:
        expected: How many values there will be, roughly; a wrong guess costs space or time only.
    """

    def __init__(self, expected: int) -> None:
        self._bits = min(max(expected // _LEAST_FILL, 1).bit_length() - 1, _MOST_BITS)
        self._count = 0
        self._placed = 0  # buckets whose beginning is known

    def header(self) -> bytes:
        """Return the header: first to keep its place, in the end with the number of entries."""
        return _HEADER.pack(_NAME, self._bits, self._count)

    def pack(self, values: Sequence[int]) -> tuple[bytes, bytes]:
        """Return the entries of further values, none smaller than before, and the places known by them."""
        shift = _MOST_BITS - self._bits
        entries = b"".join([(value >> shift & _REST).to_bytes(REST_BYTES, "big") for value in values])
        places = []
        # Equal buckets stand together, so that the counts come in the order of the buckets.
        for bucket, number in Counter([value >> (_VALUE_BITS - self._bits) for value in values]).items():
            places += self._place(bucket)
            self._count += number
        return entries, struct.pack(f">{len(places)}Q", *places)

    def end(self) -> bytes:
        """Return the remaining places: of empty buckets, and the number of entries."""
        places = self._place(1 << self._bits)
        return struct.pack(f">{len(places)}Q", *places)

    def _place(self, bucket: int) -> list[int]:
        """Return the beginnings of the buckets up to this one that were not given yet: where it is now."""
        new = bucket + 1 - self._placed
        self._placed += new
        return [self._count] * new
