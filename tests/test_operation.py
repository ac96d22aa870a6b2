"""How one operation is read from a body: what is no operation, over real HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiation import GRAPHQL_JSON, JSON
from server.operation import MAX_BODY, BadRequest, check_operation, document_name
from tests.api import open_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HEADERS = {"content-type": JSON}


def is_refused(answer: httpx.Response, status: int) -> bool:
    """Whether an answer is JSON of ours, with an id, kept by nobody, and not an operation's."""
    body = answer.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": answer.headers["x-request-id"]}
    assert answer.headers["content-type"] in (f"{JSON}; charset=utf-8", f"{GRAPHQL_JSON}; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code == status


@ON_SQLITE
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'"x"',
        b"null",
        b"[]",
        b'[{"query": "{ me { id } }"}]',
        b"[" * 100_000,
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"query": "\xff"}',
        b'{"query": "{ me { id } }", "query": "{ me { id } }"}',
        b'{"query": "{ me { id } }", "variables": {"n": NaN}}',
        b'{"query": "{ me { id } }", "variables": {"n": 9007199254740993}}',
        b'{"query": "{ me { id } }", "variables": []}',
        b'{"query": "{ me { id } }", "variables": "{}"}',
        b'{"query": "{ me { id } }", "operationName": 7}',
        b'{"query": "{ me { id } }", "extensions": true}',
        b'{"query": {}}',
        b'{"query": null}',
        b'{"query": ""}',
        b"{}",
        b'{"qeury": "hunter2"}',
        b'{"documentId": "sha256:ABC"}',
        b'{"documentId": 7}',
        b'{"extensions": {"persistedQuery": 7}}',
        b'{"extensions": {"persistedQuery": {"sha256Hash": 7}}}',
        b'{"extensions": {"persistedQuery": {"sha256Hash": "hunter2"}}}',
        b'{"query": "{ me { id } }", "variables": {"n": 1e999}}',
        b'{"query": "{ me { id } }", "variables": {"n": ' + b"[" * 70 + b"]" * 70 + b"}}",
    ],
)
async def test_a_body_that_is_no_operation_is_refused(world: World, body: bytes) -> None:
    """Every such body gets 400 (413 beyond the bound) in JSON, in either media type."""
    async with open_api(world) as api:
        for accept in (JSON, GRAPHQL_JSON):
            answer = await api.http.post("/graphql", content=body, headers={**HEADERS, "accept": accept})
            assert is_refused(answer, 413 if len(body) > MAX_BODY else 400)
            assert accept in answer.headers["content-type"]
            assert "hunter2" not in answer.text


@ON_SQLITE
@pytest.mark.parametrize(
    "content_type",
    ["text/plain, application/json", "application/json-x", "text/plain", "application/graphql", "", None],
)
async def test_another_media_type_is_not_guessed_at(world: World, content_type: str | None) -> None:
    """A body that does not say application/json gets 415, whatever is in it."""
    headers = {} if content_type is None else {"content-type": content_type}
    async with open_api(world) as api:
        answer = await api.http.post("/graphql", content=b'{"query": "{ me { id } }"}', headers=headers)
        assert is_refused(answer, 415)


@ON_SQLITE
async def test_a_form_is_not_read(world: World) -> None:
    """A multipart upload and a form, which a page of another origin may send unasked, get 415."""
    async with open_api(world) as api:
        for answer in (
            await api.http.post("/graphql", data={"query": "{ me { id } }"}),
            await api.http.post("/graphql", files={"operations": b"{}"}),
        ):
            assert is_refused(answer, 415)


@ON_SQLITE
async def test_a_body_is_bounded_whatever_its_headers_say(world: World) -> None:
    """64 KiB are read, a byte more is not, with a length or in chunks without one.

    Planted: no count of the bytes; seen to fail.
    """
    document = b'{"query": "{ serviceInfo { name } }"}'
    whole = document + b" " * (MAX_BODY - len(document))

    async def chunks(body: bytes) -> AsyncIterator[bytes]:
        yield body[:4096]
        yield body[4096:]

    async with open_api(world) as api:
        fits = await api.http.post("/graphql", content=whole, headers=HEADERS)
        assert fits.json() == {"data": {"serviceInfo": {"name": "Rekey"}}}
        for content in (whole + b" ", chunks(whole + b" ")):
            assert is_refused(await api.http.post("/graphql", content=content, headers=HEADERS), 413)


@ON_SQLITE
async def test_parameters_may_be_null_or_unknown(world: World) -> None:
    """Null stands for a parameter that was not sent, and one that nobody knows is ignored."""
    body = (
        b'{"query": "{ serviceInfo { name } }", "variables": null, "operationName": null, '
        b'"extensions": null, "documentId": "x"}'
    )
    async with open_api(world) as api:
        answer = await api.http.post("/graphql", content=body, headers=HEADERS)
        assert answer.json() == {"data": {"serviceInfo": {"name": "Rekey"}}}


NAME = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"documentId": f"sha256:{NAME}"}, NAME),
        ({"documentId": f"sha256:{NAME}", "query": None, "extensions": {"other": 1}}, NAME),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": NAME}}}, NAME),
        ({"query": "{ a }", "documentId": f"sha256:{NAME}"}, None),
        ({"query": "{ a }", "extensions": {"other": 1}}, None),
    ],
)
def test_a_document_is_named_in_two_ways(data: dict[str, object], name: str | None) -> None:
    """By `documentId` or in Apollo's form: what follows sees one of them."""
    operation = check_operation(data)
    assert document_name(operation.extensions) == name
    assert operation.query == data.get("query")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none()
            | st.text()
            | st.integers()
            | st.dictionaries(st.text(), st.text() | st.integers())
            for name in ("query", "variables", "operationName", "extensions", "documentId")
        },
    )
)
def test_no_parameters_break_it(data: dict[str, object]) -> None:
    """Parameters of any type are an operation with a text or a name, or are refused."""
    with suppress(BadRequest):
        operation = check_operation(data)
        assert operation.query or document_name(operation.extensions)
