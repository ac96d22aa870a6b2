"""What a connection says of itself."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from credentials.secret import Secret
from server.incoming import MAX_BEARER, origin_of, read_bearer
from tests.api import settings_for


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", ""),
        (f"Bearer {'x' * MAX_BEARER}", "x" * MAX_BEARER),
        (f"Bearer {'x' * (MAX_BEARER + 1)}", None),
        ("Basic abc", None),
        ("abc", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bearer_is_one_scheme_of_a_length(header: str | None, token: str | None) -> None:
    """What is longer than any token, or of another scheme, is nobody's."""
    assert read_bearer(header) == (None if token is None else Secret(token))


def test_an_origin_is_what_the_server_sees() -> None:
    """Address, client and application come from the connection; the request id is ours."""
    headers = [(b"user-agent", b"curl/8"), (b"x-api-key", b"key")]
    connection = HTTPConnection({"type": "http", "headers": headers, "client": ("192.0.2.1", 1)})
    origin = origin_of(connection, settings_for(), "id")
    assert (origin.request_id, origin.address, origin.user_agent) == ("id", "192.0.2.1", "curl/8")
    assert origin.api_key == Secret("key")
    bare = origin_of(HTTPConnection({"type": "http", "headers": [], "client": None}), settings_for(), "id")
    assert (bare.address, bare.user_agent, bare.api_key) == (None, None, None)
