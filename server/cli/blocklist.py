"""`rekey blocklist`: passwords known from breaches, as a file that needs no network."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  Typer reads it
from typing import Annotated

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
from typer import Argument, Typer

from server.blocklist_build import BadList, Built, build
from server.blocklists import FILTER
from server.cli.answering import Refused, answering
from server.cli.output import Json, show
from server.root_key import prepare_data_dir
from server.settings import load

app = Typer(help="Passwords that may not be used.", no_args_is_help=True)


@app.callback()
def blocklist() -> None:
    """Passwords that may not be used."""


@app.command("build")
def build_(
    file: Annotated[
        Path, Argument(help="Sorted lines SHA1:count as Pwned Passwords has them, or passwords.")
    ],
    as_json: Json = False,
) -> None:
    """Makes the filter of breached passwords; servers that start from now on use it."""
    with answering(as_json):
        settings = load()
        prepare_data_dir(settings.data_dir)
        target = settings.data_dir / FILTER
        done = _build(file, target, quiet=as_json or not sys.stderr.isatty())
        values = {"file": str(target), "from": done.kind.value, "entries": done.entries, "bytes": done.size}
        show(values, as_json)


def _build(file: Path, target: Path, *, quiet: bool) -> Built:
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
            task = bar.add_task("build", total=file.stat().st_size)
            return build(file, target, lambda read: bar.advance(task, read))
    except BadList as fault:
        message = f"{file}: {fault}"
        raise Refused(message, "INVALID_INPUT") from None
    except BlockingIOError:
        message = "Another command builds the filter now; try again when it has ended."
        raise Refused(message, "CONFLICT") from None
    except OSError as fault:
        message = f"{fault.filename or target} cannot be read or written: {fault.strerror}."
        raise Refused(message, "INVALID_INPUT") from fault
