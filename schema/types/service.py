"""What the service says about itself: its policy, its name and version."""

import strawberry

from credentials import policy


@strawberry.type(description="What a new password has to be.")
class PasswordPolicy:
    """What a new password has to be."""

    min_length: int = strawberry.field(description="The fewest characters.")
    max_length: int = strawberry.field(description="The most characters.")
    blocklist: bool = strawberry.field(description="Whether common passwords are refused.")
    history_size: int = strawberry.field(description="How many former passwords may not come again.")
    max_age_days: int | None = strawberry.field(description="After how many days a password expires.")
    min_guessability: int = strawberry.field(description="The least zxcvbn score, 0 to 4; 0 asks for none.")
    require_lower: bool = strawberry.field(description="Whether a small letter is required.")
    require_upper: bool = strawberry.field(description="Whether a capital is required.")
    require_digit: bool = strawberry.field(description="Whether a digit is required.")
    require_special: bool = strawberry.field(
        description="Whether a character that is neither letter nor digit is required."
    )

    @classmethod
    def of(cls, rules: policy.PasswordPolicy) -> "PasswordPolicy":
        """Shows the operator's rules."""
        return cls(
            min_length=rules.min_length,
            max_length=rules.max_length,
            blocklist=rules.blocklist,
            history_size=rules.history_size,
            max_age_days=rules.max_age_days,
            min_guessability=rules.min_guessability,
            require_lower=rules.require_lower,
            require_upper=rules.require_upper,
            require_digit=rules.require_digit,
            require_special=rules.require_special,
        )


@strawberry.type(description="Which service this is.")
class ServiceInfo:
    """Which service this is."""

    name: str = strawberry.field(description="The product.")
    version: str = strawberry.field(description="Its version, by Semantic Versioning.")
