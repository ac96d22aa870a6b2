"""`rekey api-key`: the keys of applications."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, Typer

from credentials.model import Role
from resolvers.create_api_key import LONGEST_LIFE, ApiKeyCreated, create_api_key
from resolvers.reads import list_api_keys
from resolvers.revoke_api_key import ApiKeyRevoked, revoke_api_key
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show, show_list
from server.cli.paged import read_pages
from server.cli.shown import shown_key
from server.settings_parsing import duration

if TYPE_CHECKING:
    from datetime import timedelta

    from credentials.model import ApiKey
    from resolvers.create_api_key import Refused as CreationRefused

app = Typer(help="API keys: make, list, revoke them.", no_args_is_help=True)

COLUMNS = ("name", "role", "createdBy", "createdAt", "expiresAt", "revokedAt", "lastUsedAt", "id")
_read_life = duration("1s", f"{LONGEST_LIFE.days}d")


class KeyRole(StrEnum):
    """The roles that a key can have."""

    ADMIN = Role.ADMIN
    USER = Role.USER


@app.command("create")
def create(
    *,
    name: Annotated[str, Option(help="The application.")],
    role: Annotated[
        KeyRole, Option(case_sensitive=False, help="ADMIN: administers. USER: only names the application.")
    ],
    expires_in: Annotated[str, Option(help="Such as 90d, 24h; a year at most.")] = "90d",
    as_json: Json = False,
) -> None:
    """Makes a key; it is shown once."""
    try:
        life = _read_life(expires_in)
    except ValueError as fault:
        reason = f"--expires-in {fault}"
        raise BadParameter(reason) from fault
    with answering(as_json):
        done = operate(lambda desk: _create(desk, name, Role(role), life))
        if not isinstance(done, ApiKeyCreated):
            raise Refused.by(done)
        values = {
            "id": done.id,
            "apiKey": done.api_key.reveal(),
            "name": name,
            "role": role,
            "expiresAt": done.expires_at,
        }
        show(values, as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Lists all keys in the order they were made, revoked and expired ones too."""
    with answering(as_json):
        show_list("apiKeys", [shown_key(each) for each in operate(_list)], COLUMNS, as_json)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, Argument(metavar="ID", help="The key's id.")], as_json: Json = False
) -> None:
    """Ends a key at once."""
    with answering(as_json):
        done = operate(lambda desk: revoke_api_key(*desk, key_id))
        if not isinstance(done, ApiKeyRevoked):
            raise Refused.by(done)
        show({"id": key_id, "revoked": True}, as_json)


async def _create(desk: Desk, name: str, role: Role, life: timedelta) -> ApiKeyCreated | CreationRefused:
    return await create_api_key(*desk, name, role, desk.services.chance.now() + life)


async def _list(desk: Desk) -> list[ApiKey]:
    return await read_pages(lambda first, after: list_api_keys(desk.services, first, after), inf)
