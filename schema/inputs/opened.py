"""How an input is opened, what was not sent is told from null, and secrets are closed up and opened."""

from typing import Annotated, TypeVar

import strawberry
from strawberry.types.maybe import Some

from credentials.secret import Secret

T = TypeVar("T")

#: The one argument of every mutation.
Input = Annotated[
    T,
    strawberry.argument(
        name="input",
        description="What the mutation is given. Send secrets in variables, not in the document's text.",
    ),
]


def opened(maybe: Some[T] | None) -> T | None:
    """The value, or None where it was not sent or sent as null."""
    return None if maybe is None else maybe.value


def secret(text: str) -> Secret:
    """Closes a secret up as soon as it has arrived."""
    return Secret(text)


def maybe_secret(maybe: Some[str | None] | Some[str] | None) -> Secret | None:
    """The same for one that need not be sent."""
    return None if maybe is None or maybe.value is None else Secret(maybe.value)


def maybe_text(shown: Secret | None) -> str | None:
    """Opens a secret that is answered, where there is one."""
    return None if shown is None else shown.reveal()
