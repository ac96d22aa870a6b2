"""A list of breached passwords becomes a filter: read once, in bounded memory, and whole or not at all."""

from __future__ import annotations

import fcntl
import heapq
import os
import re
import unicodedata
from array import array
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from itertools import chain, groupby, islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, NamedTuple

from credentials.breached import Packer, value_of
from server.root_key import OWNER_ONLY_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

#: Bytes that are read at a time: fewer cost time, more only memory.
BLOCK = 1 << 20
#: Bytes of a line at most: a password has 1,024, a digest with its count some 60.
LONGEST_LINE = 4096
#: Values that are sorted in memory at a time: about 100 MB.
RUN = 1 << 20
#: Values that are packed at a time.
PART = 1 << 16

_DIGESTS = re.compile(rb"^([0-9A-Fa-f]{40})(?::[0-9]{1,12})?\r?$", re.MULTILINE)
_NTLM = re.compile(rb"[0-9A-Fa-f]{32}(?::[0-9]{1,12})?\s*")
_VALUE_DIGITS = 16  # hexadecimal digits of the 64 bits that the filter knows of a digest


class Kind(StrEnum):
    """What a list holds."""

    DIGESTS = "sha1"
    WORDS = "words"


class BadList(ValueError):  # noqa: N818  it names what was found
    """A list cannot be read; the message names the line."""


class Built(NamedTuple):
    """A filter that was built: from what, how many entries it has, and its size in bytes."""

    kind: Kind
    entries: int
    size: int


def build(source: Path, target: Path, tell: Callable[[int], None]) -> Built:
    """Builds a filter from a list; `tell` hears, again and again, how many bytes were read since.

    The list has sorted lines `SHA1` or `SHA1:count`, or else one password a line, in UTF-8.

    Raises:
        BadList: a line is malformed or out of order, or the list is empty.
        OSError: a file cannot be read or written; or another process builds the same filter.
    """
    with source.open("rb") as file:
        first = file.readline(LONGEST_LINE)
        file.seek(0)
        if _NTLM.fullmatch(first):
            message = "Line 1 is an NTLM digest; take the list of SHA-1 digests."
            raise BadList(message)
        kind = Kind.DIGESTS if _DIGESTS.fullmatch(first.rstrip(b"\n")) else Kind.WORDS
        with TemporaryDirectory(dir=target.parent) as folder:
            if kind is Kind.DIGESTS:
                expected = os.fstat(file.fileno()).st_size // len(first)
                parts = _digests(_lines(file, tell))
            else:
                runs = _sorted_runs(_words(_lines(file, tell)), Path(folder))
                expected = sum(run.stat().st_size for run in runs) // array("Q").itemsize
                parts = _merged(runs)
            entries = _write(target, Packer(expected), parts)
    return Built(kind, entries, target.stat().st_size)


def _lines(file: BinaryIO, tell: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
    """Blocks of whole lines without the last newline, each with the number of its first line."""
    number, rest = 1, b""
    while block := file.read(BLOCK):
        tell(len(block))
        whole, newline, end = (rest + block).rpartition(b"\n")
        if newline:
            yield number, whole
            number += whole.count(b"\n") + 1
        rest = end
        if len(rest) > LONGEST_LINE:
            raise _malformed(number, "is too long")
    if rest:
        yield number, rest


def _digests(blocks: Iterable[tuple[int, bytes]]) -> Iterator[list[int]]:
    last = 0
    for number, block in blocks:
        found = _DIGESTS.findall(block)
        if len(found) != block.count(b"\n") + 1:
            wrong = next(at for at, line in enumerate(block.split(b"\n")) if not _DIGESTS.fullmatch(line))
            raise _malformed(number + wrong, "is not a SHA-1 digest, alone or with `:` and a count")
        values = array("Q", bytes.fromhex(b"".join([each[:_VALUE_DIGITS] for each in found]).decode()))
        values.byteswap()  # the machine's numbers are little-endian, the digests' digits big-endian
        ordered = values.tolist()
        if ordered[0] < last or ordered != sorted(ordered):
            pairs = zip(chain([last], ordered), ordered, strict=False)
            wrong = next(at for at, (before, after) in enumerate(pairs) if after < before)
            raise _malformed(number + wrong, "is out of order; take the list that is ordered by hash")
        last = ordered[-1]
        yield ordered


def _words(blocks: Iterable[tuple[int, bytes]]) -> Iterator[int]:
    for number, block in blocks:
        for at, line in enumerate(block.split(b"\n"), start=number):
            if len(line) > LONGEST_LINE:
                raise _malformed(at, "is too long")
            try:
                word = unicodedata.normalize("NFC", line.removesuffix(b"\r").decode())
            except UnicodeDecodeError:
                raise _malformed(at, "is not UTF-8") from None
            for spelling in {word, word.casefold()} - {""}:
                yield value_of(spelling)


def _sorted_runs(values: Iterator[int], folder: Path) -> list[Path]:
    """Values in files, each sorted."""
    runs = list[Path]()
    while run := sorted(set(islice(values, RUN))):
        runs.append(folder / str(len(runs)))
        with runs[-1].open("wb") as file:
            array("Q", run).tofile(file)
    return runs


def _merged(runs: Iterable[Path]) -> Iterator[list[int]]:
    with ExitStack() as stack:
        files = [stack.enter_context(run.open("rb")) for run in runs]
        values = (value for value, _ in groupby(heapq.merge(*map(_read, files))))
        while part := list(islice(values, PART)):
            yield part


def _read(file: BinaryIO) -> Iterator[int]:
    while data := file.read(PART):
        yield from array("Q", data)


def _write(target: Path, packer: Packer, parts: Iterator[list[int]]) -> int:
    entries = 0
    with _draft(target) as file, TemporaryFile(dir=target.parent) as places:
        file.write(packer.header())
        for part in parts:
            entries += len(part)
            packed, placed = packer.pack(part)
            file.write(packed)
            places.write(placed)
        if not entries:
            message = "The list is empty."
            raise BadList(message)
        places.write(packer.end())
        places.seek(0)
        copyfileobj(places, file)
        file.seek(0)
        file.write(packer.header())
    return entries


@contextmanager
def _draft(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the target's place when the block has ended well; one process at a time writes it."""
    draft = target.with_name(f".{target.name}.new")
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate()
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def _malformed(number: int, reason: str) -> BadList:
    return BadList(f"Line {number} {reason}.")
