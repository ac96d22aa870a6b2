"""`activateSystem` and `confirmSystemActivation`: a system's agent fetches its password."""

from typing import Annotated, TypeAlias

import strawberry

from resolvers import activate_system as activating
from resolvers import confirm_system_activation as confirming
from schema.context import Context, Info, handed
from schema.errors import Denial
from schema.inputs.opened import Input, secret
from schema.interfaces import Outcome
from schema.outcomes import Refusal, fold
from schema.problems import InvalidInput, InvalidToken, TooManyAttempts
from schema.sensitive import secret_field
from schema.token_guard import TokenAuth, TokenPurpose
from schema.types.delivery import Delivery, deliveries
from schema.types.system import System


@strawberry.input(description="The system and its activation code.")
class ActivateSystemInput:
    """The system and its activation code."""

    pbx_id: str = strawberry.field(description="What the agent calls itself.")
    activation_code: str = secret_field("As the administrator was shown it.")


@strawberry.input(description="The system and the password that it was answered with.")
class ConfirmSystemActivationInput:
    """The system and the password that it was answered with."""

    pbx_id: str = strawberry.field(description="What the agent calls itself.")
    password: str = secret_field("The jidPbxagentPassword of activateSystem.")


@strawberry.type(
    description=(
        "Status ACTIVATING: for ten minutes the same code from the same network answers with the same "
        "password."
    )
)
class ActivateSystemSuccess(Outcome):
    """The agent's password; it waits for its confirmation."""

    system: System = strawberry.field(description="As it is now.")
    jid_pbxagent: str = strawberry.field(description="The XMPP account.")
    jid_pbxagent_password: str = secret_field("The account's password from now on.")
    deliveries: list[Delivery] = strawberry.field(description="What the world is told.")


@strawberry.type(description="Status ACTIVATED; asked again with the same password, the answer is the same.")
class ConfirmSystemActivationSuccess(Outcome):
    """The password arrived."""

    system: System = strawberry.field(description="As it is now.")


ActivateSystemResult: TypeAlias = Annotated[
    ActivateSystemSuccess | InvalidToken | TooManyAttempts | InvalidInput,
    strawberry.union("ActivateSystemResult", description="What activateSystem answers."),
]
ConfirmSystemActivationResult: TypeAlias = Annotated[
    ConfirmSystemActivationSuccess | InvalidToken | TooManyAttempts,
    strawberry.union("ConfirmSystemActivationResult", description="What confirmSystemActivation answers."),
]


async def _admit(
    context: Context, data: ActivateSystemInput
) -> activating.ActivationAdmission | Refusal | Denial:
    return await activating.admit(context.services, context.origin, data.pbx_id, secret(data.activation_code))


@strawberry.mutation(
    description="Changes an activation code for the password of the system's XMPP account.",
    extensions=[
        TokenAuth(token="input.activationCode", purpose=TokenPurpose.SYSTEM_ACTIVATION, admit=_admit)  # noqa: S106  a path
    ],
)
async def activate_system(info: Info, data: Input[ActivateSystemInput]) -> ActivateSystemResult:  # noqa: ARG001  its admission holds the input
    """Gives the agent its password."""
    context = info.context
    answer = await activating.activate_system(
        context.services, context.origin, handed(info, activating.ActivationAdmission)
    )
    if not isinstance(answer, activating.SystemActivating):
        return fold(answer)
    return ActivateSystemSuccess(
        success=True,
        heading="Keep this password.",
        message="Store the password, then call confirmSystemActivation with it.",
        system=System.of(answer.system),
        jid_pbxagent=answer.system.jid_pbxagent,
        jid_pbxagent_password=answer.jid_pbxagent_password.reveal(),
        deliveries=deliveries(answer.effects),
    )


async def _admit_confirmation(
    context: Context, data: ConfirmSystemActivationInput
) -> confirming.ConfirmationAdmission | Refusal | Denial:
    return await confirming.admit(context.services, context.origin, data.pbx_id, secret(data.password))


@strawberry.mutation(
    description="Proves that the password of activateSystem arrived.",
    extensions=[
        TokenAuth(
            token="input.password",  # noqa: S106  a path
            purpose=TokenPurpose.SYSTEM_ACTIVATION,
            admit=_admit_confirmation,
        )
    ],
)
async def confirm_system_activation(
    info: Info,
    data: Input[ConfirmSystemActivationInput],  # noqa: ARG001  its admission holds the input
) -> ConfirmSystemActivationResult:
    """Notes that the password arrived."""
    context = info.context
    answer = await confirming.confirm_system_activation(
        context.services, context.origin, handed(info, confirming.ConfirmationAdmission)
    )
    if not isinstance(answer, confirming.SystemActivated):
        return fold(answer)
    return ConfirmSystemActivationSuccess(
        success=True,
        heading="The system is active.",
        message="The password has arrived and holds.",
        system=System.of(answer.system),
    )
