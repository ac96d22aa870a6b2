"""credentials/skeletons.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.skeletons import LONGEST, skeleton


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("P4$$w0rd", "password"),
        ("8asebal1", "baseball"),
        ("IlIl|1!i", "llllllll"),
        ("Раѕѕwоrԁ", "password"),  # noqa: RUF001  Cyrillic
        ("ΑΒΓΕ", "abye"),
        ("ﬁnancé", "finance"),
        ("ｒｅｋｅｙ", "rekey"),  # noqa: RUF001  full width
        ("\u0131stanbul", "istanbul"),
    ],
)
def test_what_looks_alike_is_alike(text: str, like: str) -> None:
    """Substitutions, scripts, ligatures, marks and widths come to one spelling.

    Planted: no second look after a Cyrillic i; seen to fail.
    """
    assert skeleton(text) == skeleton(like)


def test_different_words_stay_different() -> None:
    """What does not look alike is not folded."""
    assert skeleton("correct horse") != skeleton("correct house")
    assert skeleton("語") == "語"


@given(st.text())
def test_any_text_is_folded(text: str) -> None:
    """Whatever it is, the result is bounded, and case makes no difference in ASCII."""
    assert len(skeleton(text)) <= LONGEST
    if text.isascii():
        assert skeleton(text.upper()) == skeleton(text.lower())


def test_a_text_that_grows_is_bounded() -> None:
    """A ligature of eighteen letters, many times over, comes to no more characters than a password has."""
    assert len(skeleton("ﷺ" * 4000)) == LONGEST
