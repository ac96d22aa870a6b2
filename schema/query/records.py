"""`apiKeys`, `auditEvents` and `deliveries`: what was made, done and told, for administrators."""

from typing import Annotated

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials.model import EffectState
from resolvers import reads
from resolvers.paging import BadArgument
from schema.context import Info
from schema.errors import denied
from schema.guards import AdminOnly
from schema.query.arguments import PAGE, After, First, sent
from schema.types.connections import ApiKeyConnection, AuditEventConnection, DeliveryConnection

UserId = Annotated[strawberry.ID | None, strawberry.argument(description="Only events about this user.")]
SystemId = Annotated[strawberry.ID | None, strawberry.argument(description="Only events about this system.")]
State = Annotated[
    EffectState | None, strawberry.argument(description="Only deliveries that have come so far.")
]


@strawberry.field(description="The API keys as they were made, dead ones too.", extensions=[AdminOnly()])
async def api_keys(info: Info, first: First = PAGE, after: After = strawberry.UNSET) -> ApiKeyConnection:
    """A page of API keys."""
    page = await reads.list_api_keys(info.context.services, first, sent(after))
    if isinstance(page, BadArgument):
        raise denied(page)
    return ApiKeyConnection.of(page)


@strawberry.field(description="The audit, the newest first.", extensions=[AdminOnly()])
async def audit_events(
    info: Info,
    first: First = PAGE,
    after: After = strawberry.UNSET,
    user_id: UserId = strawberry.UNSET,
    system_id: SystemId = strawberry.UNSET,
) -> AuditEventConnection:
    """A page of the audit."""
    page = await reads.list_events(info.context.services, first, sent(after), sent(user_id), sent(system_id))
    if isinstance(page, BadArgument):
        raise denied(page)
    return AuditEventConnection.of(page)


@strawberry.field(description="What the world is told, the newest first.", extensions=[AdminOnly()])
async def deliveries(
    info: Info, first: First = PAGE, after: After = strawberry.UNSET, state: State = strawberry.UNSET
) -> DeliveryConnection:
    """A page of deliveries."""
    page = await reads.list_deliveries(info.context.services, first, sent(after), sent(state))
    if isinstance(page, BadArgument):
        raise denied(page)
    return DeliveryConnection.of(page)
