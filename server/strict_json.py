"""JSON as RFC 8259 and I-JSON (RFC 7493) mean it: one reading only, whoever reads it."""

from __future__ import annotations

import json
import math
from typing import NoReturn

#: RFC 7493 2.2: beyond it a number is not the same to every reader.
MOST_INTEGER = 2**53
_DIGITS = len(str(MOST_INTEGER)) + 1
#: Objects and lists inside each other. What is kept of a body is written again, inside others; the writer of
#: our answers goes 254 deep.
MOST_DEPTH = 64
_TOO_DEEP = "The body is nested too deeply."


class BadJson(ValueError):  # noqa: N818  named for what is wrong with the text
    """The text is not such JSON; the message does not repeat it."""


def read_json(data: bytes) -> object:
    """Reads a body. Refuses doubled names, NaN, numbers beyond 2^53 or a double, other encodings and depth.

    Raises:
        BadJson: it is not one JSON value of that kind.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        reason = "The body is not UTF-8."
    except RecursionError:
        reason = _TOO_DEEP
    except json.JSONDecodeError as error:
        reason = f"The body is not JSON: see character {error.pos}."
    else:
        return _shallow(value)
    # Outside the handlers, so that no trace shows the text.
    raise BadJson(reason)


def _shallow(value: object) -> object:
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        nested = [each for each in level if isinstance(each, dict | list)]
        if not nested:
            return value
        level = [each for outer in nested for each in (outer.values() if isinstance(outer, dict) else outer)]
    raise BadJson(_TOO_DEEP)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        reason = "An object of the body has the same name twice."
        raise BadJson(reason)
    return read


def _integer(text: str) -> int:
    if len(text) > _DIGITS or abs(int(text)) > MOST_INTEGER:
        reason = "An integer of the body is beyond 2^53."
        raise BadJson(reason)
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        reason = "A number of the body is beyond what a double holds."
        raise BadJson(reason)
    return number


def _constant(_name: str) -> NoReturn:
    reason = "The body holds a number that JSON does not have."
    raise BadJson(reason)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
