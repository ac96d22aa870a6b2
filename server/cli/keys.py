"""`rekey keys`: what signs access tokens, and the root keys behind everything that is kept."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import structlog
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from typer import BadParameter, Option, Typer

from credentials.key_ring import KeyRing
from credentials.key_uses import KeyUse
from server.cli import key_files
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show, show_list
from server.root_key import read_root_key
from server.root_key_changes import alone_with, replace_root_keys
from server.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from resolvers.key_status import KeyStatus
    from resolvers.rewrap_keys import KeysRewrapped

app = Typer(help="Keys: see, rotate, seal anew, save and restore them.", no_args_is_help=True)
app.command("export")(key_files.export)
app.command("import")(key_files.import_)
app.command("forget")(key_files.forget)

SIGNING = ("kid", "state", "createdAt", "signsFrom", "retiresAt")
ROOTS = ("rootKey", "current", "here", *KeyUse)
#: How long a root key lies in its file before it is used: four times as long as a process needs to see it.
SETTLES = timedelta(minutes=1)

_log = structlog.get_logger()


@app.command("status")
def status(as_json: Json = False) -> None:
    """Shows signing keys with their states, and how much still names each root key."""
    from resolvers.key_status import key_status  # noqa: PLC0415  SQLAlchemy's time: not for --help

    with answering(as_json):
        signing, roots = shown(operate(lambda desk: key_status(desk.services)))
        if as_json:
            show({"signingKeys": signing, "rootKeys": roots}, as_json)
        else:
            show_list("signingKeys", signing, SIGNING, as_json)
            show_list("rootKeys", roots, ROOTS, as_json)


@app.command("rotate")
def rotate(
    *,
    now: Annotated[bool, Option("--now", help="Drop the old ones at once; ends ALL sessions.")] = False,
    root: Annotated[bool, Option("--root", help="Add a root key to its file instead.")] = False,
    as_json: Json = False,
) -> None:
    """Makes a new signing key, which signs in an hour; the old one retires by itself."""
    from resolvers.rotate_keys import KeysRotated, rotate_keys  # noqa: PLC0415  as above

    if now and root:
        reason = "--now is for signing keys, --root for root keys: give one of them"
        raise BadParameter(reason)
    with answering(as_json):
        if root:
            path = load().root_key_file
            show({"rootKey": operate(lambda desk: _add_root(desk, path)), "file": str(path)}, as_json)
            return
        done = operate(lambda desk: rotate_keys(desk.services, desk.caller, at_once=now))
        if not isinstance(done, KeysRotated):
            raise Refused.by(done)
        values = {
            "kid": done.entry.key.kid,
            "signsFrom": done.entry.signs_from,
            "dropped": done.dropped,
            "revokedSessions": done.revoked_sessions,
        }
        show(values, as_json)


@app.command("rewrap")
def rewrap(as_json: Json = False) -> None:
    """Has the newest root key used, and seals anew with it what can be opened."""
    with answering(as_json):
        path = load().root_key_file
        bar = Progress(
            SpinnerColumn(),
            TextColumn("rows looked at:"),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            disable=as_json or not sys.stderr.isatty(),
        )
        with bar:
            done = operate(lambda desk: _rewrap(desk, path, bar))
        values = {"rootKey": done.root_key, "rewrapped": done.rewrapped, "unreadable": done.unreadable}
        show(values, as_json)


def shown(found: KeyStatus) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Signing keys and root keys by the names that scripts read."""
    signing = [
        {
            "kid": each.key.kid,
            "state": each.state.value,
            "createdAt": each.created_at,
            "signsFrom": each.signs_from,
            "retiresAt": each.retires_at,
        }
        for each in found.signing
    ]
    roots = [
        {
            "rootKey": each.key_id,
            "current": each.is_current,
            "here": each.is_here,
            **{use.value: each.uses[use] for use in KeyUse},
        }
        for each in found.roots
    ]
    return signing, roots


async def _add_root(desk: Desk, path: Path) -> str:
    current = desk.services.keys.room.ring.current_id
    with alone_with(path):
        ring = read_root_key(path)
        if ring.newest_id != current:
            message = "A newer root key lies in the file already; rekey keys rewrap has it used."
            raise Refused(message, "CONFLICT")
        ring.learn(KeyRing.parse(KeyRing.new_text(desk.services.chance)))
        replace_root_keys(path, ring)
    _log.info("keys.root_added", actor=desk.caller.actor, root_key=ring.newest_id)
    return ring.newest_id


async def _rewrap(desk: Desk, path: Path, bar: Progress) -> KeysRewrapped:
    from resolvers.rewrap_keys import rewrap_keys  # noqa: PLC0415  as above

    ring = desk.services.keys.room.ring
    if ring.newest_id != ring.current_id and desk.services.chance.now() < _changed_at(path) + SETTLES:
        message = "The root key's file is younger than a minute: not every process may have read it. Wait."
        raise Refused(message, "TOO_EARLY")
    task = bar.add_task("rewrap", total=None)
    return await rewrap_keys(desk.services, desk.caller, lambda looked_at: bar.advance(task, looked_at))


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
