"""The command `rekey`: for the operator, on the machine where Rekey runs."""

import sys

from typer import Typer

from server.cli import relay, serve
from server.cli.streams import prepare_streams, telling_what_is_lost

# Neither of Typer's own extras: its tracebacks can show the values of variables, and those hold secrets.
app = Typer(
    name="rekey",
    help="Rekey keeps, changes and resets the passwords of people and of systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("relay")(relay.relay)


def main() -> None:
    """Runs one command and ends the process: 0 done, 1 refused, 2 wrong usage."""
    prepare_streams()
    with telling_what_is_lost():
        if sys.argv[1:2] not in (["serve"], ["relay"]):
            add_commands()
        app(prog_name="rekey")


def add_commands() -> None:
    """Adds the commands that do one thing and end. What they load takes half a second."""
    from server.cli import (  # noqa: PLC0415  which a start needs none of
        api_key,
        audit,
        blocklist,
        db,
        delivery,
        doctor,
        init,
        keys,
        schema,
        system,
        user,
        xmpp,
    )

    app.command("init")(init.init)
    app.command("doctor")(doctor.doctor)
    app.command("schema")(schema.schema)
    for name, group in (
        ("user", user.app),
        ("system", system.app),
        ("api-key", api_key.app),
        ("delivery", delivery.app),
        ("xmpp", xmpp.app),
        ("keys", keys.app),
        ("audit", audit.app),
        ("blocklist", blocklist.app),
        ("db", db.app),
    ):
        app.add_typer(group, name=name)
