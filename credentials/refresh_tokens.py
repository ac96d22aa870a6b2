"""Refresh tokens: recomputed from the session, so that nothing of them is kept."""

import hmac
import re
from typing import NamedTuple

from credentials.digests import Digests, Purpose
from credentials.encoding import base64url, read_base64url
from credentials.secret import Secret

# A session's id, a count below 10^9 (any database's integer holds it) without leading zeros, 32 bytes.
_TOKEN = re.compile(r"([0-9a-z]{1,64})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class PresentedRefresh(NamedTuple):
    """A well-formed refresh token, not yet believed.

    Attributes:
        session_id: The session it names.
        n: How often that session was refreshed before it was made.
        mac: 32 bytes, to be compared with `RefreshTokens.matches`.
    """

    session_id: str
    n: int
    mac: bytes


class RefreshTokens:
    """Makes and compares refresh tokens `sid.n.HMAC(key, sid, n, epoch)`.

    Args:
        digests: What they are computed with: the current key makes, any key of the ring may match.
    """

    def __init__(self, digests: Digests) -> None:
        self._digests = digests

    def make(self, session_id: str, n: int, epoch: int) -> Secret:
        """Return the n-th token of a session for the user's epoch; the same again for the same three."""
        mac = self._digests.digest(Purpose.SESSION_REFRESH, session_id, _content(n, epoch)).value
        return Secret(f"{session_id}.{n}.{base64url(mac)}")

    def read(self, text: str) -> PresentedRefresh | None:
        """Read a token in its one spelling; None where the text is none."""
        found = _TOKEN.fullmatch(text)
        mac = None if found is None else read_base64url(found[3])
        if found is None or mac is None:
            return None
        return PresentedRefresh(found[1], int(found[2]), mac)

    def matches(self, presented: PresentedRefresh, epoch: int) -> bool:
        """Tell in constant time whether a token was made for this epoch."""
        content = _content(presented.n, epoch)
        made = self._digests.candidates(Purpose.SESSION_REFRESH, presented.session_id, content)
        return any(hmac.compare_digest(digest.value, presented.mac) for digest in made)


def _content(n: int, epoch: int) -> Secret:
    return Secret(f"{n}.{epoch}")
