"""`user`, `users`, `system` and `systems`: who is known here, for administrators."""

from typing import Annotated

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials.model import SystemStatus
from resolvers import reads
from resolvers.paging import BadArgument
from schema.context import Info
from schema.errors import denied
from schema.guards import AdminOnly
from schema.inputs.selectors import SystemSelector, UserSelector
from schema.query.arguments import PAGE, After, First, sent
from schema.types.connections import SystemConnection, UserConnection
from schema.types.system import System
from schema.types.user import User
from schema.types.view import to_administrator

Search = Annotated[
    str | None, strawberry.argument(description="The beginning of a username or of an e-mail address.")
]
Status = Annotated[SystemStatus | None, strawberry.argument(description="Only systems that stand there.")]


@strawberry.field(description="One user, or null where there is none.", extensions=[AdminOnly()])
async def user(
    info: Info, by: Annotated[UserSelector, strawberry.argument(description="Who.")]
) -> User | None:
    """One user."""
    row = await reads.find_user(info.context.services, by.plain())
    return None if row is None else User.of(row, to_administrator(info))


@strawberry.field(
    description="The users as they were made; with `search`, by that name.", extensions=[AdminOnly()]
)
async def users(
    info: Info, first: First = PAGE, after: After = strawberry.UNSET, search: Search = strawberry.UNSET
) -> UserConnection:
    """A page of users."""
    page = await reads.list_users(info.context.services, first, sent(after), sent(search))
    if isinstance(page, BadArgument):
        raise denied(page)
    return UserConnection.of(page, to_administrator(info))


@strawberry.field(description="One system, or null where there is none.", extensions=[AdminOnly()])
async def system(
    info: Info, by: Annotated[SystemSelector, strawberry.argument(description="Which.")]
) -> System | None:
    """One system."""
    row = await reads.find_system(info.context.services, by.plain())
    return None if row is None else System.of(row)


@strawberry.field(description="The systems as they were made.", extensions=[AdminOnly()])
async def systems(
    info: Info, first: First = PAGE, after: After = strawberry.UNSET, status: Status = strawberry.UNSET
) -> SystemConnection:
    """A page of systems."""
    page = await reads.list_systems(info.context.services, first, sent(after), sent(status))
    if isinstance(page, BadArgument):
        raise denied(page)
    return SystemConnection.of(page)
