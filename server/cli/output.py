"""What a command prints: a table for people or one JSON object for scripts."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from rich import box
from rich.console import Console
from rich.table import Table
from typer import Option, echo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = Annotated[bool, Option("--json", help="Print one JSON object instead of tables.")]
#: Columns. Wider than anything that is shown: a password that is broken over two lines is not the password.
UNBROKEN = 2000


def show(values: Mapping[str, Any], as_json: bool) -> None:
    """Prints one thing: the values that there are, one a line, or all of them as JSON.

    Args:
        values: By their names in the API, in the order to show them.
        as_json: As the option `--json`.
    """
    if as_json:
        echo(json.dumps(values, default=_plain))
        return
    table = Table(box=None, show_header=False)
    for name, value in values.items():
        if value is not None:
            table.add_row(name, _text(value))
    _console(UNBROKEN).print(table)


def show_list(name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Prints many things: a table with some of their columns, or all as JSON, `{name: [...]}`."""
    if as_json:
        echo(json.dumps({name: rows}, default=_plain))
        return
    table = Table(*columns, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(_text(row[column]) for column in columns))
    _console(None if sys.stdout.isatty() else UNBROKEN).print(table)


def _console(width: int | None) -> Console:
    return Console(width=width, markup=False, highlight=False, emoji=False)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    shown = ", ".join(value) if isinstance(value, list | tuple) else str(value)
    # What another user typed may not steer the operator's terminal.
    return "".join(character if character.isprintable() else "�" for character in shown)
