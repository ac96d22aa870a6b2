"""`rekey user create`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Option

from credentials.chance import Chance
from credentials.model import IdentitySource, Role
from credentials.one_time import temporary_password
from resolvers.create_user import UserCreated, create_user
from resolvers.user_input import NewUser
from server.cli.answering import Refused, answering
from server.cli.opening import operate
from server.cli.output import Json, show
from server.cli.passwords import read_password
from server.cli.shown import shown_user

if TYPE_CHECKING:
    from credentials.model import User
    from credentials.secret import Secret

Username = Annotated[str, Option(help="What the user signs in with.")]
Email = Annotated[str, Option(help="Where every notice and reset mail goes; signs in as well.")]
Stdin = Annotated[bool, Option("--password-stdin", help="Take it from standard input; ask on a terminal.")]


def create(  # noqa: PLR0913  an option is an argument
    *,
    username: Username,
    email: Email,
    full_name: Annotated[str | None, Option(help="The name in letters.")] = None,
    role: Annotated[
        list[Role] | None, Option(case_sensitive=False, help="Once for each role; USER if left out.")
    ] = None,
    identity_source: Annotated[
        IdentitySource, Option(case_sensitive=False, help="Who proves the user.")
    ] = IdentitySource.LOCAL,
    jid_im: Annotated[str | None, Option(help="The JID of the chat account.")] = None,
    jid_tel: Annotated[str | None, Option(help="The JID of the telephony account.")] = None,
    password_stdin: Stdin = False,
    generate_password: Annotated[
        bool, Option("--generate-password", help="Make a temporary one, shown once.")
    ] = False,
    no_password: Annotated[
        bool, Option("--no-password", help="None: managed elsewhere, or set by a reset mail.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Makes a user, with exactly one of --password-stdin, --generate-password and --no-password."""
    if [password_stdin, generate_password, no_password].count(True) != 1:
        reason = "give exactly one of --password-stdin, --generate-password and --no-password"
        raise BadParameter(reason)
    with answering(as_json):
        made = temporary_password(Chance()) if generate_password else None
        new = NewUser(
            username,
            email,
            full_name,
            roles=role or (Role.USER,),
            identity_source=identity_source,
            password=read_password() if password_stdin else made,
            password_is_made=made is not None,
            require_change=made is not None,
            jid_im=jid_im,
            jid_tel=jid_tel,
        )
        show_created(make(new), made, as_json)


def make(new: NewUser, *, first: bool = False) -> User:
    """Makes a user; `first`: on an installation that is made for it.

    Raises:
        Refused: the use case does not allow it.
    """
    done = operate(lambda desk: create_user(*desk, new, only_first=first), founds=first)
    if not isinstance(done, UserCreated):
        raise Refused.by(done)
    return done.user


def show_created(user: User, made: Secret | None, as_json: bool) -> None:
    """Prints a new user, with the temporary password where one was made."""
    values = shown_user(user)
    if made is not None and user.password is not None:
        values |= {"password": made.reveal(), "passwordExpiresAt": user.password.expires_at}
    show(values, as_json)
