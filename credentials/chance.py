"""The only room of clock and entropy."""

import secrets
import time
from datetime import UTC, datetime

from credentials.encoding import base32

_ID_BYTES = 16  # 128 bits: no two ids meet
_ID_LENGTH = 26  # characters of five bits for 128 bits; the first is one of 0 to 7


class Chance:
    """Clock and entropy, handed to whoever needs them; tests hand in one they control."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a clock that only goes forward; differences alone mean something."""
        return time.monotonic()

    def draw(self, size: int) -> bytes:
        """Return that many bytes from the operating system's generator."""
        return secrets.token_bytes(size)

    def below(self, bound: int) -> int:
        """Return a uniform number from 0 to `bound - 1`.

        Draws are rejected until one is below the bound (NIST SP 800-90A Rev. 1, appendix A.5.1), so that no
        number comes up more often than another.

        Raises:
            ValueError: The bound is below 1.
        """
        if bound < 1:
            message = "A bound is 1 or more."
            raise ValueError(message)
        bits = (bound - 1).bit_length()
        size = (bits + 7) // 8
        while (number := int.from_bytes(self.draw(size), "big") >> (8 * size - bits)) >= bound:
            pass
        return number

    def new_id(self) -> str:
        """Return 128 random bits in 26 lower-case base32 characters, never given out before."""
        return base32(self.draw(_ID_BYTES), _ID_LENGTH)
