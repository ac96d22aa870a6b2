"""Sets of many short words in a little memory."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Characters. zxcvbn's 94,000 words have 6,300 beginnings, with up to 800 words: few objects, the largest of
# which is looked through in 3 microseconds.
_BEGINNING = 3
_APART = re.compile(r"[\t\n]")  # what no word holds


class PackedWords:
    """Words, each with a note: a line of text for all that begin alike.

    zxcvbn's 94,000 take 2 MiB instead of 12; a look-up takes 0.2 to 3 microseconds instead of 0.04.

    Args:
        noted: Words with their notes. Neither has a line break or a tabulator in it.
    """

    def __init__(self, noted: Iterable[tuple[str, str]]) -> None:
        lines = defaultdict[str, list[str]](list)
        for word, note in noted:
            lines[word[:_BEGINNING]].append(f"{word[_BEGINNING:]}\t{note}\n")
        self._texts = {beginning: "\n" + "".join(ends) for beginning, ends in lines.items()}

    def __contains__(self, word: str) -> bool:
        """Tell whether a word is one of them; any text may be asked for."""
        text = self._texts.get(word[:_BEGINNING])
        return text is not None and _place(text, word[_BEGINNING:]) >= 0

    def within(self, text: str) -> set[str]:
        """Return those of the words that are a part of a text: quicker than asking for each part of it."""
        found = set[str]()
        for piece in _APART.split(text):
            for start in range(len(piece)):
                found.update(self._from(piece, start))
        return found

    def _from(self, piece: str, start: int) -> Iterator[str]:
        for end in range(start + 1, min(start + _BEGINNING, len(piece) + 1)):
            if piece[start:end] in self._texts:
                yield piece[start:end]
        text = self._texts.get(piece[start : start + _BEGINNING])
        end = start + _BEGINNING
        while text is not None and end <= len(piece) and f"\n{piece[start + _BEGINNING : end]}" in text:
            if _place(text, piece[start + _BEGINNING : end]) >= 0:
                yield piece[start:end]
            end += 1

    def __iter__(self) -> Iterator[str]:
        """Go through them, in an order of no meaning."""
        for beginning, text in self._texts.items():
            for line in text[1:-1].split("\n"):
                yield beginning + line.partition("\t")[0]

    def note(self, word: str) -> str:
        """Return what is noted of a word.

        Raises:
            KeyError: It is none of them.
        """
        text, end = self._texts[word[:_BEGINNING]], word[_BEGINNING:]
        place = _place(text, end)
        if place < 0:
            raise KeyError(word)
        start = place + len(end) + 2
        return text[start : text.index("\n", start)]


class RankedWords(PackedWords):
    """Words of several lists, with their rank in theirs: what zxcvbn asks of one of its dictionaries.

    Args:
        lists: By name, the most frequent word first. No word is in two of them.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        super().__init__(
            (word, f"{rank} {number}")
            for number, words in enumerate(lists.values())
            for rank, word in enumerate(words, 1)
        )
        self._names = list(lists)

    def __getitem__(self, word: str) -> int:
        """Return a word's rank in its list, from 1."""
        return int(self.note(word).partition(" ")[0])

    def list_of(self, word: str) -> str:
        """Return the name of the list that a word is in."""
        return self._names[int(self.note(word).partition(" ")[2])]


def _place(text: str, end: str) -> int:
    # With a tabulator in it, it could reach from one word's line into the next.
    return -1 if "\t" in end else text.find(f"\n{end}\t")
