"""Words that no password may be, or hardly more than: an operator's, the service's, a user's own."""

from collections.abc import Iterable
from itertools import chain

from credentials.skeletons import LONGEST, skeleton

_LEAST_REMAINDER = 8  # characters: the shortest password that NIST SP 800-63B-4 section 3.1.1.2 knows
_LEAST_WORD = 4  # characters; shorter ones are in too many passwords by accident


class Words:
    """A set of words, which finds them in any case and in look-alike spellings.

    Args:
        words: Any texts; empty ones are left out.
    """

    def __init__(self, words: Iterable[str]) -> None:
        kept = {word for word in words if word}
        self._plain = _Folded(word.casefold() for word in kept)
        self._skeletons = _Folded(map(skeleton, kept))

    def __len__(self) -> int:
        return len(self._plain.words)

    def carry(self, password: str) -> bool:
        """Tell whether a password is a word, or words and fewer than 8 other characters.

        Words of fewer than 4 characters count only where they are the whole password. It takes time with
        the password's length times the number of different lengths of words, not with their number.
        """
        return self._plain.carry(password.casefold()) or self._skeletons.carry(skeleton(password))


class _Folded:
    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        lengths = {len(word) for word in self.words if len(word) >= _LEAST_WORD}
        self._lengths = sorted(lengths, reverse=True)

    def carry(self, text: str) -> bool:
        if text in self.words:
            return True
        # What is longer is no password, and would cost time.
        rest = self._without_words(text) if len(text) <= LONGEST else len(text)
        return rest < min(_LEAST_REMAINDER, len(text))

    def _without_words(self, text: str) -> int:
        """Count the characters outside of words, the longest word at each place."""
        place = rest = 0
        while place < len(text):
            lengths = (length for length in self._lengths if text[place : place + length] in self.words)
            length = next(chain(lengths, [0]))
            rest += not length
            place += length or 1
        return rest
