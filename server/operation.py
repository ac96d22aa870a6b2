"""How one operation is read from a request's body: bounded, strictly, and never repeated in a refusal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from strawberry.http import GraphQLRequestData

from server.negotiation import is_json
from server.strict_json import BadJson, read_json

if TYPE_CHECKING:
    from starlette.requests import Request

#: Bytes of a body: the contract's figure.
MAX_BODY = 64 * 1024
#: The parameters of GraphQL over HTTP ("Request Parameters") and what JSON they are.
_PARAMETERS: dict[str, type] = {"query": str, "operationName": str, "variables": dict, "extensions": dict}
#: The one kind of document identifier (GraphQL over HTTP, appendix A): the SHA-256 of the document's text.
_IDENTIFIER = re.compile(r"sha256:[0-9a-f]{64}")


class BadRequest(Exception):  # noqa: N818  named for what the request is
    """A request that is no GraphQL operation.

    Args:
        status: of the answer, by RFC 9110.
        message: for people; it never repeats what was sent.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_operation(request: Request) -> GraphQLRequestData:
    """Reads one operation; batches and other media types are refused.

    Raises:
        BadRequest: there is none.
    """
    if not is_json(request.headers.get("content-type")):
        raise BadRequest(415, "The body is sent as application/json, in UTF-8.")
    try:
        data = read_json(await _read_body(request))
    except BadJson as error:
        reason = str(error)
    else:
        return check_operation(data)
    # Outside the handler, so that no trace shows the text.
    raise BadRequest(400, reason)


async def _read_body(request: Request) -> bytes:
    """Reads a body up to `MAX_BODY` bytes, whatever its headers say.

    Raises:
        BadRequest: it is longer; the rest is not read.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise BadRequest(413, f"The body has at most {MAX_BODY} bytes.")
    return bytes(body)


def check_operation(data: object) -> GraphQLRequestData:
    """Takes the parameters of an operation out of a JSON value.

    Where only the name of a document came, `query` is None and `document_name` finds the name.

    Raises:
        BadRequest: they are not of their types, or there is no query.
    """
    if not isinstance(data, dict):
        raise BadRequest(400, "The body is one JSON object with a query.")
    for name, kind in _PARAMETERS.items():
        if data.get(name) is not None and not isinstance(data[name], kind):
            raise BadRequest(400, f"{name} is not of the type that GraphQL over HTTP gives it.")
    query, extensions = data.get("query") or None, data.get("extensions")
    if query is None and _IDENTIFIER.fullmatch(str(data.get("documentId"))):
        extensions = {"persistedQuery": {"sha256Hash": data["documentId"].removeprefix("sha256:")}}
    if query is None and document_name(extensions) is None:
        raise BadRequest(400, "The body has no query.")
    return GraphQLRequestData(
        query=query,
        variables=data.get("variables"),
        operation_name=data.get("operationName"),
        extensions=extensions,
        protocol="http",
    )


def document_name(extensions: dict[str, Any] | None) -> str | None:
    """The SHA-256 by which an operation names its document, in Apollo's form; None where it names none."""
    named = (extensions or {}).get("persistedQuery")
    name = named.get("sha256Hash") if isinstance(named, dict) else None
    return name if isinstance(name, str) and _IDENTIFIER.fullmatch(f"sha256:{name}") else None
