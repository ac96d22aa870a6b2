"""The memory of a hashing thread: mapped, advised and touched once, then used for every hash."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any, Self

from _argon2_cffi_bindings import ffi, lib

if TYPE_CHECKING:
    from credentials.hash_parameters import HashParameters

_KIB = 1024  # RFC 9106 section 3.1 counts memory in KiB
_LANE_BLOCKS = 4  # RFC 9106 section 3.2: memory is taken in multiples of four blocks a lane
_PIECE = bytes(2**20)  # one MiB of zeros: all that is kept beside the arena while it is touched
_OK: int = lib.ARGON2_OK
_NO_MEMORY: int = lib.ARGON2_MEMORY_ALLOCATION_ERROR


class NoArena(MemoryError):  # noqa: N818 - it names what was not found, as the domain's words do
    """The operating system does not give the memory that a hash takes; the message says how much."""


class Arena:
    """Memory that is handed to Argon2 for one hash after the other.

    Argon2 by itself takes its memory anew for each hash, and the kernel clears and maps it page by page: at
    46 MiB and one pass that is half of the time (docs/performance.md). This one is faulted in once, in pages
    of 2 MiB where the kernel has them. Argon2 wipes it after each hash, as it does with memory of its own.
    It belongs to one thread at a time.

    Args:
        parameters: The dearest hash that has room in it.

    Raises:
        NoArena: There is not so much memory.
    """

    def __init__(self, parameters: HashParameters) -> None:
        self._size = room(parameters)
        try:
            self._memory = mmap.mmap(-1, self._size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError as error:
            message = f"There is no memory for a hash of {parameters.memory_kib} KiB: {error.strerror}."
            raise NoArena(message) from None
        self._memory.madvise(getattr(mmap, "MADV_HUGEPAGE", mmap.MADV_NORMAL))  # the first is Linux's
        for start in range(0, self._size, len(_PIECE)):
            self._memory[start : start + len(_PIECE)] = _PIECE[: self._size - start]
        self._view = ffi.from_buffer("uint8_t[]", self._memory)
        # Kept as long as they may be called.
        self._allocate = ffi.callback("int(uint8_t **, size_t)", self._hand_out, error=_NO_MEMORY)
        self._free = ffi.callback("void(uint8_t *, size_t)", lambda _memory, _size: None)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._size

    @property
    def callbacks(self) -> dict[str, Any]:
        """The fields of Argon2's context by which it takes this memory."""
        return {"allocate_cbk": self._allocate, "free_cbk": self._free}

    def holds(self, parameters: HashParameters) -> bool:
        """Tell whether a hash of these parameters has room."""
        return room(parameters) <= self._size

    def close(self) -> None:
        """Give the memory back; no hash may run in it."""
        ffi.release(self._view)
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _hand_out(self, memory: Any, size: int) -> int:  # noqa: ANN401 - a pointer of C
        if size > self._size:
            return _NO_MEMORY
        memory[0] = self._view
        return _OK


def room(parameters: HashParameters) -> int:
    """Return the bytes that Argon2 asks for (RFC 9106 section 3.2): whole segments in each lane."""
    unit = _LANE_BLOCKS * parameters.parallelism
    return max(2 * unit, parameters.memory_kib // unit * unit) * _KIB
