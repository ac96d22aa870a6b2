"""`rekey system`: systems and their activation codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, Typer

from resolvers.activation_codes import FEWEST_DIGITS, MOST_DIGITS
from resolvers.create_system import SystemCreated, create_system
from resolvers.reset_system_password import SystemReset, reset_system_password
from server.cli.answering import Refused, answering
from server.cli.opening import operate
from server.cli.output import Json, show
from server.cli.shown import shown_system

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import System
    from credentials.secret import Secret

app = Typer(help="Systems: make them, reset their passwords.", no_args_is_help=True)

Digits = Annotated[
    int | None,
    Option(
        min=FEWEST_DIGITS,
        max=MOST_DIGITS,
        help="How long the activation code is; 12 and more cannot be locked.",
    ),
]


@app.command("create")
def create(
    *,
    name: Annotated[str, Option(help="What administrators call it.")],
    pbx_id: Annotated[str | None, Option(help="What its agent calls itself; made if left out.")] = None,
    jid_pbxagent: Annotated[str | None, Option(help="Its XMPP account; made if left out.")] = None,
    digits: Digits = None,
    as_json: Json = False,
) -> None:
    """Makes a system; its activation code is shown once."""
    with answering(as_json):
        done = operate(lambda desk: create_system(*desk, name, pbx_id, jid_pbxagent, digits))
        if not isinstance(done, SystemCreated):
            raise Refused.by(done)
        show(_with_code(done.system, done.activation_code, done.activation_code_expires_at), as_json)


@app.command("reset-password")
def reset_password(
    system_id: Annotated[str, Argument(metavar="ID", help="The system's id.")],
    digits: Digits = None,
    as_json: Json = False,
) -> None:
    """Gives a system a new activation code, shown once; what worked before does not any more."""
    with answering(as_json):
        done = operate(lambda desk: reset_system_password(*desk, system_id, digits))
        if not isinstance(done, SystemReset):
            raise Refused.by(done)
        values = _with_code(done.system, done.activation_code, done.activation_code_expires_at)
        show(values | {"previousStatus": done.previous_status}, as_json)


def _with_code(system: System, code: Secret, expires_at: datetime) -> dict[str, Any]:
    return {
        **shown_system(system),
        "activationCode": code.reveal(),
        "activationCodeExpiresAt": expires_at,
    }
