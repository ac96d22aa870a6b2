"""The parts of a request as it is read, and what is wrong with a head that the parser lets through."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_REQUEST = "This is no HTTP request."
NO_UPGRADE = "A connection is upgraded to websocket alone, by a GET of HTTP/1.1 without a body."


class Part(Enum):
    """What of a request comes next."""

    BEGINNING = "beginning"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    SOCKET = "socket"


class Refused(Exception):  # noqa: N818  named for what happened to the request
    """Stops the parser at a request that is over a bound, or that means more than one thing."""


def is_wrong_upgrade(
    start: tuple[bytes, str], fields: Sequence[tuple[bytes, bytes]], *, socket: bool
) -> bool:
    """Whether a head that asks for another protocol has to be refused.

    The parser takes every such request to end with its head, and what follows to be the next one: a body
    would be read as a request. One without a body may be answered as if it had not asked (RFC 9110, 7.8).

    Args:
        start: the method and the version of HTTP.
        fields: of the head, with small names.
        socket: whether it would be handed over.
    """
    return _has_body(fields) or (socket and start != (b"GET", "1.1"))


def _has_body(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in fields
    )
