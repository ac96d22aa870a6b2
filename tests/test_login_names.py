"""When two login names are the same."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.login_names import MAX_LOGIN_NAME, fold, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mary", "MARY"),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e9", "e\u0301"),
        ("\u03c2", "\u03c3"),
        ("\u212b", "\u00e5"),
        ("\u1e9e", "ss"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    """Case and the way a character is composed make no other name."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    "one", ["\uff4d\uff41\uff52\uff59", "\U0001d426\U0001d41a\U0001d42b\U0001d432", "ma\u02b3y"]
)
def test_what_only_looks_alike(one: str) -> None:
    """Width and font make another key and the same skeleton, so that one of them exists."""
    assert fold(one) != fold("mary")
    assert skeleton(one) == skeleton("mary")


def test_blanks_are_kept() -> None:
    """Nothing is trimmed; NUL and half of a character stay what they are."""
    assert fold(" Mary ") == " mary "
    assert fold("\0\ud800") == "\0\ud800"
    assert MAX_LOGIN_NAME == 254


def test_code_points_that_need_a_second_nfc() -> None:
    """26 code points are not NFC after folding; the key of each is.

    Planted: the second NFC left out; seen to fail.
    """
    folded = [unicodedata.normalize("NFC", chr(code)).casefold() for code in range(sys.maxunicode + 1)]
    unsettled = [chr(code) for code, text in enumerate(folded) if not unicodedata.is_normalized("NFC", text)]
    assert len(unsettled) == 26
    assert all(unicodedata.is_normalized("NFC", fold(each)) for each in unsettled)


def test_composing_is_bounded() -> None:
    """A text that no login name has is left alone: 31,000 accents once held the event loop for five seconds.

    Planted: composed whatever its length; seen to fail.
    """
    longest = "\u0315\u0301" * (MAX_LOGIN_NAME // 2)
    assert fold(longest) == unicodedata.normalize("NFC", longest) != longest
    assert fold(longest + "\u0315") == longest + "\u0315"


@given(st.text(max_size=MAX_LOGIN_NAME))
def test_a_key_is_its_own_key(name: str) -> None:
    """A key is folded already, and its characters are composed."""
    key = fold(name)
    assert unicodedata.is_normalized("NFC", key)
    assert fold(key.upper()) == fold(key.upper().upper())
    assert skeleton(name) == skeleton(unicodedata.normalize("NFC", name))
