"""The messages of graphql-transport-ws, read strictly.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.operation import MAX_BODY, BadRequest, check_operation
from server.strict_json import BadJson, read_json

if TYPE_CHECKING:
    from strawberry.http import GraphQLRequestData

    from credentials.secret import Secret

from server.incoming import read_bearer

PROTOCOL = "graphql-transport-ws"

BAD_MESSAGE = 4400
#: Characters of an operation's id: three times a UUID's.
MOST_ID = 128
# Half of a surrogate pair is no character: no answer could hold it.
_ID = re.compile(rf"[^\ud800-\udfff]{{1,{MOST_ID}}}")


class Violation(Exception):  # noqa: N818  named for what the client did
    """The client broke the protocol: the socket is closed.

    Args:
        code: of the close frame, by the protocol.
        reason: for people, at most 123 bytes (RFC 6455, 5.5); it never repeats what was sent.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Init:
    """`connection_init`: who opens the socket."""

    bearer: Secret | None


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`, to be answered."""


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`, to be left alone."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: an operation begins."""

    id: str
    operation: GraphQLRequestData


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: the client wants no more of an operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read_message(text: str | None) -> Message:
    """Reads a message; None stands for a binary one.

    Raises:
        Violation: it is none.
    """
    if text is None:
        raise Violation(BAD_MESSAGE, "A message is text.")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BODY:
        raise Violation(BAD_MESSAGE, f"A message has at most {MAX_BODY} bytes.")
    try:
        value = read_json(data)
    except BadJson:
        value = None
    # Outside the handler, so that no trace shows the text.
    if not isinstance(value, dict):
        raise Violation(BAD_MESSAGE, "A message is one JSON object.")
    return _message(value)


def _message(value: dict[str, object]) -> Message:
    payload = value.get("payload")
    match value.get("type"), payload:
        case "connection_init", dict() | None:
            authorization = (payload or {}).get("authorization")
            return Init(read_bearer(authorization if isinstance(authorization, str) else None))
        case "ping", dict() | None:
            return Ping()
        case "pong", dict() | None:
            return Pong()
        case "subscribe", dict():
            return Subscribe(_id(value), _operation(payload))
        case "complete", None:
            return Complete(_id(value))
    raise Violation(BAD_MESSAGE, "The message's type or payload is not of this protocol.")


def _id(value: dict[str, object]) -> str:
    match value.get("id"):
        case str(found) if _ID.fullmatch(found):
            return found
    raise Violation(BAD_MESSAGE, f"The message has no id of 1 to {MOST_ID} characters.")


def _operation(payload: object) -> GraphQLRequestData:
    try:
        return check_operation(payload)
    except BadRequest as error:
        reason = str(error)
    raise Violation(BAD_MESSAGE, reason)
