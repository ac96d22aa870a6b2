"""A line of the audit as the API shows it."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model
from schema.interfaces import ProblemCode
from schema.types.delivery import maybe_id


@strawberry.type(description="One line of the audit: who did or tried what, when, from where.")
class AuditEvent:
    """One line of the audit."""

    id: strawberry.ID = strawberry.field(description="The line's own id.")
    at: datetime = strawberry.field(description="When it happened.")
    kind: model.EventKind = strawberry.field(description="What happened, or was tried.")
    success: bool = strawberry.field(description="Whether it was done.")
    code: ProblemCode | None = strawberry.field(description="Why it was turned down.")
    actor: str = strawberry.field(
        description="Who acted: user:ID, apiKey:ID, cli:uid, system:ID or anonymous."
    )
    user_id: strawberry.ID | None = strawberry.field(description="The user whom it is about.")
    system_id: strawberry.ID | None = strawberry.field(description="The system that it is about.")
    api_key_id: strawberry.ID | None = strawberry.field(
        description="The API key that named the calling application."
    )
    address: str | None = strawberry.field(description="The network address of the request.")
    user_agent: str | None = strawberry.field(description="What the client called itself.")
    request_id: str = strawberry.field(description="The request's id, as in the log.")
    latitude: float | None = strawberry.field(description="Degrees north, as the client sent it.")
    longitude: float | None = strawberry.field(description="Degrees east, as the client sent it.")

    @classmethod
    def of(cls, row: model.Event) -> "AuditEvent":
        """Shows an event; a code that is not a problem's (a denial's) stays in the log."""
        return cls(
            id=strawberry.ID(row.id),
            at=row.at,
            kind=row.kind,
            success=row.success,
            code=ProblemCode.__members__.get(row.code or ""),
            actor=row.actor,
            user_id=maybe_id(row.user_id),
            system_id=maybe_id(row.system_id),
            api_key_id=maybe_id(row.api_key_id),
            address=row.address,
            user_agent=row.user_agent,
            request_id=row.request_id,
            latitude=row.latitude,
            longitude=row.longitude,
        )
