"""The inputs of a reset by the user: for whom, by which proof, to what."""

import strawberry

from schema.inputs.selectors import GeoPointInput
from schema.sensitive import secret_field

_API_KEY = "Names the calling application; grants nothing. The header X-Api-Key does the same."
_LOCATION = "Where the request comes from, for the audit."


@strawberry.input(description="Whose password was forgotten.")
class RequestPasswordResetInput:
    """Whose password was forgotten."""

    email_address: str = strawberry.field(description="The stored address; the mail goes there.")
    locale: strawberry.Maybe[str | None] = strawberry.field(
        description="The language of the mail, such as en_US, where the user has not chosen one."
    )
    api_key: strawberry.Maybe[str | None] = secret_field(_API_KEY)
    location: strawberry.Maybe[GeoPointInput | None] = strawberry.field(description=_LOCATION)


@strawberry.input(one_of=True, description="What proves the user, exactly one of these.")
class ResetProof:
    """What proves the user."""

    token: strawberry.Maybe[str] = secret_field("From the link in the mail.")
    code: strawberry.Maybe[str] = secret_field("Six characters typed from the mail; needs emailAddress.")
    temporary_password: strawberry.Maybe[str] = secret_field("From an administrator; needs emailAddress.")


@strawberry.input(description="The proof and the new password.")
class ResetPasswordInput:
    """The proof and the new password."""

    proof: ResetProof = strawberry.field(description="What proves the user.")
    email_address: strawberry.Maybe[str | None] = strawberry.field(
        description="The stored address; needed beside a code or a temporary password."
    )
    new_password: str = secret_field("The new password.")
    repeat_new_password: strawberry.Maybe[str | None] = secret_field(
        "The new password again; checked when given."
    )
    api_key: strawberry.Maybe[str | None] = secret_field(_API_KEY)
    location: strawberry.Maybe[GeoPointInput | None] = strawberry.field(description=_LOCATION)
