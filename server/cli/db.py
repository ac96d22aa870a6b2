"""`rekey db`: the database itself."""

from __future__ import annotations

from typer import Typer

from server.cli.answering import answering
from server.cli.opening import database_faults
from server.cli.output import Json, show
from server.settings import load

app = Typer(help="The database.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """Migrates the database."""


@app.command("upgrade")
def upgrade(as_json: Json = False) -> None:
    """Brings the database to what this version expects; an embedded one needs no such call."""
    from server.installation import migrate, prepare  # noqa: PLC0415  SQLAlchemy's time: not for --help
    from store.revision import NEWEST  # noqa: PLC0415  the same

    with answering(as_json), database_faults():
        settings = load()
        prepare(settings, may_found=not settings.production)
        migrate(settings.database_url)
        show({"revision": NEWEST}, as_json)
