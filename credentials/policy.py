"""What a new password has to be: NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0 section 6.2."""

import unicodedata
from collections.abc import Callable, Sequence

from credentials.blocklist import context_words, is_common, leans_on
from credentials.breached import Breached
from credentials.guessability import Estimate, estimate, mentions, score
from credentials.policy_rules import PasswordPolicy, PolicyRule, Violation
from credentials.secret import Secret
from credentials.words import Words

__all__ = ["PasswordPolicy", "PolicyChecker", "PolicyRule", "Violation", "context_words", "open_password"]

_MOST_CHARACTERS = 256  # of any policy
_MOST_BYTES = 4 * _MOST_CHARACTERS  # of UTF-8, where a character takes four at most
NO_WORDS = Words([])
_NFC_SHRINKS = 4  # times at most: the longest canonical decomposition of one character (UAX #15)


def open_password(text: str) -> Secret | Violation:
    """Turn what was typed into the one spelling that is sealed and proved: NFC, nothing else changed.

    NIST SP 800-63B-4 section 3.1.1.2 asks for a normalisation; NFC keeps what was typed (RFC 8265
    section 4.2.1). Every character is allowed, blanks and NUL included.

    Returns:
        The password; or MAX_LENGTH for a text too long to normalise, whose time grows with the square
        of its length; or UNSUPPORTED_CHARACTER for half of a surrogate pair, which is no character.
    """
    if len(text) > _NFC_SHRINKS * _MOST_CHARACTERS:
        return _too_long(_MOST_CHARACTERS)
    if any("\ud800" <= character <= "\udfff" for character in text):
        message = "The password holds half of a character, which cannot be kept. Type it again."
        return Violation(PolicyRule.UNSUPPORTED_CHARACTER, message)
    return Secret(unicodedata.normalize("NFC", text))


class PolicyChecker:
    """Holds passwords against a policy.

    Args:
        policy: The operator's rules.
        service_words: Names of the service, which guessers try first.
        own: The operator's own list.
        breached: Passwords known from breaches, or None where there is no such list.
    """

    def __init__(
        self,
        policy: PasswordPolicy,
        service_words: Sequence[str] = ("rekey",),
        *,
        own: Words = NO_WORDS,
        breached: Breached | None = None,
    ) -> None:
        self._policy = policy
        self._service_words = Words(service_words)
        self._own = own
        self._breached = breached

    @property
    def policy(self) -> PasswordPolicy:
        """The operator's rules."""
        return self._policy

    def shape(self, password: Secret) -> list[Violation]:
        """Return the broken rules among those that need neither user nor time.

        They are MIN_LENGTH, MAX_LENGTH, COMPOSITION and BLOCKLISTED, each at most once.
        """
        text, policy = password.reveal(), self._policy
        broken = []
        if len(text) < policy.min_length:
            message = f"Short passwords are found by trying. Use at least {policy.min_length} characters."
            broken.append(Violation(PolicyRule.MIN_LENGTH, message, "Several words are easy to remember."))
        if len(text) > policy.max_length or len(password.utf8()) > _MOST_BYTES:
            broken.append(_too_long(policy.max_length))
        if missing := self._missing_kinds(text):
            message = f"The password needs {', '.join(missing)}. Add what is missing."
            broken.append(Violation(PolicyRule.COMPOSITION, message))
        if policy.blocklist and (reason := self._listed(text)):
            broken.append(Violation(PolicyRule.BLOCKLISTED, reason, "Use several uncommon words."))
        return broken

    def guessability(self, password: Secret) -> list[Violation]:
        """Return TOO_GUESSABLE where zxcvbn's score is below the minimum.

        It takes milliseconds, 80 at worst: call it by `HashingEngine.run`.
        """
        least = self._policy.min_guessability
        if not least or score(password.reveal()) >= least:
            return []
        found = estimate(password.reveal())
        return [_guessable(PolicyRule.TOO_GUESSABLE, "This password is easy to guess.", found)]

    def context(self, password: Secret, words: Sequence[str]) -> list[Violation]:
        """Return CONTEXT where a password leans on words about its user.

        It asks zxcvbn as `guessability` does: call it by `HashingEngine.run`, after the proof only.

        Args:
            password: The new password.
            words: As `context_words` gives them.
        """
        text, least = password.reveal(), self._policy.min_guessability
        message = "This password leans on your name or address, which are tried first."
        if leans_on(text, words):
            return [Violation(PolicyRule.CONTEXT, message, "Use words that have nothing to do with you.")]
        if least and mentions(text, words):
            found = estimate(text, words)
            if found.score < least <= estimate(text).score:  # guessable by these words alone
                return [_guessable(PolicyRule.CONTEXT, message, found)]
        return []

    def _listed(self, text: str) -> str | None:
        """Return why a password is in a list, without saying which word of it."""
        if is_common(text):
            return "This is one of the passwords that are tried first. Choose one that is not common."
        if self._breached is not None and self._breached.has(text):
            return "This password is known from a breach of some service. Choose one that was never used."
        if self._service_words.carry(text):
            return "The name of this service is tried first. Choose a password that does not lean on it."
        if self._own.carry(text):
            return "This password leans on a word that is not allowed here. Choose one that does not."
        return None

    def _missing_kinds(self, text: str) -> list[str]:
        policy = self._policy
        kinds: list[tuple[bool, str, Callable[[str], bool]]] = [
            (policy.require_lower, "a lower-case letter", str.islower),
            (policy.require_upper, "an upper-case letter", str.isupper),
            (policy.require_digit, "a digit", str.isdecimal),
            (policy.require_special, "a special character", lambda character: not character.isalnum()),
        ]
        return [name for required, name, is_kind in kinds if required and not any(map(is_kind, text))]


def _too_long(most: int) -> Violation:
    message = f"A password has at most {most} characters and {_MOST_BYTES} bytes. Use a shorter one."
    return Violation(PolicyRule.MAX_LENGTH, message)


def _guessable(rule: PolicyRule, reason: str, found: Estimate) -> Violation:
    suggestions = found.suggestions or ("Add another word or two; uncommon words are better.",)
    return Violation(rule, f"{reason} {found.warning}".rstrip(), " ".join(suggestions))
