"""An event as those see it who follow."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model
from schema.types.delivery import maybe_id


@strawberry.type(description="What happened to a credential, without who did it or from where.")
class CredentialEvent:
    """What happened to a credential."""

    id: strawberry.ID = strawberry.field(description="The event's own id, as in the audit.")
    cursor: str = strawberry.field(description="For `after`: the events go on behind this one.")
    at: datetime = strawberry.field(description="When it happened.")
    kind: model.EventKind = strawberry.field(description="What happened, or was tried.")
    user_id: strawberry.ID | None = strawberry.field(description="The user whom it is about.")
    system_id: strawberry.ID | None = strawberry.field(description="The system that it is about.")

    @classmethod
    def of(cls, cursor: str, row: model.Event) -> "CredentialEvent":
        """Shows an event."""
        return cls(
            id=strawberry.ID(row.id),
            cursor=cursor,
            at=row.at,
            kind=row.kind,
            user_id=maybe_id(row.user_id),
            system_id=maybe_id(row.system_id),
        )
