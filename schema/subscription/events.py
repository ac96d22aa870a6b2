"""`credentialEvents` and `allCredentialEvents`: what happens to credentials, as it happens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from resolvers.follow_events import Events, follow_all, follow_own
from resolvers.paging import BadArgument
from schema.context import Info, administrator, own_caller
from schema.errors import denied
from schema.guards import AdminOnly, SelfOnly
from schema.query.arguments import sent
from schema.types.event import CredentialEvent

After = Annotated[
    str | None,
    strawberry.argument(
        description="A cursor of this stream: it goes on behind it. Left out, it begins with what comes now."
    ),
]


@strawberry.subscription(
    description=(
        "What happens to the caller's own credentials from now on, refused sign-ins too. It ends with "
        "SESSION_REVOKED when the session does, and with UNAUTHENTICATED when the access token expires."
    ),
    extensions=[SelfOnly()],
)
async def credential_events(info: Info) -> AsyncGenerator[CredentialEvent, None]:
    """The caller's own events. A coroutine that gives the stream: what it refuses, it refuses at once."""
    return _shown(await follow_own(info.context.services, own_caller(info)))


@strawberry.subscription(
    description=(
        "The same for everyone; it resumes after a cursor without losing or repeating an event, and ends "
        "with SESSION_REVOKED when the session or the API key does."
    ),
    extensions=[AdminOnly()],
)
async def all_credential_events(
    info: Info, after: After = strawberry.UNSET
) -> AsyncGenerator[CredentialEvent, None]:
    """Everybody's events."""
    events = await follow_all(info.context.services, administrator(info), sent(after))
    if isinstance(events, BadArgument):
        raise denied(events)
    return _shown(events)


async def _shown(events: Events) -> AsyncGenerator[CredentialEvent, None]:
    async with aclosing(events):
        async for said in events:
            if not isinstance(said, tuple):
                raise denied(said)
            yield CredentialEvent.of(*said)
