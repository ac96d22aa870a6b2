"""A user as the API shows them, with what only some may see."""

from datetime import datetime

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model
from schema.context import Info
from schema.scalars import JSON, EpochSeconds
from schema.types.chat_account import ChatAccount
from schema.types.session import Session
from schema.types.view import View


@strawberry.type(description="A user's password, without anything that would prove it.")
class PasswordCredential:
    """A user's password, as far as it is shown."""

    changed_at: datetime = strawberry.field(description="When it was set.")
    expires_at: datetime | None = strawberry.field(
        description="When it stops opening sessions; null for never."
    )
    password_expiration: EpochSeconds = strawberry.field(
        description="The same in seconds since 1970: 0 where it opens no session now, 2147483647 for never."
    )
    is_temporary: bool = strawberry.field(
        description="Whether it opens only changeExpiredPassword and resetPassword."
    )

    @classmethod
    def of(cls, state: model.PasswordState, now: datetime) -> "PasswordCredential":
        """Shows a password's state at `now`."""
        return cls(
            changed_at=state.changed_at,
            expires_at=state.expires_at,
            password_expiration=EpochSeconds(_expiration(state, now)),
            is_temporary=state.is_temporary,
        )


def _expiration(state: model.PasswordState, now: datetime) -> int:
    if state.is_temporary or state.is_expired(now):
        return 0
    return model.NEVER_SECONDS if state.expires_at is None else int(state.expires_at.timestamp())


@strawberry.type(description="A person who signs in.")
class User:
    """A person who signs in."""

    row: strawberry.Private[model.User]
    view: strawberry.Private[View]

    id: strawberry.ID = strawberry.field(description="Never changes and is never used again.")
    system_user_id: int = strawberry.field(description="The short number of the same user.")
    username: str = strawberry.field(description="What the user signs in with; the address does as well.")
    email_address: str = strawberry.field(description="Where every notice and reset mail goes.")
    full_name: str | None = strawberry.field(description="The name in letters.")
    locale: str = strawberry.field(description="The language of letters, such as en_US.")
    time_zone: str = strawberry.field(description="An IANA name, such as Europe/Paris or CST6CDT.")
    theme_dir: str | None = strawberry.field(description="The front end's theme for this user.")
    user_group_id: int | None = strawberry.field(description="The front end's group of this user.")
    roles: list[model.Role] = strawberry.field(description="What the user may do here.")
    permissions: JSON = strawberry.field(
        description='What the user may do in a front end, such as {"AAA": {"AuthTypes": {"read": true}}}.'
    )
    permission_ids: JSON = strawberry.field(
        description='The numbers of such permissions, such as {"AAAAuthTypes": "10021"}.'
    )
    preferences: JSON = strawberry.field(description="What a front end keeps for the user's taste.")
    properties: JSON = strawberry.field(description="What a front end keeps about the user.")
    support_username: str | None = strawberry.field(description="The user's name at the support desk.")
    identity_source: model.IdentitySource = strawberry.field(description="Who proves the user.")
    saml_user: bool = strawberry.field(description="Whether a SAML provider proves the user.")
    is_disabled: bool = strawberry.field(description="Whether the user is shut out.")
    locked_at: datetime | None = strawberry.field(
        description=(
            "Since when the password has stopped working from unknown networks. For administrators only; "
            "null everywhere else."
        )
    )
    password: PasswordCredential | None = strawberry.field(
        description="Null where there is none: externally managed, or never set."
    )
    created_at: datetime = strawberry.field(description="When the user was created.")

    @strawberry.field(description="The user's XMPP accounts.")
    async def chat_accounts(self, info: Info) -> list[ChatAccount]:
        """The accounts, with their passwords only for their owner."""
        rows = await info.context.chat_accounts.load(self.row.id)
        epoch = self.row.epoch if self.view.own else None
        return [ChatAccount.of(row, epoch) for row in rows]

    @strawberry.field(description="The user's live sessions, one for each sign-in.")
    async def sessions(self, info: Info) -> list[Session]:
        """The live sessions."""
        rows = await info.context.sessions.load(self.row.id)
        return [Session.of(row, self.view.session) for row in rows]

    @classmethod
    def of(cls, row: model.User, view: View) -> "User":
        """Shows a row as far as `view` allows."""
        return cls(
            row=row,
            view=view,
            id=strawberry.ID(row.id),
            system_user_id=row.system_user_id,
            username=row.username,
            email_address=row.email_address,
            full_name=row.full_name,
            locale=row.locale,
            time_zone=row.time_zone,
            theme_dir=row.theme_dir,
            user_group_id=row.user_group_id,
            roles=list(row.roles),
            permissions=JSON(row.permissions),
            permission_ids=JSON(row.permission_ids),
            preferences=JSON(row.preferences),
            properties=JSON(row.properties),
            support_username=row.support_username,
            identity_source=row.identity_source,
            saml_user=row.identity_source is model.IdentitySource.SAML,
            is_disabled=row.is_disabled,
            locked_at=row.locked_at if view.administrator else None,
            password=None if row.password is None else PasswordCredential.of(row.password, view.now),
            created_at=row.created_at,
        )
