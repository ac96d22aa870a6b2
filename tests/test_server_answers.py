"""Whole answers, in the media type that the client takes."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from server.answers import refuse, request_error_status, respond
from server.negotiation import GRAPHQL_JSON, JSON


def request(accept: str) -> Request:
    """A request that takes this."""
    headers = [(b"accept", accept.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers, "rekey.request_id": "id"})


@pytest.mark.parametrize(
    ("accept", "kind", "status"),
    [
        (JSON, JSON, 200),
        ("*/*", JSON, 200),
        (GRAPHQL_JSON, GRAPHQL_JSON, 400),
        ("text/event-stream", JSON, 400),
    ],
)
def test_an_answer_is_of_the_type_that_is_taken(accept: str, kind: str, status: int) -> None:
    """Plain JSON where the client takes neither of GraphQL's types; only who expects it of old gets 200."""
    answer = respond(request(accept), 200, {"data": None})
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert request_error_status(request(accept)) == status


def test_a_refusal_has_a_code_and_the_requests_id() -> None:
    """And the headers that it is given."""
    answer = refuse(request(JSON), 405, "No.", {"Allow": "POST"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    (error,) = json.loads(bytes(answer.body))["errors"]
    assert error == {"message": "No.", "extensions": {"code": "BAD_USER_INPUT", "requestId": "id"}}
