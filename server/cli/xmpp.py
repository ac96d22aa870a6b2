"""`rekey xmpp`: the accounts on the XMPP server."""

from __future__ import annotations

from rich.console import Console
from typer import Typer

from resolvers.sync_xmpp_accounts import XmppAccountsSynced, sync_xmpp_accounts
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show
from server.settings import load

app = Typer(help="The accounts on the XMPP server.", no_args_is_help=True)


@app.callback()
def xmpp() -> None:
    """The accounts on the XMPP server."""


@app.command("sync")
def sync(as_json: Json = False) -> None:
    """Has the relay set every account's password anew: for a server that was added later, or restored."""
    with answering(as_json):
        if load().xmpp_url is None:
            message = "There is no XMPP server to tell: set REKEY_XMPP_URL."
            raise Refused(message, "BAD_SETTINGS")
        done = operate(_sync)
        show({"accounts": done.accounts}, as_json)


async def _sync(desk: Desk) -> XmppAccountsSynced:
    console = Console(stderr=True)
    with console.status("Queued 0 accounts.") as status:

        def tell(accounts: int) -> None:
            status.update(f"Queued {accounts} accounts.")

        return await sync_xmpp_accounts(desk.services, tell)
