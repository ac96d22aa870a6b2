"""The three scalars of the API, strict in what they take and of one form in what they give."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, value_from_ast_untyped

if TYPE_CHECKING:
    from graphql import ValueNode
    from strawberry.types.scalar import ScalarDefinition

#: A JSON object. The name says nothing about its depth: the body's size bounds that.
JSON = NewType("JSON", dict[str, Any])
#: Seconds since 1970-01-01T00:00:00Z; 0 = at once, 2147483647 = never.
EpochSeconds = NewType("EpochSeconds", int)

#: `date-time` of RFC 3339 section 5.6: the offset is required.
_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def show_time(value: datetime) -> str:
    """Writes an aware time in UTC, to the millisecond, ending in Z."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read_time(value: object) -> datetime:
    """Reads RFC 3339 with an offset; what lies below a microsecond is dropped.

    Raises:
        GraphQLError: It is not such a text, or names no time of the calendar.
    """
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise _not_a_time()
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _not_a_time() from None


def _read_time_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> datetime:
    return read_time(node.value if isinstance(node, StringValueNode) else None)


def _not_a_time() -> GraphQLError:
    return GraphQLError("A DateTime is an RFC 3339 text with an offset, such as 1999-12-31T23:59:59Z.")


def read_json(value: object) -> object:
    """Takes any JSON value that can be written again.

    Raises:
        GraphQLError: It holds a number without end (NaN, 1e999) or half a character (a lone surrogate).
    """
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        message = "A JSON value has finite numbers and whole characters."
        raise GraphQLError(message) from None
    return value


def _read_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    return read_json(value_from_ast_untyped(node, variables))


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time in UTC by RFC 3339, ending in Z. On the way in any offset is taken, none is not.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=show_time,
        parse_value=read_time,
        parse_literal=_read_time_literal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON object, given and taken as it is.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        parse_value=read_json,
        parse_literal=_read_json_literal,
    ),
    EpochSeconds: strawberry.scalar(
        name="EpochSeconds",
        description="Whole seconds since 1970-01-01T00:00:00Z, not bound to 32 bits. 2147483647 means never.",
        serialize=int,
    ),
}
