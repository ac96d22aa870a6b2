"""The parts of a request as it is read, and what is wrong with a head that the parser lets through."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from httptools import HttpRequestParser

#: Bytes of a request that are not body: head, sizes of chunks, trailers. Node's --max-http-header-size.
MOST_OVERHEAD = 16 * 1024
#: Statuses of refusals, and what they say.
NO_REQUEST = (400, "This is no HTTP request.")
NO_HOST = (400, "A request names its host, and names it once.")
NO_UPGRADE = (400, "A connection is upgraded to websocket alone, by a GET of HTTP/1.1 without a body.")
TOO_LONG = (431, f"The head of a request has at most {MOST_OVERHEAD} bytes.")


class Part(Enum):
    """What of a request comes next."""

    BEGINNING = "beginning"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    SOCKET = "socket"


class Refused(Exception):  # noqa: N818  named for what happened to the request
    """Stops the parser at a request that is over a bound, or that means more than one thing."""


def fault_of(
    parser: HttpRequestParser,
    address: bytes,
    fields: Sequence[tuple[bytes, bytes]],
    *,
    is_socket: bool,
    is_early: bool,
) -> tuple[int, str] | None:
    """The status and the words to refuse a head with; None where it may be answered.

    The parser takes a request that asks for another protocol to end with its head, and what follows to be the
    next one: a body would be read as a request. One without a body may be answered as if it had not asked
    (RFC 9110, 7.8).

    Args:
        parser: which has read it.
        address: of the request line.
        fields: with small names.
        is_socket: whether the connection would be handed over.
        is_early: whether an answer to an earlier request is not taken yet.
    """
    if sum((len(name) + len(value) for name, value in fields), len(address)) > MOST_OVERHEAD:
        return TOO_LONG
    version = parser.get_http_version()
    hosts = sum(name == b"host" for name, _ in fields)
    if hosts > 1 or (version >= "1.1" and not hosts):
        return NO_HOST
    is_opening = (parser.get_method(), version, is_early) == (b"GET", "1.1", False)
    if parser.should_upgrade() and (_has_body(fields) or (is_socket and not is_opening)):
        return NO_UPGRADE
    return None


def _has_body(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in fields
    )
