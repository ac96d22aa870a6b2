"""`rekey delivery`: what the world is told, seen and tried again."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, Typer

from credentials.model import EffectState
from resolvers.paging import MAX_FIRST
from resolvers.reads import list_deliveries
from resolvers.retry_delivery import DeliveryRetried, retry_delivery
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show_list
from server.cli.paged import read_pages
from server.cli.shown import shown_delivery

if TYPE_CHECKING:
    from credentials.model import Effect
    from resolvers.outcomes import Conflict, NotFound, Unauthenticated

app = Typer(help="Deliveries: list what the world is told, try again what failed.", no_args_is_help=True)

COLUMNS = ("createdAt", "kind", "state", "attempts", "settledAt", "lastError", "id")


class State(StrEnum):
    """How far a delivery has come."""

    PENDING = EffectState.PENDING
    DELIVERED = EffectState.DELIVERED
    FAILED = EffectState.FAILED
    SKIPPED = EffectState.SKIPPED


@app.command("list")
def list_(
    state: Annotated[State | None, Option(case_sensitive=False, help="Only those that are so far.")] = None,
    limit: Annotated[int, Option(min=1, help="How many at most.")] = MAX_FIRST,
    as_json: Json = False,
) -> None:
    """Lists deliveries, the newest first, with the reason where one waits or failed."""
    with answering(as_json):
        wanted = None if state is None else EffectState(state)
        found = operate(lambda desk: _list(desk, wanted, limit))
        show_list("deliveries", [shown_delivery(each) for each in found], COLUMNS, as_json)


@app.command("retry")
def retry(
    ids: Annotated[list[str] | None, Argument(metavar="[ID]...", help="The deliveries' ids.")] = None,
    failed: Annotated[bool, Option("--failed", help="All that are FAILED.")] = False,
    as_json: Json = False,
) -> None:
    """Has failed or skipped deliveries tried again by the relay that runs."""
    if bool(ids) == failed:
        reason = "name the deliveries' ids, or --failed for all that failed"
        raise BadParameter(reason)
    with answering(as_json):
        done = operate(lambda desk: _retry(desk, ids))
        show_list("deliveries", [shown_delivery(each) for each in done], COLUMNS, as_json)


async def _list(desk: Desk, state: EffectState | None, limit: float) -> list[Effect]:
    return await read_pages(lambda first, after: list_deliveries(desk.services, first, after, state), limit)


async def _retry(desk: Desk, ids: list[str] | None) -> list[Effect]:
    # The oldest first, as they were meant to go out.
    chosen = ids or [each.id for each in reversed(await _list(desk, EffectState.FAILED, inf))]
    return [_retried(each, await retry_delivery(desk.services, desk.caller, each)) for each in chosen]


def _retried(delivery_id: str, done: DeliveryRetried | NotFound | Conflict | Unauthenticated) -> Effect:
    if isinstance(done, DeliveryRetried):
        return done.effect
    refusal = Refused.by(done)
    message = f"{delivery_id}: {refusal}"
    raise Refused(message, refusal.code)
