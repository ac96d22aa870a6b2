"""`resetSystemPassword`: a system starts over with a new activation code."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from credentials.model import SystemStatus
from resolvers import reset_system_password as resetting
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input, opened
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import Conflict, InvalidInput, SystemNotFound
from schema.sensitive import secret_field
from schema.types.delivery import Delivery, deliveries
from schema.types.system import System


@strawberry.input(description="Which system starts over.")
class ResetSystemPasswordInput:
    """Which system starts over."""

    system_id: strawberry.ID = strawberry.field(description="The system's id.")
    code_digits: strawberry.Maybe[int | None] = strawberry.field(
        description="Digits of the activation code, 4 to 16; the operator's setting where left out."
    )


@strawberry.type(description="The old password and any older code are dead; the system is CREATED again.")
class ResetSystemPasswordSuccess(Outcome):
    """The system starts over."""

    system: System = strawberry.field(description="As it is now; its pbxId is the same.")
    previous_status: SystemStatus = strawberry.field(description="Where it stood before.")
    activation_code: str = secret_field("For activateSystem, once; shown here only.")
    activation_code_expires_at: datetime = strawberry.field(description="Until when the code is good.")
    deliveries: list[Delivery] = strawberry.field(description="What the world is told.")


ResetSystemPasswordResult: TypeAlias = Annotated[
    ResetSystemPasswordSuccess | SystemNotFound | InvalidInput | Conflict,
    strawberry.union("ResetSystemPasswordResult", description="What resetSystemPassword answers."),
]


@strawberry.mutation(
    description="Kills a system's password and makes a new activation code.",
    extensions=[AdminOnly()],
)
async def reset_system_password(
    info: Info, data: Input[ResetSystemPasswordInput]
) -> ResetSystemPasswordResult:
    """Makes a system start over."""
    context = info.context
    answer = await resetting.reset_system_password(
        context.services,
        context.origin,
        administrator(info),
        data.system_id,
        opened(data.code_digits),
    )
    if not isinstance(answer, resetting.SystemReset):
        return fold(answer)
    return ResetSystemPasswordSuccess(
        success=True,
        heading="The system starts over.",
        message="Its old password is dead. Give the activation code to its agent.",
        system=System.of(answer.system),
        previous_status=answer.previous_status,
        activation_code=answer.activation_code.reveal(),
        activation_code_expires_at=answer.activation_code_expires_at,
        deliveries=deliveries(answer.effects),
    )
