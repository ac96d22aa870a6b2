"""credentials/policy.py."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.policy import (
    PasswordPolicy,
    PolicyChecker,
    PolicyRule,
    Violation,
    context_words,
    open_password,
)
from credentials.secret import Secret

GOOD = "correct horse battery staple"
CHECKER = PolicyChecker(PasswordPolicy())
SHORT = PolicyChecker(PasswordPolicy(min_length=8))


def rules(violations: list[Violation]) -> list[str]:
    """Return the names of the broken rules."""
    return [violation.rule.value for violation in violations]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_password_is_normalised_to_nfc_and_left_alone(text: str) -> None:
    """Every character is allowed, nothing is trimmed, folded or cut (ASVS 6.2.8). Planted: NFKC; failed."""
    assert open_password(text) == Secret(unicodedata.normalize("NFC", text))


def test_two_ways_of_typing_give_one_password() -> None:
    """A letter with its accent and a letter followed by it are the same; a ligature stays itself."""
    assert open_password("pa\u0301s") == open_password("p\u00e1s") == Secret("p\u00e1s")
    assert open_password(" \ufb01\x00 ") == Secret(" \ufb01\x00 ")


@given(st.text(), st.characters(categories=["Cs"]), st.text())
def test_lone_surrogate_is_a_violation(before: str, surrogate: str, after: str) -> None:
    """Half of a surrogate pair anywhere is UNSUPPORTED_CHARACTER, not an error."""
    opened = open_password(before + surrogate + after)
    assert isinstance(opened, Violation)
    assert opened.rule is PolicyRule.UNSUPPORTED_CHARACTER


def test_normalising_is_bounded() -> None:
    """A text whose normalisation takes long is MAX_LENGTH unread; what may shrink to fit is read.

    Planted: four times as many characters, a tenth of a second for two passwords; seen to fail.
    """
    for times in (512, 16_000):  # marks that have to be sorted: up to 64,001 bytes of UTF-8
        opened = open_password("a" + "\u0315\u0300" * times)
        assert isinstance(opened, Violation)
        assert opened.rule is PolicyRule.MAX_LENGTH
        assert "256 characters" in opened.message
    assert isinstance(open_password(unicodedata.normalize("NFD", "\u1f82" * 256)), Secret)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("x7!Qp0rLk2$wZ9", ["MIN_LENGTH"]),
        ("x7!Qp0rLk2$wZ9m", []),
        ("kälte-öfen-über" * 17, []),
        ("kälte-öfen-über" * 17 + "xy", ["MAX_LENGTH"]),
        ("\U0001f600" * 256, []),
        (GOOD, []),
        ("\x00 " * 8, []),
    ],
)
def test_length_counts_code_points(text: str, broken: list[str]) -> None:
    """15 code points are enough, 256 are the most (NIST SP 800-63B-4 section 3.1.1.2, ASVS 6.2.9)."""
    assert rules(CHECKER.shape(Secret(text))) == broken


def test_bytes_are_bounded_whatever_the_setting() -> None:
    """With a longer maximum, 1,024 bytes are still the most."""
    checker = PolicyChecker(PasswordPolicy(max_length=2000))
    assert rules(checker.shape(Secret("\U0001f600" * 256))) == []
    assert rules(checker.shape(Secret("\U0001f600" * 256 + "a"))) == ["MAX_LENGTH"]


@pytest.mark.parametrize("text", ["password", "PassWord1", "Rekey-123456", "rekeyrekeyrekey"])
def test_common_and_service_passwords_are_blocklisted(text: str) -> None:
    """Common passwords and those that lean on the service's name break BLOCKLISTED, once each."""
    assert rules(SHORT.shape(Secret(text))) == ["BLOCKLISTED"]
    without = PolicyChecker(PasswordPolicy(min_length=8, blocklist=False))
    assert without.shape(Secret(text)) == []


def test_service_words_are_given() -> None:
    """The service's words are those of its operator, here another name."""
    checker = PolicyChecker(PasswordPolicy(min_length=8), service_words=("examplecorp",))
    assert rules(checker.shape(Secret("ExampleCorp1234"))) == ["BLOCKLISTED"]
    assert checker.shape(Secret("Rekey-1234567")) == []
    assert checker.policy.min_length == 8


