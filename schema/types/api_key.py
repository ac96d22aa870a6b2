"""An API key as the API shows it: never the key itself."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model


@strawberry.type(description="An application's key, without the key itself.")
class ApiKey:
    """An application's key, without the key itself."""

    id: strawberry.ID = strawberry.field(description="For revokeApiKey.")
    name: str = strawberry.field(description="The application.")
    role: model.Role = strawberry.field(description="ADMIN: a bearer for @adminOnly. USER: a name only.")
    created_by: str = strawberry.field(description="Who made it, as in the audit.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it dies.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used.")
    last_used_address: str | None = strawberry.field(description="From where it was last used.")

    @classmethod
    def of(cls, row: model.ApiKey) -> "ApiKey":
        """Shows a key's row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            role=row.role,
            created_by=row.created_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
            last_used_address=row.last_used_address,
        )
