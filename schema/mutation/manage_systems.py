"""`createSystem` and `deleteSystem`."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from resolvers import create_system as creating
from resolvers import delete_system as deleting
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input, opened
from schema.inputs.selectors import SystemSelector
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import AlreadyExists, InvalidInput, SystemNotFound
from schema.sensitive import secret_field
from schema.types.system import System


@strawberry.input(description="A new system.")
class CreateSystemInput:
    """A new system."""

    name: str = strawberry.field(description="What administrators call it.")
    pbx_id: strawberry.Maybe[str | None] = strawberry.field(
        description="What its agent calls itself; made by chance where left out."
    )
    jid_pbxagent: strawberry.Maybe[str | None] = strawberry.field(
        description="Its XMPP account, a bare JID; made where left out."
    )
    code_digits: strawberry.Maybe[int | None] = strawberry.field(
        description="Digits of the activation code, 4 to 16; the operator's setting where left out."
    )


@strawberry.input(description="Which system to delete.")
class DeleteSystemInput:
    """Which system to delete."""

    system: SystemSelector = strawberry.field(description="The system.")


@strawberry.type(description="The system waits for its agent.")
class CreateSystemSuccess(Outcome):
    """The system waits for its agent."""

    system: System = strawberry.field(description="The new system.")
    activation_code: str = secret_field("For activateSystem, once; shown here only.")
    activation_code_expires_at: datetime = strawberry.field(description="Until when the code is good.")


@strawberry.type(description="The system is gone; its XMPP account has a password that nobody holds.")
class DeleteSystemSuccess(Outcome):
    """The system is gone."""


CreateSystemResult: TypeAlias = Annotated[
    CreateSystemSuccess | AlreadyExists | InvalidInput,
    strawberry.union("CreateSystemResult", description="What createSystem answers."),
]
DeleteSystemResult: TypeAlias = Annotated[
    DeleteSystemSuccess | SystemNotFound,
    strawberry.union("DeleteSystemResult", description="What deleteSystem answers."),
]


@strawberry.mutation(description="Creates a system with an activation code.", extensions=[AdminOnly()])
async def create_system(info: Info, data: Input[CreateSystemInput]) -> CreateSystemResult:
    """Creates a system."""
    context = info.context
    answer = await creating.create_system(
        context.services,
        context.origin,
        administrator(info),
        data.name,
        opened(data.pbx_id),
        opened(data.jid_pbxagent),
        opened(data.code_digits),
    )
    if not isinstance(answer, creating.SystemCreated):
        return fold(answer)
    return CreateSystemSuccess(
        success=True,
        heading="The system is created.",
        message="Give the pbxId and the activation code to its agent.",
        system=System.of(answer.system),
        activation_code=answer.activation_code.reveal(),
        activation_code_expires_at=answer.activation_code_expires_at,
    )


@strawberry.mutation(description="Deletes a system and ends its access.", extensions=[AdminOnly()])
async def delete_system(info: Info, data: Input[DeleteSystemInput]) -> DeleteSystemResult:
    """Deletes a system."""
    context = info.context
    answer = await deleting.delete_system(
        context.services, context.origin, administrator(info), data.system.plain()
    )
    if not isinstance(answer, deleting.SystemDeleted):
        return fold(answer)
    return DeleteSystemSuccess(
        success=True, heading="The system is deleted.", message="Its password and codes are dead."
    )
