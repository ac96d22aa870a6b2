"""A defect as the log shows it: where it happened and of what kind, not what it says."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def show_defect(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """The frames and kinds of an exception and of those that led to it, the first one first.

    Their texts are left out: a database's, a parser's or a converter's own repeats the value it failed on.
    """
    shown: list[str] = []
    each: BaseException | None = exc_info[1]
    while each is not None:
        kind = type(each)
        shown.append(
            "".join(traceback.format_tb(each.__traceback__)) + f"{kind.__module__}.{kind.__qualname__}"
        )
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n\n".join(reversed(shown))
