"""`rekey init`: the installation and its first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Option, prompt

from credentials.model import Role
from resolvers.user_input import NewUser
from server.cli.answering import Refused, answering
from server.cli.opening import operate
from server.cli.output import Json  # noqa: TC001  Typer reads it
from server.cli.passwords import ask_password, read_password
from server.cli.user_create import Stdin, make, show_created

if TYPE_CHECKING:
    from server.cli.opening import Desk


def init(
    *,
    username: Annotated[str | None, Option(help="The administrator's name; asked for if left out.")] = None,
    email: Annotated[str | None, Option(help="The administrator's address; asked for if left out.")] = None,
    password_stdin: Stdin = False,
    as_json: Json = False,
) -> None:
    """Makes keys and the first administrator, and an embedded database. In production nothing else does.

    On PostgreSQL `rekey db upgrade` comes first.
    """
    if password_stdin and (username is None or email is None):
        reason = "give --username and --email too: standard input holds the password alone"
        raise BadParameter(reason)
    with answering(as_json):
        # Before anything is asked; `serve` in development may have made one.
        if operate(_had_user, founds=True):
            message = "There was a user already; rekey user create makes others."
            raise Refused(message, "CONFLICT")
        name = prompt("Username", err=True) if username is None else username
        address = prompt("E-mail address", err=True) if email is None else email
        password = read_password() if password_stdin else ask_password()
        new = NewUser(name, address, roles=(Role.ADMIN,), password=password)
        show_created(make(new, first=True), None, as_json)


async def _had_user(desk: Desk) -> bool:
    return await desk.services.store.read(lambda unit: unit.installation.had_user())
