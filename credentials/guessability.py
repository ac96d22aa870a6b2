"""How many guesses a password stands, by zxcvbn, in bounded time and from any thread."""

from collections.abc import Sequence
from typing import NamedTuple

from zxcvbn import matching, scoring, time_estimates
from zxcvbn.feedback import get_feedback

from credentials.common_words import ANY_LIST, COMMON_WORDS

# Longest beginnings that are looked at, the first of them zxcvbn's own limit. 16 characters without a
# pattern already get its best score.
_LENGTHS = (72, 36, 24, 16)
# Substrings times spellings, 1 to 2 microseconds each where this was measured. With what repetitions add,
# and the 16 characters that are always read, the worst of many tries took 80 ms.
_MOST_LOOKUPS = 20_000


class Estimate(NamedTuple):
    """What zxcvbn says.

    Attributes:
        score: 0 (fewer than 10^3 guesses), 1 (10^6), 2 (10^8), 3 (10^10) or 4 (more).
        warning: What makes the password easy to guess, a sentence or empty.
        suggestions: What would be better, sentences.
    """

    score: int
    warning: str
    suggestions: tuple[str, ...]


def estimate(password: str, words: Sequence[str] = ()) -> Estimate:
    """Estimate how guessable a password is to somebody who knows some words about its owner.

    zxcvbn's own entry keeps the words in a dictionary that all threads share, so that one user's words
    would count in another's estimate; here each call has a dictionary of its own. It also tries each
    combination of the letters that a digit or sign may stand for, which takes seconds for a password
    made of such signs; then only a beginning is looked at, which is never harder to guess.

    Args:
        password: Any text.
        words: Words that a guesser would try first, in any case.
    """
    if not password:  # zxcvbn raises IndexError on it
        return Estimate(0, "", ("Use a few words, avoid common phrases.",))
    beginning = _affordable(password)
    dictionaries = {ANY_LIST: _common_within(beginning), "user_inputs": _ranked(words)}
    matches = matching.omnimatch(beginning, dictionaries)
    for match in matches:
        if match.get("dictionary_name") == ANY_LIST:  # its advice depends on which list it was
            match["dictionary_name"] = COMMON_WORDS.list_of(match["matched_word"])
    found = scoring.most_guessable_match_sequence(beginning, matches)
    score = time_estimates.guesses_to_score(found["guesses"])
    feedback = get_feedback(score, found["sequence"])
    return Estimate(score, feedback["warning"], tuple(feedback["suggestions"]))


def score(password: str) -> int:
    """Estimate as `estimate` does, without saying why."""
    if not password:
        return 0
    beginning = _affordable(password)
    matches = matching.omnimatch(beginning, {ANY_LIST: _common_within(beginning)})
    guesses = scoring.most_guessable_match_sequence(beginning, matches)["guesses"]
    return int(time_estimates.guesses_to_score(guesses))


def mentions(password: str, words: Sequence[str]) -> bool:
    """Tell whether zxcvbn finds one of the words in a password; where it does not, they change no estimate.

    It costs a tenth of an estimate.
    """
    beginning = _affordable(password)
    dictionaries = {"user_inputs": _ranked(words)}
    finders = (matching.dictionary_match, matching.reverse_dictionary_match, matching.l33t_match)
    return any(finder(beginning, dictionaries) for finder in finders)


def _common_within(password: str) -> dict[str, int]:
    """Return the common words in a password: as it stands, backwards, or with signs for letters.

    zxcvbn asks its dictionary for each part of each spelling, 2,000 times for a passphrase of five words.
    Asked among all common words, that took a fifth of an estimate's time more.
    """
    table = matching.relevant_l33t_subtable(password, matching.L33T_TABLE)
    spelled = {password, password[::-1]}
    spelled.update(matching.translate(password, each) for each in matching.enumerate_l33t_subs(table))
    found = {word for each in spelled for word in COMMON_WORDS.within(each.lower())}
    return {word: COMMON_WORDS[word] for word in found}


def _ranked(words: Sequence[str]) -> dict[str, int]:
    ranked: dict[str, int] = matching.build_ranked_dict([word.lower() for word in words])
    return ranked


def _affordable(password: str) -> str:
    """Return the longest beginning whose spellings can be looked up in time, at least 16 characters."""
    # zxcvbn looks for dates up to `$`, which stands before a last line feed too, and then reads that as a
    # number. It is the only character for which `$` does; a blank is as little of a pattern.
    password = password.replace("\n", " ")
    *longer, shortest = (password[:length] for length in _LENGTHS)
    for beginning in longer:
        table = matching.relevant_l33t_subtable(beginning, matching.L33T_TABLE)
        spellings = len(matching.enumerate_l33t_subs(table))
        if spellings * len(beginning) ** 2 // 2 <= _MOST_LOOKUPS:
            return beginning
    return shortest
