"""The arguments that every list takes."""

from typing import Annotated, TypeVar

import strawberry

Value = TypeVar("Value")

#: How many entries where a client does not say; the contract's figure.
PAGE = 50

First = Annotated[int, strawberry.argument(description="How many at most, 1 to 200.")]
After = Annotated[str | None, strawberry.argument(description="A cursor of this list; it goes on behind it.")]


def sent(value: Value | None) -> Value | None:
    """The value, or None where it was not sent: an argument without a default is UNSET then."""
    return None if value is strawberry.UNSET else value
