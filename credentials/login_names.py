"""When two login names are the same: one namespace for usernames and e-mail addresses."""

from __future__ import annotations

import unicodedata

#: RFC 5321 4.5.3.1.3 allows a path of 256 with its brackets: 254 for the address.
MAX_LOGIN_NAME = 254


def fold(name: str) -> str:
    """The key of a login name: NFC(casefold(NFC(x))).

    The second NFC is needed: 26 code points are not NFC after folding. A lone surrogate stays as it is. So
    does a text that is longer than any login name: composing takes time with the square of the length,
    seconds for a request of nothing but accents.
    """
    if len(name) > MAX_LOGIN_NAME:
        return name
    composed = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", composed.casefold())


def skeleton(name: str) -> str:
    """The same by NFKC: names that differ only by width or font share it, so only one of them exists."""
    composed = unicodedata.normalize("NFKC", name)
    return unicodedata.normalize("NFKC", composed.casefold())
