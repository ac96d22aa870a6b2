"""Passwords that guessers try first: common ones, and words of the service or the user."""

import re
from collections.abc import Sequence

from zxcvbn.frequency_lists import FREQUENCY_LISTS
from zxcvbn.matching import RANKED_DICTIONARIES

_LEAST_REMAINDER = 8  # characters: the shortest password that NIST SP 800-63B-4 section 3.1.1.2 knows
_LEAST_WORD = 4  # characters; shorter ones are in too many passwords by accident
_BETWEEN_NAMES = re.compile(r"[\W_]+")


def is_common(password: str) -> bool:
    """Tell whether a password, or its case-folded form, is in a list of common passwords or words.

    The lists are zxcvbn's: 30,000 passwords, and the words of Wikipedia, of film, and of names.
    """
    spellings = {password, password.casefold()}
    return any(not spellings.isdisjoint(RANKED_DICTIONARIES[name].keys()) for name in FREQUENCY_LISTS)


def leans_on(password: str, words: Sequence[str]) -> bool:
    """Tell whether a password is a word, or words and fewer than 8 other characters; case is ignored.

    Words of fewer than 4 characters count only where they are the whole password.
    """
    folded = password.casefold()
    known = {word.casefold() for word in words}
    if folded in known:
        return True
    rest = folded
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= _LEAST_WORD:
            rest = rest.replace(word, "")
    return rest != folded and len(rest) < _LEAST_REMAINDER


def context_words(username: str, email_address: str, full_name: str | None) -> list[str]:
    """Return the words about a user that a guesser would try first.

    Returns:
        The user's name, address, its local part, and the parts of the full name, each once; none empty.
    """
    local_part = email_address.rpartition("@")[0]
    names = _BETWEEN_NAMES.split(full_name or "")
    return [word for word in dict.fromkeys([username, email_address, local_part, *names]) if word]
