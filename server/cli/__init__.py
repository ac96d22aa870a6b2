"""The command `rekey`: for the operator, on the machine where Rekey runs."""

from typer import Typer

from server.cli import (
    api_key,
    audit,
    blocklist,
    db,
    delivery,
    doctor,
    init,
    keys,
    relay,
    schema,
    serve,
    system,
    user,
    xmpp,
)
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
app.command("init")(init.init)
app.add_typer(user.app, name="user")
app.add_typer(system.app, name="system")
app.add_typer(api_key.app, name="api-key")
app.command("relay")(relay.relay)
app.add_typer(delivery.app, name="delivery")
app.add_typer(xmpp.app, name="xmpp")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(blocklist.app, name="blocklist")
app.command("doctor")(doctor.doctor)
app.command("schema")(schema.schema)
app.add_typer(db.app, name="db")


def main() -> None:
    """Runs one command and ends the process: 0 done, 1 refused, 2 wrong usage."""
    prepare_streams()
    with telling_what_is_lost():
        app(prog_name="rekey")
