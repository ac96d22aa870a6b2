"""The ASGI application: which path is answered by what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from schema import build_schema
from server.endpoint import Endpoint
from server.explorer import explorer_routes
from server.known_documents import KnownDocuments, Recognise
from server.operation_choice import OperationChoice
from store.faults import StoreUnavailable
from store.migrate import newest

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from resolvers.services import Services
    from server.settings import Settings

#: How long other services may keep the public keys: less than the hour before a new key signs.
JWKS_AGE = "public, max-age=300"


def create_app(settings: Settings, services: Services) -> Starlette:
    """The application on services that are open."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        parts = {"database": await _database(services)}
        ready = all(state == "ok" for state in parts.values())
        body = {"status": "ok" if ready else "unavailable", "parts": parts}
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def jwks(_request: Request) -> Response:
        return JSONResponse(services.access_tokens.jwks(), headers={"Cache-Control": JWKS_AGE})

    routes: list[BaseRoute] = [
        Route(
            "/graphql",
            Endpoint(
                build_schema([OperationChoice, partial(Recognise, KnownDocuments())]), services, settings
            ),
        ),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/.well-known/jwks.json", jwks),
    ]
    if not settings.production:
        routes += explorer_routes()
    return Starlette(routes=routes, middleware=_cross_origin(settings))


def _cross_origin(settings: Settings) -> list[Middleware]:
    """What lets front ends of other origins in: by name, without cookies, since Rekey has none."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["POST"],
            allow_headers=["Authorization", "X-Api-Key"],
            expose_headers=["X-Request-Id"],
        )
    ]


async def _database(services: Services) -> str:
    try:
        revision = await services.store.read(lambda unit: unit.installation.revision())
    except StoreUnavailable as fault:
        return str(fault)
    return "ok" if revision == newest() else "not migrated to this version; run rekey db upgrade"
