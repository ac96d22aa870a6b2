"""A session as the API shows it."""

from datetime import datetime

import strawberry

from credentials import model


@strawberry.type(description="One sign-in that is still alive.")
class Session:
    """One sign-in that is still alive."""

    id: strawberry.ID = strawberry.field(description="For revokeSession.")
    created_at: datetime = strawberry.field(description="When the user signed in.")
    last_used_at: datetime = strawberry.field(description="When it was last refreshed.")
    expires_at: datetime = strawberry.field(description="When it ends unless it is refreshed before.")
    address: str | None = strawberry.field(description="The address that it was made from.")
    user_agent: str | None = strawberry.field(description="What the client called itself.")
    is_current: bool = strawberry.field(description="Whether this request belongs to it.")

    @classmethod
    def of(cls, row: model.Session, current: str | None) -> "Session":
        """Shows a session; `current` is the id of the one that asks."""
        return cls(
            id=strawberry.ID(row.id),
            created_at=row.created_at,
            last_used_at=row.refreshed_at,
            expires_at=row.expires_at,
            address=row.address,
            user_agent=row.user_agent,
            is_current=row.id == current,
        )
