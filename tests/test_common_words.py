"""credentials/common_words.py."""

from credentials.common_words import COMMON_WORDS
from tests.published_zxcvbn import published


def test_common_words_are_those_of_zxcvbn() -> None:
    """Each with its list and its rank there. No word is in two lists, so that no rank hides another.

    Planted: each word said to be of the first list; seen to fail.
    """
    lists = published([])[1]
    ranked = [(word, name, rank) for name, words in lists.items() for rank, word in enumerate(words, 1)]
    assert len(ranked) == len({word for word, *_ in ranked})
    assert sorted(COMMON_WORDS) == sorted(word for word, *_ in ranked)
    assert [(word, COMMON_WORDS.list_of(word), COMMON_WORDS[word]) for word, *_ in ranked] == ranked
