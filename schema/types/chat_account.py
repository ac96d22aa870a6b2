"""An XMPP account as the API shows it."""

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials import model
from schema.context import Info
from schema.inputs.opened import maybe_text
from schema.sensitive import Sensitive


@strawberry.type(description="One of a user's two XMPP accounts.")
class ChatAccount:
    """One of a user's two XMPP accounts."""

    user_id: strawberry.Private[str]
    epoch: strawberry.Private[int | None]

    kind: model.ChatAccountKind = strawberry.field(description="Which of the two.")
    jid: str = strawberry.field(description="The account's bare address.")

    @strawberry.field(
        description=(
            "Only to the user themselves, under me and SignInSuccess.user; null everywhere else. "
            "Every change of the user's password replaces it."
        ),
        directives=[Sensitive()],
    )
    async def jid_password(self, info: Info) -> str | None:
        """Reads the current password for its owner; the account is not looked at for anyone else."""
        if self.epoch is None:
            return None
        found = await info.context.jid_passwords.load((self.user_id, self.epoch))
        return maybe_text(found.get(self.jid))

    @classmethod
    def of(cls, row: model.ChatAccount, epoch: int | None) -> "ChatAccount":
        """Shows an account: to its owner with the password of the epoch that their session is of."""
        return cls(user_id=row.user_id, epoch=epoch, kind=row.kind, jid=row.jid)
