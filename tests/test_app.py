"""The other paths, and who may ask from another origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from server.app import JWKS_AGE
from store.opening import embedded_path
from tests.api import PRODUCTION, open_api
from tests.direct import direct

if TYPE_CHECKING:
    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ORIGIN = "https://front.example.org"


async def test_a_ready_service_says_so(world: World) -> None:
    """Both checks are 200, and nobody keeps their answers."""
    async with open_api(world) as api:
        up, ready = await api.get("/healthz"), await api.get("/readyz")
    assert (up.status_code, up.json()) == (200, {"status": "ok"})
    parts = {"database": "ok", "mail": "ok", "xmpp": "ok"}
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "parts": parts})
    assert up.headers["cache-control"] == ready.headers["cache-control"] == "no-store"


async def test_a_database_of_another_version_is_named(world: World, database_url: Secret) -> None:
    """Not migrated: 503, and what to do."""
    await direct(database_url, lambda connection: connection.execute(text("DELETE FROM alembic_version")))
    async with open_api(world) as api:
        answer = await api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert "rekey db upgrade" in answer.json()["parts"]["database"]


@ON_SQLITE
async def test_a_database_that_is_away_is_named(world: World, database_url: Secret) -> None:
    """The process is up, and not ready until the file is back."""
    path = embedded_path(database_url)
    assert path is not None
    async with open_api(world) as api:
        path.rename(path.with_suffix(".away"))
        assert (await api.get("/healthz")).status_code == 200
        answer = await api.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["parts"]["database"].startswith("the database did not answer")
        assert str(path) not in answer.text
        path.with_suffix(".away").rename(path)
        assert (await api.get("/readyz")).status_code == 200


@ON_SQLITE
async def test_the_keys_are_public(world: World) -> None:
    """Other services get the public halves alone, and may keep them for a while."""
    async with open_api(world) as api:
        answer = await api.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == JWKS_AGE
    (key,) = answer.json()["keys"]
    assert key["kty"] == "EC"
    assert "d" not in key


@ON_SQLITE
async def test_the_explorers_files_are_there_in_development_only(world: World) -> None:
    """One of the page's own files."""
    async with open_api(world) as api:
        assert (await api.get("/explorer/explorer.js")).status_code == 200
    async with open_api(world, None, **PRODUCTION) as api:
        assert (await api.get("/explorer/explorer.js")).status_code == 404


@ON_SQLITE
@pytest.mark.parametrize("path", ["/graphql/", "/healthz/", "/reset-password/", "/nothing"])
async def test_no_other_path_leads_to_one_of_ours(world: World, path: str) -> None:
    """404: a redirect would go wherever the `Host` of the request says, with the request's body.

    Planted: Starlette's redirect where a slash is one too many; seen to fail.
    """
    async with open_api(world) as api:
        for method in ("GET", "POST"):
            answer = await api.http.request(method, path, headers={"host": "evil.example"})
            assert (answer.status_code, answer.headers.get("location")) == (404, None)


@ON_SQLITE
async def test_named_origins_may_ask_and_no_others(world: World) -> None:
    """A front end's own origin passes the browser's question beforehand; another's does not.

    Planted: allow_origins=["*"]; seen to fail.
    """
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with open_api(world, REKEY_CORS_ORIGINS=ORIGIN) as api:
        allowed = await api.http.options("/graphql", headers={"origin": ORIGIN, **asked})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in allowed.headers
        answer = await api.post("{ serviceInfo { name } }", origin=ORIGIN)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-expose-headers"] == "Retry-After, X-Request-Id"
        other = await api.http.options("/graphql", headers={"origin": "https://evil.example", **asked})
        assert "access-control-allow-origin" not in other.headers
    async with open_api(world) as api:
        answer = await api.post("{ serviceInfo { name } }", origin=ORIGIN)
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        closed = await api.http.options("/graphql", headers={"origin": ORIGIN, **asked})
        assert closed.status_code == 405
        assert not [name for name in closed.headers if name.startswith("access-control-")]
