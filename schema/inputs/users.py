"""The inputs of an administrator's work on users."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials.model import IdentitySource, Role
from resolvers.user_input import NewUser, UserChanges
from schema.inputs.opened import maybe_secret, opened
from schema.inputs.selectors import UserSelector
from schema.scalars import JSON
from schema.sensitive import secret_field

_LOCALE = "The language of letters, such as en_US."
_TIME_ZONE = "An IANA name, such as Europe/Paris or CST6CDT."
_THEME = "The front end's theme for this user."
_GROUP = "The front end's group of this user."
_PERMISSIONS = 'What the user may do in a front end, such as {"AAA": {"AuthTypes": {"read": true}}}.'
_PERMISSION_IDS = 'The numbers of such permissions, such as {"AAAAuthTypes": "10021"}.'
_PREFERENCES = "What a front end keeps for the user's taste."
_PROPERTIES = "What a front end keeps about the user."
_SUPPORT = "The user's name at the support desk."


@strawberry.input(description="A new user.")
class CreateUserInput:
    """A new user."""

    username: str = strawberry.field(description="Unique over usernames and addresses; never changes.")
    email_address: str = strawberry.field(description="Unique over usernames and addresses.")
    full_name: strawberry.Maybe[str | None] = strawberry.field(description="The name in letters.")
    locale: strawberry.Maybe[str | None] = strawberry.field(description=f"{_LOCALE} en_US where left out.")
    time_zone: strawberry.Maybe[str | None] = strawberry.field(description=f"{_TIME_ZONE} Else UTC.")
    theme_dir: strawberry.Maybe[str | None] = strawberry.field(description=_THEME)
    user_group_id: strawberry.Maybe[int | None] = strawberry.field(description=_GROUP)
    roles: list[Role] = strawberry.field(
        default_factory=lambda: [Role.USER], description="What the user may do here."
    )
    permissions: strawberry.Maybe[JSON | None] = strawberry.field(description=_PERMISSIONS)
    permission_ids: strawberry.Maybe[JSON | None] = strawberry.field(description=_PERMISSION_IDS)
    preferences: strawberry.Maybe[JSON | None] = strawberry.field(description=_PREFERENCES)
    properties: strawberry.Maybe[JSON | None] = strawberry.field(description=_PROPERTIES)
    support_username: strawberry.Maybe[str | None] = strawberry.field(description=_SUPPORT)
    identity_source: IdentitySource = strawberry.field(
        default=IdentitySource.LOCAL, description="Who proves the user."
    )
    password: strawberry.Maybe[str | None] = secret_field(
        "Left out: none is set, and a reset mail may be asked for."
    )
    require_change: bool = strawberry.field(
        default=False, description="The password is temporary: it opens only the change to a real one."
    )
    jid_im: strawberry.Maybe[str | None] = strawberry.field(
        description="The XMPP account for messages, a bare JID; none where left out."
    )
    jid_tel: strawberry.Maybe[str | None] = strawberry.field(
        description="The XMPP account for telephony, a bare JID; none where left out."
    )

    def plain(self) -> NewUser:
        """The user as the use case takes them."""
        return NewUser(
            username=self.username,
            email_address=self.email_address,
            full_name=opened(self.full_name),
            locale=opened(self.locale),
            time_zone=opened(self.time_zone),
            theme_dir=opened(self.theme_dir),
            user_group_id=opened(self.user_group_id),
            roles=tuple(self.roles),
            permissions=opened(self.permissions),
            permission_ids=opened(self.permission_ids),
            preferences=opened(self.preferences),
            properties=opened(self.properties),
            support_username=opened(self.support_username),
            identity_source=self.identity_source,
            password=maybe_secret(self.password),
            require_change=self.require_change,
            jid_im=opened(self.jid_im),
            jid_tel=opened(self.jid_tel),
        )


@strawberry.input(description="What changes about a user: what is left out stays.")
class UpdateUserInput:
    """What changes about a user."""

    user: UserSelector = strawberry.field(description="Who.")
    email_address: strawberry.Maybe[str | None] = strawberry.field(
        description="The new address; the old and the new one are told. Ends every session."
    )
    full_name: strawberry.Maybe[str | None] = strawberry.field(description="The name in letters.")
    locale: strawberry.Maybe[str | None] = strawberry.field(description=_LOCALE)
    time_zone: strawberry.Maybe[str | None] = strawberry.field(description=_TIME_ZONE)
    theme_dir: strawberry.Maybe[str | None] = strawberry.field(description=_THEME)
    user_group_id: strawberry.Maybe[int | None] = strawberry.field(description=_GROUP)
    roles: strawberry.Maybe[list[Role] | None] = strawberry.field(
        description="All roles from now on. Ends every session."
    )
    permissions: strawberry.Maybe[JSON | None] = strawberry.field(description=_PERMISSIONS)
    permission_ids: strawberry.Maybe[JSON | None] = strawberry.field(description=_PERMISSION_IDS)
    preferences: strawberry.Maybe[JSON | None] = strawberry.field(description=_PREFERENCES)
    properties: strawberry.Maybe[JSON | None] = strawberry.field(description=_PROPERTIES)
    support_username: strawberry.Maybe[str | None] = strawberry.field(description=_SUPPORT)
    is_disabled: strawberry.Maybe[bool | None] = strawberry.field(
        description="Shuts the user out, or lets them in again. Ends every session."
    )
    password_expires_at: strawberry.Maybe[datetime | None] = strawberry.field(
        description="null: never; a time in the past: change at the next sign-in."
    )

    def plain(self) -> UserChanges:
        """What was sent, as the use case takes it; null is None, and what was not sent is kept."""
        sent = {
            name: maybe.value for name, maybe in vars(self).items() if name != "user" and maybe is not None
        }
        return UserChanges(**sent)
