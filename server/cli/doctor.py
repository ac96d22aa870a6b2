"""`rekey doctor`: what is wrong with an installation, and what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Exit, Option, echo

from credentials.chance import Chance
from server.cli.output import Json, show, show_list

if TYPE_CHECKING:
    from server.doctor.examination import Examination

COLUMNS = ("level", "area", "message", "advice")


def doctor(
    *,
    production: Annotated[
        bool, Option("--production", help="As if REKEY_PRODUCTION were true: what serving others needs.")
    ] = False,
    calibrate: Annotated[
        str | None, Option(metavar="TIME", help="Find parameters of Argon2 that take so long, as 250ms.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Looks at settings, keys, database, mail, XMPP and hashing, and changes nothing; 1 where any fails."""
    from server.doctor.calibration import LEAST, MOST, read_time  # noqa: PLC0415  slow to import
    from server.doctor.examination import examine  # noqa: PLC0415  the same

    wanted = None if calibrate is None else read_time(calibrate)
    if calibrate is not None and wanted is None:
        reason = f"--calibrate takes a time such as 250ms or 1s, from {LEAST}ms to {MOST // 1000}s"
        raise BadParameter(reason)
    done = asyncio.run(examine(Chance(), production=production, wanted=wanted))
    if as_json:
        show(_shown(done), as_json)
    else:
        _tell(done)
    if not done.is_healthy:
        raise Exit(1)


def _shown(done: Examination) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "healthy": done.is_healthy,
        "findings": _rows(done),
        "hashing": done.hashing,
    }
    if done.proposals is not None:
        shown["calibration"] = [each.shown() for each in done.proposals]
    return shown


def _rows(done: Examination) -> list[dict[str, str]]:
    return [
        {"level": each.level.value, "area": each.area, "message": each.message, "advice": each.advice}
        for each in done.findings
    ]


def _tell(done: Examination) -> None:
    show_list("findings", _rows(done), COLUMNS, as_json=False)
    if done.proposals:
        echo("Equally slow; paste one of these into .env:\n")
        for each in done.proposals:
            echo("\n".join([each.comment, *each.lines, ""]))
    levels = [each.level.value for each in done.findings]
    echo(", ".join(f"{levels.count(level)} {level}" for level in ("FAIL", "WARN", "OK")))
