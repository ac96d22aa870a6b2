"""`createApiKey` and `revokeApiKey`."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials.model import Role
from resolvers import create_api_key as creating
from resolvers import revoke_api_key as revoking
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input, opened
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import InvalidInput, NotFound
from schema.sensitive import secret_field


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    """A new API key."""

    name: str = strawberry.field(description="The application.")
    role: Role = strawberry.field(description="ADMIN: a bearer for @adminOnly. USER: a name only.")
    expires_at: strawberry.Maybe[datetime | None] = strawberry.field(
        description="When it dies: in 90 days where left out, in a year at most."
    )


@strawberry.input(description="Which API key to revoke.")
class RevokeApiKeyInput:
    """Which API key to revoke."""

    id: strawberry.ID = strawberry.field(description="As apiKeys gives it.")


@strawberry.type(description="The key, shown once.")
class CreateApiKeySuccess(Outcome):
    """The key, shown once."""

    id: strawberry.ID = strawberry.field(description="For revokeApiKey.")
    api_key: str = secret_field("The key itself; shown here only.")
    expires_at: datetime = strawberry.field(description="When it dies.")


@strawberry.type(description="The key is dead.")
class RevokeApiKeySuccess(Outcome):
    """The key is dead."""


CreateApiKeyResult: TypeAlias = Annotated[
    CreateApiKeySuccess | InvalidInput,
    strawberry.union("CreateApiKeyResult", description="What createApiKey answers."),
]
RevokeApiKeyResult: TypeAlias = Annotated[
    RevokeApiKeySuccess | NotFound,
    strawberry.union("RevokeApiKeyResult", description="What revokeApiKey answers."),
]


@strawberry.mutation(
    description="Makes a key for an application; needs a session that was signed in a short while ago.",
    extensions=[AdminOnly()],
)
async def create_api_key(info: Info, data: Input[CreateApiKeyInput]) -> CreateApiKeyResult:
    """Makes a key."""
    context = info.context
    answer = await creating.create_api_key(
        context.services,
        context.origin,
        administrator(info),
        data.name,
        data.role,
        opened(data.expires_at),
    )
    if not isinstance(answer, creating.ApiKeyCreated):
        return fold(answer)
    return CreateApiKeySuccess(
        success=True,
        heading="The key is made.",
        message="Copy it now; it is not shown again.",
        id=strawberry.ID(answer.id),
        api_key=answer.api_key.reveal(),
        expires_at=answer.expires_at,
    )


@strawberry.mutation(description="Kills an API key.", extensions=[AdminOnly()])
async def revoke_api_key(info: Info, data: Input[RevokeApiKeyInput]) -> RevokeApiKeyResult:
    """Kills a key."""
    context = info.context
    answer = await revoking.revoke_api_key(context.services, context.origin, administrator(info), data.id)
    if not isinstance(answer, revoking.ApiKeyRevoked):
        return fold(answer)
    return RevokeApiKeySuccess(
        success=True, heading="The key is revoked.", message="No request with it passes any more."
    )
