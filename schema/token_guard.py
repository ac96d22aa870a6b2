"""The guard of the fields that a one-time secret opens."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from enum import StrEnum
from typing import Any, Protocol

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from schema.context import Context, Info, hand_over
from schema.errors import Denial
from schema.guards import Guard, Next
from schema.outcomes import Refusal, fold
from schema.paths import GuardError, bare, compile_path
from schema.publish import publish
from schema.sensitive import Sensitive
from schema.throttled import note_waiting


class TokenPurpose(StrEnum):
    """What a one-time secret opens."""

    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  a purpose, not a password
    SYSTEM_ACTIVATION = "SYSTEM_ACTIVATION"
    SESSION_REFRESH = "SESSION_REFRESH"


publish(
    TokenPurpose,
    "What a one-time secret is for; it opens nothing else.",
    {
        TokenPurpose.PASSWORD_RESET: "A reset token or code from a mail, or a temporary password.",
        TokenPurpose.SYSTEM_ACTIVATION: "A system's activation code, or the password it was answered with.",
        TokenPurpose.SESSION_REFRESH: "A session's refresh token.",
    },
)


class Admission(Protocol):
    """A use case's own: the row that was looked up, and the place in the hashing queue."""

    def close(self) -> None:
        """Gives the place back."""


#: Shape, place in the queue, count and look-up of one use case, for the field's opened input.
Admit = Callable[[Context, Any], Awaitable[Refusal | Denial | Admission]]


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Only the bearer of the one-time secret found at the input path `token` may call this field.",
)
class TokenAuth(Guard):
    """The secret is counted and looked up by the use case's admission, once, before the body runs."""

    token: str = strawberry.field(description="The input path of the secret.")
    purpose: TokenPurpose = strawberry.field(description="What the secret must have been made for.")
    admit: strawberry.Private[Admit]

    def bind(self, field: StrawberryField) -> None:
        """Checks that `token` names a secret, or a choice of secrets."""
        path = compile_path(field, self.token)
        leaf = path.leaf
        self._argument = path.steps[0]
        definition = get_object_definition(bare(leaf.type))
        choices = definition.fields if definition is not None and definition.is_one_of else [leaf]
        if not all(_is_sensitive(choice) for choice in choices):
            message = f"{field.python_name}: {self.token} is not marked @sensitive."
            raise GuardError(message)

    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> object:
        """Answers with the refusal, or runs the body and gives the place in the queue back."""
        answer = await self.admit(info.context, kwargs[self._argument])
        if isinstance(answer, Refusal | Denial):
            refusal = fold(answer)
            note_waiting(info, refusal)
            return refusal
        with closing(answer):
            hand_over(info, answer)
            return await super().resolve_async(next_, source, info, **kwargs)


def _is_sensitive(field: StrawberryField) -> bool:
    return any(isinstance(directive, Sensitive) for directive in field.directives)
