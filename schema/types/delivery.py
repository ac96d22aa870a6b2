"""A delivery, an effect as the API shows it."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model


@strawberry.type(description="Something that the world is told because of a change.")
class Delivery:
    """Something that the world is told because of a change."""

    id: strawberry.ID = strawberry.field(description="The same over all tries.")
    kind: model.EffectKind = strawberry.field(description="What is delivered.")
    state: model.EffectState = strawberry.field(description="How far it has come.")
    attempts: int = strawberry.field(description="How often it was tried.")
    created_at: datetime = strawberry.field(description="When the change was made.")
    settled_at: datetime | None = strawberry.field(description="When it was delivered, given up or skipped.")
    last_error: str | None = strawberry.field(description="Why the last try failed.")
    user_id: strawberry.ID | None = strawberry.field(description="The user whom it is about.")
    system_id: strawberry.ID | None = strawberry.field(description="The system that it is about.")

    @classmethod
    def of(cls, row: model.Effect) -> "Delivery":
        """Shows an effect."""
        return cls(
            id=strawberry.ID(row.id),
            kind=row.kind,
            state=row.state,
            attempts=row.attempts,
            created_at=row.created_at,
            settled_at=row.settled_at,
            last_error=row.last_error,
            user_id=maybe_id(row.user_id),
            system_id=maybe_id(row.system_id),
        )


def deliveries(rows: Sequence[model.Effect]) -> list[Delivery]:
    """Shows the effects of one change."""
    return [Delivery.of(row) for row in rows]


def maybe_id(text: str | None) -> strawberry.ID | None:
    """An id that need not be there."""
    return None if text is None else strawberry.ID(text)
