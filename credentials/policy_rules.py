"""The rules for new passwords, as an operator sets them and as clients hear of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class PolicyRule(StrEnum):
    """The rules, by the names that clients know."""

    MIN_LENGTH = "MIN_LENGTH"
    MAX_LENGTH = "MAX_LENGTH"
    BLOCKLISTED = "BLOCKLISTED"
    CONTEXT = "CONTEXT"
    REUSED = "REUSED"
    TOO_GUESSABLE = "TOO_GUESSABLE"
    COMPOSITION = "COMPOSITION"
    UNSUPPORTED_CHARACTER = "UNSUPPORTED_CHARACTER"


class Violation(NamedTuple):
    """A rule that a password breaks.

    Attributes:
        rule: Which one.
        message: The reason, a sentence or two that show nothing of the password.
        suggestion: What to do, or None where the message says it.
    """

    rule: PolicyRule
    message: str
    suggestion: str | None = None


@dataclass(frozen=True)
class PasswordPolicy:
    """The rules as an operator sets them; lengths are in code points.

    Attributes:
        min_length: NIST's 15 where a password is the only factor.
        max_length: More is refused, as are more than 1,024 bytes.
        blocklist: Common passwords and the service's own words are refused.
        history_size: How many former passwords may not come again.
        max_age_days: Days until a password expires, or None for never.
        min_guessability: The least zxcvbn score, 0 to 4; 0 does not ask zxcvbn.
        require_lower: A lower-case letter is required.
        require_upper: An upper-case letter is required.
        require_digit: A digit is required.
        require_special: A character that is neither letter nor digit is required.
    """

    min_length: int = 15
    max_length: int = 256
    blocklist: bool = True
    history_size: int = 0
    max_age_days: int | None = None
    min_guessability: int = 3
    require_lower: bool = False
    require_upper: bool = False
    require_digit: bool = False
    require_special: bool = False
