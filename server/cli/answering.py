"""How a command is turned down. Nothing here loads what reads and draws for people: servers answer so too."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from server.cli.streams import say
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schema.errors import Denial
    from schema.outcomes import Refusal


class Refused(Exception):  # noqa: N818  named for what was done, as the outcomes are
    """A command is turned down.

    Args:
        message: One line that says what to do.
        code: A word for scripts, as the API's problem codes.
        fields: What is wrong with which input, as the API's field problems.
    """

    def __init__(self, message: str, code: str, fields: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.fields = list(fields)

    @classmethod
    def by(cls, outcome: Refusal | Denial) -> Refused:
        """The refusal of a use case, in the words of the API."""
        from schema.outcomes import fold  # noqa: PLC0415  costs half a second that only a refusal needs

        problem = fold(outcome)
        named = ", ".join(dict.fromkeys(each.field for each in problem.fields))
        message = f"{problem.heading} {problem.message}"
        fields = [
            {"field": each.field, "code": each.code, "message": each.message} for each in problem.fields
        ]
        return cls(f"{named}: {message}" if named else message, problem.code, fields)


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Turns a refusal inside the block into a line on standard error, and exit status 1."""
    try:
        yield
    except BadSettings as fault:
        _refuse(Refused(str(fault), "BAD_SETTINGS"), as_json)
    except Refused as refusal:
        _refuse(refusal, as_json)


def _refuse(refusal: Refused, as_json: bool) -> None:
    say(f"rekey: {refusal}", sys.stderr)
    if as_json:
        error = {"code": refusal.code, "message": str(refusal), "fields": refusal.fields}
        say(json.dumps({"error": error}))
    sys.exit(1)
