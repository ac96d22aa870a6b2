"""What every answer tells a browser to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server import explorer, hosted_pages
from server.security_headers import HSTS, security_headers
from tests.api import PRODUCTION, open_api, settings_for
from tests.ws_client import place, serve_schema

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio

POLICY = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def test_data_is_no_page(embedded: World) -> None:
    """Answers, refusals, what is not there and what is not allowed: each carries each header, once."""
    asked = [("GET", path) for path in ("/healthz", "/readyz", "/.well-known/jwks.json", "/graphql", "/x")]
    async with open_api(embedded, REKEY_CORS_ORIGINS="https://front.example.org") as api:
        answers = [await api.http.request(*each) for each in (*asked, ("PUT", "/healthz"))]
        answers += [
            await api.post("{ serviceInfo { name } }"),
            await api.post("{"),
            await api.post("{ me { id } }"),
        ]
        answers.append(await api.http.post("/graphql", content=b"x" * 70_000))
        preflight = {"origin": "https://front.example.org", "access-control-request-method": "POST"}
        answers.append(await api.http.options("/graphql", headers=preflight))
    for answer in answers:
        assert {name: answer.headers.get_list(name) for name in HEADERS} == {
            name: [value] for name, value in HEADERS.items()
        }
        assert "strict-transport-security" not in answer.headers


async def test_pages_keep_their_own_policy(embedded: World) -> None:
    """What a page says itself stays, and once; what it does not say is added."""
    for path, own in (
        ("/reset-password", hosted_pages.SECURITY),
        ("/hosted/forms.js", hosted_pages.SECURITY),
        ("/explorer/explorer.js", explorer.SECURITY),
        ("/explorer/x", explorer.SECURITY),
    ):
        async with open_api(embedded) as api:
            answer = await api.get(path)
        assert {name: answer.headers.get_list(name) for name in own} == {
            name: [value] for name, value in own.items()
        }
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_https_is_kept_where_it_is(embedded: World) -> None:
    """A year of HTTPS for this host, on every kind of answer, where others reach it so."""
    async with open_api(embedded, None, **PRODUCTION) as api:
        for path in ("/healthz", "/reset-password", "/x", "/graphql"):
            assert (await api.get(path)).headers["strict-transport-security"] == HSTS
    assert security_headers(settings_for(**PRODUCTION))["Strict-Transport-Security"] == HSTS


def test_sockets_that_are_refused_carry_them_too(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """What the protocol itself refuses, and what the application does."""
    with serve_schema(place(tmp_path, migrated_sqlite)) as served:
        broken = served.refused(Sec_WebSocket_Key="hunter2")
        denied = served.refused(protocols=["other"])
    assert (broken.status_code, denied.status_code) == (400, 400)
    for answer in (broken, denied):
        assert {name: answer.headers.get_all(name) for name in HEADERS} == {
            name: [value] for name, value in HEADERS.items()
        }
