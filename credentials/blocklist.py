"""Passwords that guessers try first: common ones, and words of the service or the user."""

import re
from collections.abc import Sequence
from functools import cache

from credentials.common_words import COMMON_WORDS
from credentials.packed_words import PackedWords
from credentials.skeletons import skeleton
from credentials.words import Words

_BETWEEN_NAMES = re.compile(r"[\W_]+")
# Characters: the shortest password that a policy may allow. Shorter words are not worth their skeletons.
_LEAST = 8


def is_common(password: str) -> bool:
    """Tell whether a password, in any case or look-alike spelling, is in a list of common ones or words.

    The lists are zxcvbn's (`common_words.py`).
    """
    if password in COMMON_WORDS or password.casefold() in COMMON_WORDS:
        return True
    return skeleton(password) in _skeletons()


def leans_on(password: str, words: Sequence[str]) -> bool:
    """Tell whether a password is one of these words or hardly more, as `Words.carry`."""
    return Words(words).carry(password)


def context_words(username: str, email_address: str, full_name: str | None) -> list[str]:
    """Return the words about a user that a guesser would try first.

    Returns:
        The user's name, address, its local part and domain, and the parts of all of them and of the full
        name, each once; none empty. Of a domain the last label is left out: it says nothing of the user.
    """
    local_part, _, domain = email_address.rpartition("@")
    parts = [
        part
        for text in (username, local_part, domain.rpartition(".")[0], full_name or "")
        for part in _BETWEEN_NAMES.split(text)
    ]
    whole = [username, email_address, local_part, domain]
    return [word for word in dict.fromkeys([*whole, *parts]) if word]


@cache
def _skeletons() -> PackedWords:
    """Fold the lists once, in 0.07 s: 41,000 words."""
    skeletons = {skeleton(word) for word in COMMON_WORDS if len(word) >= _LEAST}
    return PackedWords((each, "") for each in skeletons)