def test_composition_is_asked_only_where_set() -> None:
    """One violation names all that is missing; letters and digits of any script count."""
    policy = PasswordPolicy(require_lower=True, require_upper=True, require_digit=True, require_special=True)
    checker = PolicyChecker(policy)
    (violation,) = checker.shape(Secret("abcdefghijklmnopqr"))
    assert violation.rule is PolicyRule.COMPOSITION
    assert "an upper-case letter, a digit, a special character" in violation.message
    assert checker.shape(Secret("жЖ٣ correct horse battery")) == []
    assert rules(checker.shape(Secret("日本語日本語日本語日本語日本語"))) == ["COMPOSITION"]


def test_guessable_password_is_refused_with_advice() -> None:
    """A long but simple password breaks TOO_GUESSABLE, with a reason and what would be better."""
    (violation,) = CHECKER.guessability(Secret("aaaaaaaaaaaaaaaaaaaa"))
    assert violation.rule is PolicyRule.TOO_GUESSABLE
    assert violation.message == 'This password is easy to guess. Repeats like "aaa" are easy to guess.'
    assert violation.suggestion is not None
    assert CHECKER.guessability(Secret(GOOD)) == []


def test_guessability_follows_the_setting() -> None:
    """At 0 nothing is guessed; at 4 a score of 3 is refused, with advice of our own."""
    assert PolicyChecker(PasswordPolicy(min_guessability=0)).guessability(Secret("a" * 20)) == []
    (violation,) = PolicyChecker(PasswordPolicy(min_guessability=4)).guessability(Secret("vorhalquem"))
    assert violation.message == "This password is easy to guess."
    assert violation.suggestion is not None
    assert violation.suggestion.startswith("Add another word")


@pytest.mark.parametrize("text", ["anna.lind@example.org", "Lindgrensson-1234", "annalindgrensson"])
def test_password_about_its_user_breaks_context(text: str) -> None:
    """A password that leans on the user's names breaks CONTEXT (NIST SP 800-63B-4 section 3.1.1.2)."""
    words = context_words("alind", "anna.lind@example.org", "Anna Lindgrensson")
    assert rules(CHECKER.context(Secret(text), words)) == ["CONTEXT"]


def test_context_asks_zxcvbn_with_the_words() -> None:
    """Names backwards are seen by zxcvbn; what is guessable without them is not CONTEXT.

    Planted: the words left out; failed.
    """
    words = context_words("vorhalquem", "v@example.org", None)
    assert CHECKER.guessability(Secret("v0rh@lquem-Qx7")) == []
    (violation,) = CHECKER.context(Secret("meuqlahrov-1990"), words)
    assert violation.rule is PolicyRule.CONTEXT
    assert CHECKER.context(Secret("aaaaaaaaaaaaaaaaaaaa"), words) == []
    assert CHECKER.context(Secret(GOOD), words) == []
    unasked = PolicyChecker(PasswordPolicy(min_guessability=0))
    assert unasked.context(Secret("meuqlahrov-1990"), words) == []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_any_password_is_judged_and_not_shown(text: str, words: list[str]) -> None:
    """Arbitrary text raises nothing, breaks each rule at most once, and no message shows it."""
    opened = open_password(text)
    assert isinstance(opened, Secret)
    broken = CHECKER.shape(opened) + CHECKER.guessability(opened) + CHECKER.context(opened, words)
    assert len(set(rules(broken))) == len(broken)
    marked = Secret(f"{opened.reveal()[:200]}\ue000{opened.reveal()[:20]}")
    shown = CHECKER.shape(marked) + CHECKER.guessability(marked)
    assert not [violation for violation in shown if "\ue000" in f"{violation.message}{violation.suggestion}"]


def test_a_word_of_the_user_s_in_a_long_password_is_no_fault() -> None:
    """A name within a password that is hard to guess all the same is allowed."""
    password = Secret("walter likes purple monkeys that dance tango")
    assert PolicyChecker(PasswordPolicy()).context(password, ["walter"]) == []
