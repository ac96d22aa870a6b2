"""credentials/blocklist.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.blocklist import context_words, is_common, leans_on


@pytest.mark.parametrize("password", ["password", "PassWord", "1qaz2wsx3edc", "mississippi", "baseball"])
def test_common_passwords_are_known(password: str) -> None:
    """Common passwords and words are known in any case (ASVS 6.2.4). Planted: no case-folding; failed."""
    assert is_common(password)


# "password" with two Cyrillic letters, and in full width.
OTHER_SCRIPTS = ["\u0440\u0430ssword", "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44"]


@pytest.mark.parametrize("password", ["p4ssw0rd", "P@$$word", "bas€ball", "pàssword", *OTHER_SCRIPTS])
def test_look_alikes_of_common_passwords_are_known(password: str) -> None:
    """Signs, marks, widths and other scripts' letters hide no common one. Planted: no skeleton; failed."""
    assert is_common(password)


@pytest.mark.parametrize("password", ["", "correct horse battery staple", "password password", "k7qd-0000"])
def test_other_passwords_are_not_common(password: str) -> None:
    """Only the whole password is compared (NIST SP 800-63B-4 section 3.1.1.2)."""
    assert not is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "anna.lind",
        "ANNA.LIND",
        "@nn4.l1nd99",
        "\u0430nna.l\u0456nd",
        "xanna.lind1234",
        "anna.lindanna.lind7654321",
        "lindlindlind",
        "wu",
    ],
)
def test_password_that_leans_on_a_word_is_seen(password: str) -> None:
    """A word, or words and up to seven other characters, lean on it, in any case."""
    assert leans_on(password, ["Anna.Lind", "Lind", "Wu"])


@pytest.mark.parametrize("password", ["lind12345678", "12345678", "wu123", "short", "", "blind horse staple"])
def test_password_of_its_own_is_not_seen(password: str) -> None:
    """Eight other characters are enough; a word of three characters counts alone only."""
    assert not leans_on(password, ["Anna.Lind", "Lind", "Wu", ""][:3])


def test_longer_words_are_taken_out_first() -> None:
    """A word within another does not save what is left of that one. Planted: shortest first; failed."""
    assert leans_on("lindgrensson1234567", ["lind", "lindgrensson"])


def test_folding_that_lengthens_is_compared() -> None:
    """Words whose case-folding is longer are found as well."""
    assert leans_on("STRASSE", ["straße"])


def test_context_words_are_what_is_known_about_a_user() -> None:
    """Name, address, and the parts of both and of the full name, each once, none of them empty."""
    words = context_words("alind", "anna.lind@shop.example.org", "Anna-Maria  Lind, Ph.D.")
    whole = ["alind", "anna.lind@shop.example.org", "anna.lind", "shop.example.org"]
    assert words == [*whole, "anna", "lind", "shop", "example", "Anna", "Maria", "Lind", "Ph", "D"]
    assert context_words("a@b", "a@b", None) == ["a@b", "a", "b"]


@given(st.text(), st.text(), st.text(), st.none() | st.text())
def test_any_text_is_judged(password: str, username: str, email_address: str, full_name: str | None) -> None:
    """Arbitrary texts raise nothing, and a name is always seen as the password."""
    words = context_words(username, email_address, full_name)
    leans_on(password, words)
    is_common(password)
    assert "" not in words
    assert all(leans_on(word, words) for word in words)
