"""`rekey doctor`: what is wrong with an installation, and what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Exit, Option, echo

from credentials.chance import Chance
from server.cli.output import Json, show, show_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.doctor.calibration import Proposal
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
    proposals = done.proposals or []
    _propose("Equally slow; paste one of these into .env:", [each for each in proposals if each.is_near])
    far = [each for each in proposals if not each.is_near]
    if far:
        wanted = f"{far[0].wanted * 1000:.0f} ms"
        _propose(f"Not near {wanted}: bounded by memory, or the machine was busy; then try again:", far)
    levels = [each.level.value for each in done.findings]
    echo(", ".join(f"{levels.count(level)} {level}" for level in ("FAIL", "WARN", "OK")))


def _propose(heading: str, proposals: Sequence[Proposal]) -> None:
    if proposals:
        echo(f"{heading}\n")
    for each in proposals:
        echo("\n".join([each.comment, *each.lines, ""]))
