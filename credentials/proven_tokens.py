"""Access tokens whose signature was proved before: a client sends the same one as long as it lives."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any, NamedTuple

#: Tokens that are remembered, the least recently used one goes first: some megabytes. Proving one again
#: costs a sixth of a cheap request (docs/performance.md), and nothing else is lost.
MOST = 4096


class Proven(NamedTuple):
    """What a genuine token says, whatever the time is now.

    Attributes:
        kid: The key that signed it.
        claims: Its claims, as they were read.
    """

    kid: str
    claims: dict[str, Any]


class ProvenTokens:
    """Genuine tokens by a digest of their exact text, so that no other spelling is taken for one of them.

    Only the signature is remembered. Whether the key is still believed, whether the token's time has come or
    is over, and whether its session lives, is for every request to see.

    Args:
        most: How many are remembered.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tokens: OrderedDict[bytes, Proven] = OrderedDict()

    def find(self, text: str) -> Proven | None:
        """Return what this very text says, if it was proved before."""
        digest = _digest(text)
        found = self._tokens.get(digest)
        if found is not None:
            self._tokens.move_to_end(digest)
        return found

    def keep(self, text: str, proven: Proven) -> None:
        """Remember a token whose signature was proved."""
        self._tokens[_digest(text)] = proven
        if len(self._tokens) > self._most:
            self._tokens.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
