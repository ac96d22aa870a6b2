"""The ASGI application: which path is answered by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from schema import build_schema
from server.document_rules import document_rules
from server.endpoint import Endpoint
from server.explorer import explorer_routes
from server.health import look
from server.hosted_pages import hosted_routes
from server.security_headers import SecurityHeaders, security_headers
from server.sockets import Sockets
from server.streams import Streams

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from resolvers.services import Services
    from server.settings import Settings

#: How long other services may keep the public keys: less than the hour before a new key signs.
JWKS_AGE = "public, max-age=300"


def create_app(settings: Settings, services: Services, streams: Streams | None = None) -> ASGIApp:
    """The application on services that are open; `streams` are told when the process ends.

    Raises:
        BadSettings: the file of trusted documents cannot be used.
    """
    schema = build_schema(document_rules(settings))
    streams = streams or Streams()

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        health = await look(services)
        return JSONResponse(
            {"status": health.status, "parts": health.parts},
            200 if health.is_ready else 503,
            headers={"Cache-Control": "no-store"},
        )

    async def jwks(_request: Request) -> Response:
        return JSONResponse(services.access_tokens.jwks(), headers={"Cache-Control": JWKS_AGE})

    routes: list[BaseRoute] = [
        Route("/graphql", Endpoint(schema, services, settings, streams)),
        WebSocketRoute("/graphql", Sockets(schema, services, settings, streams)),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/.well-known/jwks.json", jwks),
        *hosted_routes(settings),
    ]
    if not settings.production:
        routes += explorer_routes()
    app = Starlette(routes=routes, middleware=_cross_origin(settings))
    app.router.redirect_slashes = False  # to wherever the request's `Host` says
    return SecurityHeaders(app, security_headers(settings))


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
            expose_headers=["Retry-After", "X-Request-Id"],
        )
    ]
