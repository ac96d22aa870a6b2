"""credentials/words.py; what a word weighs in a password is tested with the lists, in test_blocklist.py."""

import time

from hypothesis import given
from hypothesis import strategies as st

from credentials.words import Words


def test_words_are_counted_once() -> None:
    """Words that differ in case are one; empty ones are none."""
    assert len(Words(["Acme", "acme", "", "other"])) == 2


def test_no_words_carry_nothing() -> None:
    """Without a word no password leans on one, the empty one neither."""
    assert not Words([]).carry("")
    assert not Words([]).carry("acme")
    assert not Words([""]).carry("")


def test_the_longest_word_at_a_place_counts() -> None:
    """A word is taken out whole where a shorter one begins it. Planted: the shortest first; failed."""
    assert Words(["acme", "acmecorporation"]).carry("acmecorporation1234567")
    assert not Words(["acme"]).carry("acmecorporation1234567")


@given(st.text(), st.lists(st.text(), max_size=4))
def test_a_word_carries_itself(password: str, words: list[str]) -> None:
    """Any texts are compared; each word that is not empty carries itself, and itself with a digit behind."""
    found = Words(words)
    found.carry(password)
    assert all(found.carry(word) for word in words if word)


def test_time_does_not_grow_with_the_list() -> None:
    """A hundred thousand words of every length cost a long password less than a tenth of a second of work."""
    words = Words(f"{number:x}" * (1 + number % 40) for number in range(100_000))
    start = time.thread_time()
    assert not words.carry("q" * 4096)
    words.carry("0123456789abcdef" * 16)
    assert time.thread_time() - start < 0.1
