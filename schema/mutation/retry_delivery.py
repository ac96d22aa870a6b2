"""`retryDelivery`: what was given up is tried again."""

from typing import Annotated, TypeAlias

import strawberry

from resolvers import retry_delivery as retrying
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import Conflict, NotFound
from schema.types.delivery import Delivery


@strawberry.input(description="Which delivery to try again.")
class RetryDeliveryInput:
    """Which delivery to try again."""

    id: strawberry.ID = strawberry.field(description="As deliveries gives it.")


@strawberry.type(description="The delivery waits for its turn.")
class RetryDeliverySuccess(Outcome):
    """The delivery waits for its turn."""

    delivery: Delivery = strawberry.field(description="As it is now.")


RetryDeliveryResult: TypeAlias = Annotated[
    RetryDeliverySuccess | NotFound | Conflict,
    strawberry.union("RetryDeliveryResult", description="What retryDelivery answers."),
]


@strawberry.mutation(description="Tries a failed or skipped delivery again.", extensions=[AdminOnly()])
async def retry_delivery(info: Info, data: Input[RetryDeliveryInput]) -> RetryDeliveryResult:
    """Tries a failed delivery again."""
    answer = await retrying.retry_delivery(info.context.services, administrator(info), data.id)
    if not isinstance(answer, retrying.DeliveryRetried):
        return fold(answer)
    return RetryDeliverySuccess(
        success=True,
        heading="It is tried again.",
        message="The delivery waits for its turn; look at its state in a moment.",
        delivery=Delivery.of(answer.effect),
    )
