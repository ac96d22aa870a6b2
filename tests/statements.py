"""What a use case asks the database, statement by statement."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator


def writes(asked: list[str]) -> list[str]:
    """Those of the statements that write."""
    return [each for each in asked if each.split()[0] in {"INSERT", "UPDATE", "DELETE"}]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the statements that are executed meanwhile, on any database, without their values."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
