"""`rekey user`: users, without a running server and without mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, Typer

from resolvers.admin_reset_password import PasswordResetByAdmin, admin_reset_password
from resolvers.outcomes import UserNotFound
from resolvers.paging import MAX_FIRST
from resolvers.reads import list_users
from resolvers.selectors import UserSelector, storable
from resolvers.unlock_user import UserUnlocked, unlock_user
from server.cli import user_create
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show, show_list
from server.cli.paged import read_pages
from server.cli.shown import shown_user

if TYPE_CHECKING:
    from credentials.model import User
    from resolvers.admin_reset_password import Refused as ResetRefused
    from resolvers.outcomes import Unauthenticated

app = Typer(help="Users: make, list, unlock them, reset their passwords.", no_args_is_help=True)
app.command("create")(user_create.create)

Named = Annotated[str, Argument(metavar="USER", help="A username, an address or an id.")]
COLUMNS = (
    "systemUserId",
    "username",
    "emailAddress",
    "roles",
    "identitySource",
    "isDisabled",
    "lockedAt",
    "id",
)


@app.command("reset-password")
def reset_password(user: Named, as_json: Json = False) -> None:
    """Break glass: gives any user a temporary password, shown once, and ends their sessions."""
    with answering(as_json):
        done = operate(lambda desk: _reset(desk, user))
        if not isinstance(done, PasswordResetByAdmin):
            raise Refused.by(done)
        made = done.temporary_password
        values = {
            "id": done.user.id,
            "username": done.user.username,
            "password": None if made is None else made.reveal(),
            "passwordExpiresAt": done.temporary_password_expires_at,
            "unlocked": done.unlocked,
            "revokedSessions": done.revoked_sessions,
        }
        show(values, as_json)


@app.command("list")
def list_(
    search: Annotated[str | None, Option(help="The beginning of a username or an address.")] = None,
    limit: Annotated[int, Option(min=1, help="How many at most.")] = MAX_FIRST,
    as_json: Json = False,
) -> None:
    """Lists users in the order they were made; with --search in that of their names."""
    with answering(as_json):
        users = operate(lambda desk: _list(desk, search, limit))
        show_list("users", [shown_user(each) for each in users], COLUMNS, as_json)


@app.command("unlock")
def unlock(user: Named, as_json: Json = False) -> None:
    """Ends a user's lock and every count of their failed attempts; the password stays."""
    with answering(as_json):
        done = operate(lambda desk: _unlock(desk, user))
        if not isinstance(done, UserUnlocked):
            raise Refused.by(done)
        values = {"id": done.user.id, "username": done.user.username, "unlocked": done.was_locked}
        show(values, as_json)


async def _find(desk: Desk, named: str) -> UserSelector | None:
    name = storable(named)
    found = await desk.services.store.read(lambda unit: unit.users.by_login(name) or unit.users.by_id(name))
    return None if found is None else UserSelector(id=found.id)


async def _reset(desk: Desk, named: str) -> PasswordResetByAdmin | ResetRefused:
    user = await _find(desk, named)
    if user is None:
        return UserNotFound()
    return await admin_reset_password(*desk, user, None, require_change=True, send_mail=False)


async def _unlock(desk: Desk, named: str) -> UserUnlocked | UserNotFound | Unauthenticated:
    user = await _find(desk, named)
    return UserNotFound() if user is None else await unlock_user(*desk, user)


async def _list(desk: Desk, search: str | None, limit: int) -> list[User]:
    return await read_pages(lambda first, after: list_users(desk.services, first, after, search), limit)
