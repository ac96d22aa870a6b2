"""credentials/guessability.py."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from zxcvbn.matching import RANKED_DICTIONARIES

from credentials.guessability import Estimate, estimate, mentions, score
from tests.published_zxcvbn import published

SIGNS = "4@8({[<369 61!|17|0$5+7%2"  # a sign for each letter that has one: 736 spellings


#: Of each list, repeated, backwards, with digits for letters, with a word of the user's, and none of these.
ASKED: list[tuple[str, list[str]]] = [
    *((each, []) for each in ["correct horse battery staple", "Tr0ub4dor&3", "aaaaaaaaaaaaaaaa", "x"]),
    *((each, []) for each in ["dragon", "dragondragon", "nogard", "dr4g0n", "the", "marielle", "Smith"]),
    *((each, []) for each in ["kowalskikowalski", "vimes vimes", "1999", "qwertyuiop", "q7#Vw-Zp91"]),
    ("vorhalquemmir", ["VorHalQuemmir"]),
    ("dragon", ["dragon"]),
]


def test_estimate_is_that_of_zxcvbn() -> None:
    """Score, warning and suggestions are what zxcvbn's own entry gives, whichever of its lists holds a word.

    Planted: repeated parts looked up in nothing; each word said to be of the first list; each seen to fail.
    """
    expected = [
        Estimate(each["score"], each["feedback"]["warning"], tuple(each["feedback"]["suggestions"]))
        for each in published(ASKED)[0]
    ]
    assert [estimate(password, words) for password, words in ASKED] == expected


def test_empty_password_is_guessed_at_once() -> None:
    """No password at all has the lowest score and advice, where zxcvbn raises. Planted: not asked; failed."""
    assert estimate("").score == 0
    assert estimate("", ["word"]).suggestions


def test_words_make_a_password_guessable() -> None:
    """A word about the owner is guessed first, in any case and with signs for letters."""
    assert estimate("vorhalquemmir").score > 2
    assert estimate("vorhalquemmir", ["VorHalQuemmir"]).score == 0
    assert estimate("v0rhalquemmir", ["vorhalquemmir"]).score == 0


def test_words_of_one_call_stay_out_of_another() -> None:
    """A call writes nothing where another thread would read it. Planted: zxcvbn's shared table; failed."""
    shared = dict(RANKED_DICTIONARIES)
    before = estimate("vorhalquemmir")
    estimate("vorhalquemmir", ["only", "said", "here"])
    assert dict(RANKED_DICTIONARIES) == shared
    assert estimate("vorhalquemmir") == before


def test_work_is_bounded() -> None:
    """Of a password of many signs that stand for letters only a beginning is looked up.

    Each sign may stand for several letters, and each combination is a spelling. Planted: all of it read;
    seen to fail.
    """
    password = (SIGNS * 3)[:72]
    assert estimate(password) == estimate(password[:16])
    assert mentions(password, [password[:16]])
    assert not mentions(password, [password[40:60]])


def test_only_a_beginning_is_read() -> None:
    """What comes after 72 characters does not count, and a mebibyte is no trouble."""
    assert estimate("a" * 2**20) == estimate("a" * 72)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_has_an_estimate(password: str, words: list[str]) -> None:
    """Arbitrary text and words raise nothing."""
    assert 0 <= estimate(password, words).score <= 4


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789/. a\n\r\v\f\x1c\x85\u2028\u0661"), max_size=24))
@example("tulip kettle 123456\nmarble")
@example("1234\n")
@example("12345678\n" * 9)
def test_digits_and_line_breaks_have_an_estimate(password: str) -> None:
    """A line break behind digits is no part of a date to zxcvbn, whose pattern lets it stand at the end.

    Planted: line breaks left in; seen to fail.
    """
    assert 0 <= score(password) == estimate(password).score <= 4
    assert not mentions(password, ["walter"])


def test_a_line_break_is_a_blank() -> None:
    """It counts for as much: nothing is lost by it. Planted: it and what follows left out; seen to fail."""
    assert estimate("tulip 1234\nmarble") == estimate("tulip 1234 marble")


@settings(max_examples=200)
@given(
    st.text(max_size=40)
    | st.sampled_from(["correct horse battery staple", "p4ssw0rd p4ssw0rd", "qwertyuiop 1990"])
)
def test_the_score_alone_is_the_estimate_s(password: str) -> None:
    """The quick score is the score of the whole estimate, whichever list holds a word.

    Planted: one list left out; seen to fail.
    """
    assert score(password) == estimate(password).score


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["walter", "kowalski", "xyz", "q7#", "retlaw", "w4lter", "horse"]), max_size=5),
    st.sampled_from([["walter"], ["kowalski", "walter"], []]),
)
def test_words_that_are_not_found_change_nothing(parts: list[str], words: list[str]) -> None:
    """Where no word of the user's is found, the estimate with and without them is the same."""
    password = "".join(parts) + "!"
    if not mentions(password, words):
        assert estimate(password, words).score == estimate(password).score


def test_a_word_is_found_however_it_is_spelt() -> None:
    """A word is found as it is, backwards, and with digits for letters."""
    assert all(mentions(password, ["walter"]) for password in ("my walter 1", "1 retlaw", "w4lter x"))
    assert not mentions("purple monkey", ["walter"])
