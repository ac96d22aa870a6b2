"""What a line of the log may hold: by its type, and such that one event stays one line."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

    import structlog

#: Characters of a text. What is longer was sent by somebody, and its beginning tells enough.
MAX_TEXT = 1000
#: Characters of a trace: Python shows at most a thousand frames, of which the last are the place.
MAX_TRACE = 30_000
#: Items of a list, and lists within lists: what we log has a few.
MAX_ITEMS = 50
MAX_DEPTH = 4
#: Bits of a whole number: all that we count has fewer, and Python takes long to spell more.
MAX_BITS = 64
#: The trace of a defect, which `show_defect` makes without any value: the one text of several lines.
TRACE = "exception"

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def plain_values(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Makes every value of an event one that can be shown."""
    return {
        show_text(name): show_trace(value) if name == TRACE and isinstance(value, str) else show(value)
        for name, value in event.items()
    }


def show(value: object, depth: int = 0) -> Plain:
    """Gives what is shown of a value.

    Texts, numbers, times, paths, addresses and lists of these are shown. Everything else is named by its
    type alone: a secret, a key's bytes, a named tuple or a row that holds one, a library's object that
    repeats what it was given.
    """
    match value:
        case Enum():
            return show(value.value, depth)
        case None | bool() | float():
            return value
        case int() if value.bit_length() <= MAX_BITS:
            return value
        case str() | date() | timedelta() | PurePath() | IPv4Address() | IPv6Address():
            return show_text(str(value))
        case dict() | list() | tuple() | set() | frozenset() if depth < MAX_DEPTH and not hasattr(
            value, "_fields"
        ):
            return _show_many(value, depth + 1)
        case _:
            return f"<{type(value).__name__}>"


def _show_many(value: Collection[object], depth: int) -> Plain:
    if isinstance(value, dict):
        pairs = islice(value.items(), MAX_ITEMS)
        shown: dict[str, Plain] = {str(show(name)): show(each, depth) for name, each in pairs}
        return shown if len(value) <= MAX_ITEMS else {**shown, "…": f"({len(value)} items)"}
    items = [show(each, depth) for each in islice(value, MAX_ITEMS)]
    return items if len(value) <= MAX_ITEMS else [*items, f"… ({len(value)} items)"]


def show_text(text: str) -> str:
    r"""Gives a text of one line that steers no terminal.

    A character that does not print (a control, a line's end, a mark that turns the direction of writing, a
    lone surrogate) stands as Python would escape it, and so does a backslash: no text can be taken for
    another.
    """
    cut = text[:MAX_TEXT]
    if not cut.isprintable() or "\\" in cut:
        cut = "".join(each if each.isprintable() and each != "\\" else _escape(each) for each in cut)
    return cut if len(text) <= MAX_TEXT else f"{cut}… ({len(text)} characters)"


def show_trace(text: str) -> str:
    """Gives the end of a trace; its lines stay apart."""
    return "\n".join(
        "".join(each if each.isprintable() else _escape(each) for each in line)
        for line in text[-MAX_TRACE:].split("\n")
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
