"""A command's way to the use cases: the installation is prepared, opened, used once and closed."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from credentials.chance import Chance
from resolvers.services import OperatorCaller, Origin
from server.cli.answering import Refused
from server.logs import configure_logs
from server.settings import load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from resolvers.services import Services
    from server.settings import Settings

Result = TypeVar("Result")


class Desk(NamedTuple):
    """What each use case takes first, for the operator who runs the command."""

    services: Services
    origin: Origin
    caller: OperatorCaller


def operate(work: Callable[[Desk], Awaitable[Result]], *, founds: bool = False) -> Result:
    """Runs `work` on the installation that the settings name.

    Args:
        work: What is to be done.
        founds: Whether an installation may be made in production too; in development any command may.

    Raises:
        BadSettings: the settings or the installation do not allow it.
        Refused: the database does not.
    """
    settings = load()
    # In production whoever gathers the log wants every act; elsewhere a person reads what the command prints.
    configure_logs(settings, logging.NOTSET if settings.production else logging.WARNING)
    return open_and_do(settings, work, may_found=founds or not settings.production)


def open_and_do(settings: Settings, work: Callable[[Desk], Awaitable[Result]], *, may_found: bool) -> Result:
    """As `operate`, with settings that are read already; runs an event loop of its own."""
    from server.composition import open_services  # noqa: PLC0415  SQLAlchemy's time: not for --help
    from server.installation import prepare  # noqa: PLC0415  the same

    async def run() -> Result:
        chance = Chance()
        async with open_services(settings, chance, may_found=may_found) as services:
            return await work(Desk(services, Origin(chance.new_id()), OperatorCaller(os.getuid())))

    with database_faults():
        prepare(settings, may_found=may_found)
        return asyncio.run(run())


@contextmanager
def database_faults() -> Iterator[None]:
    """Turns what a database does not allow into a refusal in words.

    Raises:
        Refused: it does not answer, or a newer version made it.
    """
    from store.faults import Locked  # noqa: PLC0415  as above
    from store.revision import SchemaTooNew  # noqa: PLC0415  as above
    from store.unit_of_work import StoreUnavailable  # noqa: PLC0415  as above

    try:
        yield
    except SchemaTooNew as fault:
        message = f"This version is too old: {fault}. Use the version that made it, or a newer one."
        raise Refused(message, "SCHEMA_TOO_NEW") from fault
    except Locked as fault:
        held = "another program holds the database or a table of it, as a backup does"
        message = f"Nothing was done: {held}. Try again after it."
        raise Refused(message, "UNAVAILABLE") from fault
    except StoreUnavailable as fault:
        message = f"Nothing was done: {fault}. See that it runs and can be written to, and try again."
        raise Refused(message, "UNAVAILABLE") from fault
