"""Inputs that several fields share: who is meant, which system, and where."""

import strawberry
from strawberry.types.maybe import Some

from resolvers import selectors
from schema.inputs.opened import opened


@strawberry.input(one_of=True, description="Names one user, by exactly one of these.")
class UserSelector:
    """Names one user."""

    id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="The user's id.")
    username: strawberry.Maybe[str] = strawberry.field(
        description="The username; capitals and small letters are the same."
    )
    email_address: strawberry.Maybe[str] = strawberry.field(
        description="The stored e-mail address; capitals and small letters are the same."
    )

    def plain(self) -> selectors.UserSelector:
        """The selector as use cases take it."""
        return selectors.UserSelector(
            id=opened(self.id), username=opened(self.username), email_address=opened(self.email_address)
        )


@strawberry.input(one_of=True, description="Names one system, by exactly one of these.")
class SystemSelector:
    """Names one system."""

    id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="The system's id.")
    pbx_id: strawberry.Maybe[str] = strawberry.field(description="The system's pbxId, which never changes.")

    def plain(self) -> selectors.SystemSelector:
        """The selector as use cases take it."""
        return selectors.SystemSelector(id=opened(self.id), pbx_id=opened(self.pbx_id))


@strawberry.input(description="A place on the earth (WGS 84), kept with the audit event of the request.")
class GeoPointInput:
    """A place on the earth."""

    latitude: float = strawberry.field(description="Degrees north, from -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, from -180 to 180.")

    def plain(self) -> selectors.GeoPoint:
        """The place as use cases take it."""
        return selectors.GeoPoint(latitude=self.latitude, longitude=self.longitude)


def maybe_point(maybe: Some[GeoPointInput | None] | None) -> selectors.GeoPoint | None:
    """The same for a place that need not be sent."""
    return None if maybe is None or maybe.value is None else maybe.value.plain()
