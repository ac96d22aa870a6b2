"""credentials/packed_words.py."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credentials.packed_words import PackedWords, RankedWords

WORDS = st.text(st.characters(exclude_characters="\n\t"), max_size=6)


@given(st.dictionaries(WORDS, st.sampled_from(["", "a", "1 2"])), st.lists(st.text("ab\n\t1", max_size=8)))
@example({"mar": "1", "marie": "2", "mark": ""}, ["ma", "mari", "marie", "marie\t2", "\tmark", ""])
@example({"abca": "1", "abcb": "2"}, ["abca\t1\nb", "abc", "abca\n"])
def test_they_are_what_a_dictionary_would_be(noted: dict[str, str], others: list[str]) -> None:
    """Each word is found with its note, and no other text is, whatever is in it.

    Planted: a tabulator let through; only the beginning compared; each seen to fail.
    """
    packed = PackedWords(noted.items())
    assert {word: packed.note(word) for word in noted} == noted
    assert [word in packed for word in [*noted, *others]] == [word in noted for word in [*noted, *others]]
    assert sorted(packed) == sorted(noted)


@given(st.sets(st.text("ab", max_size=5)), st.text("ab\n\t", max_size=12))
@example({"a", "ab", "abc", "abcd", "abcde"}, "abcd")
@example({"abcabd"}, "abcab")
@example({"aba", "abb"}, "aba\t\nabb")
def test_the_words_within_a_text_are_its_parts(words: set[str], text: str) -> None:
    """Those of one and two characters too, at its end too, and none across a line break or a tabulator.

    Planted: ended one character early; the short ones not asked for; each seen to fail.
    """
    parts = {text[start:end] for end in range(len(text) + 1) for start in range(end)}
    assert PackedWords((word, "1") for word in words).within(text) == parts & words


@pytest.mark.parametrize("word", ["", "abd", "abcde", "xyz"])
def test_nothing_is_noted_of_another_word(word: str) -> None:
    """It raises as a dictionary does, as for a word that begins like one."""
    with pytest.raises(KeyError):
        PackedWords([("abcd", "note")]).note(word)


def test_a_word_has_its_rank_in_its_list() -> None:
    """From 1 in each list, and the list is known."""
    words = RankedWords({"names": ["anna", "annabel"], "passwords": ["123456"]})
    assert {word: (words[word], words.list_of(word)) for word in words} == {
        "anna": (1, "names"),
        "annabel": (2, "names"),
        "123456": (1, "passwords"),
    }
