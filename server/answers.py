"""Whole answers to a GraphQL request over HTTP, in the media type that the client takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from schema.errors import BAD_USER_INPUT
from server.masking import refusal
from server.negotiation import JSON, answer_type

if TYPE_CHECKING:
    from starlette.requests import Request


def respond(
    request: Request, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """An answer; in plain JSON for who takes neither of GraphQL's types."""
    kind = answer_type(request.headers.get("accept")) or JSON
    return Response(orjson.dumps(body), status, headers, media_type=f"{kind}; charset=utf-8")


def refuse(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal of what never became an operation."""
    body = refusal(BAD_USER_INPUT, message, request.scope["rekey.request_id"])
    return respond(request, status, body, headers)


def request_error_status(request: Request) -> int:
    """A well-formed request that cannot run: 200 in the media type that clients of old expect it in."""
    return 200 if answer_type(request.headers.get("accept")) == JSON else 400
