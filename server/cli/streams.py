"""The streams that a command reads and writes, where they are closed or full, or take ASCII alone."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer

NOWHERE = Path(os.devnull)


class Unwritable(OSError):  # noqa: N818  what is so, not what was done wrong
    """Standard output takes nothing."""


class _Output(FileIO):
    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except OSError as fault:  # whoever prints could not tell it from another file's
            raise Unwritable(fault.errno, fault.strerror) from None


def prepare_streams() -> None:
    """Makes a closed stream an empty one, and has output show what its encoding lacks with a backslash."""
    # Python has None for what was closed (`<&-`), and neither Typer nor Rich can do with it.
    sys.stdin = sys.stdin or NOWHERE.open()
    given = sys.stdout or NOWHERE.open("w")
    output = _Output(os.dup(given.fileno()), "wb", closefd=False)
    sys.stdout = TextIOWrapper(
        BufferedWriter(output), given.encoding, "backslashreplace", line_buffering=given.isatty()
    )


def say(line: str, stream: TextIO | None = None) -> None:
    """Prints a line at once, on standard output where no other stream is named."""
    print(line, file=stream, flush=True)


@contextmanager
def telling_what_is_lost() -> Iterator[None]:
    """Turns a standard output that takes nothing into a line on standard error, and exit status 1."""
    try:
        yield
    except Unwritable as fault:
        told = "A password, code or key that it was to show is lost: make another."
        say(f"rekey: Standard output cannot be written: {fault.strerror}. {told}", sys.stderr)
        # What is still held would be written when the process ends, which fails once more.
        with NOWHERE.open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        sys.exit(1)
