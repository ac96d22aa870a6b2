"""A system as the API shows it."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model


@strawberry.type(description="A PBX agent or another machine, which proves itself by its XMPP account.")
class System:
    """A PBX agent or another machine."""

    id: strawberry.ID = strawberry.field(description="Never changes and is never used again.")
    name: str = strawberry.field(description="What administrators call it.")
    pbx_id: str = strawberry.field(description="What its agent calls itself; never changes.")
    jid_pbxagent: str = strawberry.field(description="Its XMPP account.")
    status: model.SystemStatus = strawberry.field(description="Where it stands.")
    status_updated_at: datetime = strawberry.field(description="Since when it stands there.")
    activation_code_expires_at: datetime | None = strawberry.field(
        description="Until when its activation code is good; null where there is none."
    )
    created_at: datetime = strawberry.field(description="When it was created.")

    @classmethod
    def of(cls, row: model.System) -> "System":
        """Shows a system's row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            pbx_id=row.pbx_id,
            jid_pbxagent=row.jid_pbxagent,
            status=row.status,
            status_updated_at=row.status_updated_at,
            activation_code_expires_at=row.code_expires_at,
            created_at=row.created_at,
        )
