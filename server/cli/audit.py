"""`rekey audit`: what happened, and whether its record is as it was written."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer import BadParameter, Option, Typer

from credentials.audit_chain import read_place
from resolvers.paging import MAX_FIRST
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show, show_list
from server.cli.paged import read_pages
from server.cli.shown import shown_event

if TYPE_CHECKING:
    from credentials.audit_chain import Link
    from credentials.model import Event
    from resolvers.verify_audit import AuditVerified

app = Typer(help="The audit: list it, verify that it is whole.", no_args_is_help=True)

COLUMNS = ("at", "kind", "success", "code", "count", "actor", "userId", "systemId", "ipAddress", "position")


@app.command("list")
def list_(
    user: Annotated[str | None, Option(metavar="ID", help="Only lines about this user's id.")] = None,
    system: Annotated[str | None, Option(metavar="ID", help="Only lines about this system's id.")] = None,
    since: Annotated[datetime | None, Option(help="Only lines from this time on, in UTC.")] = None,
    limit: Annotated[int, Option(min=1, help="How many at most.")] = MAX_FIRST,
    as_json: Json = False,
) -> None:
    """Lists what happened, the latest first."""
    with answering(as_json):
        found = operate(lambda desk: _list(desk, user, system, limit))
        begin = None if since is None else since.replace(tzinfo=UTC)
        rows = [shown_event(each) for each in found if begin is None or each.at >= begin]
        show_list("events", rows, COLUMNS, as_json)


@app.command("head")
def head(as_json: Json = False) -> None:
    """Shows the place of the last sealed line; kept elsewhere, it tells later that nothing was cut off."""
    from resolvers.verify_audit import audit_head  # noqa: PLC0415  SQLAlchemy's time: not for --help

    with answering(as_json):
        place = operate(lambda desk: audit_head(desk.services))
        show({"head": place.text, "rootKey": place.key_id}, as_json)


@app.command("verify")
def verify(
    given: Annotated[
        str | None, Option("--head", metavar="POSITION:DIGEST", help="A head of before, from the log.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Looks for lines that were changed, moved, put in or taken out; with --head for a tail that was cut."""
    place = None if given is None else read_place(given)
    if given is not None and place is None:
        reason = "a head is a position, a colon and 64 hex digits, as rekey audit head shows it"
        raise BadParameter(reason)
    with answering(as_json):
        bar = Progress(
            TextColumn("lines:"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            disable=as_json or not sys.stderr.isatty(),
        )
        with bar:
            done = operate(lambda desk: _verify(desk, place, bar))
        values = {
            "lines": done.lines,
            "from": done.begin.position + 1,
            "head": done.head.text,
        }
        show(values, as_json)


async def _list(desk: Desk, user: str | None, system: str | None, limit: int) -> list[Event]:
    from resolvers.reads import list_events  # noqa: PLC0415  as above

    services = desk.services
    return await read_pages(lambda first, after: list_events(services, first, after, user, system), limit)


async def _verify(desk: Desk, given: Link | None, bar: Progress) -> AuditVerified:
    from resolvers.verify_audit import AuditBroken, HeadPruned, verify_audit  # noqa: PLC0415  as above

    task = bar.add_task("verify", total=None)
    done = await verify_audit(
        desk.services, given, lambda at, until: bar.update(task, completed=at, total=until)
    )
    if isinstance(done, AuditBroken):
        message = f"The audit is not as it was sealed, at position {done.position}: {done.reason}"
        raise Refused(message, "AUDIT_BROKEN")
    if isinstance(done, HeadPruned):
        message = f"Lines before position {done.kept_from} were pruned; give a later head."
        raise Refused(message, "HEAD_PRUNED")
    return done
