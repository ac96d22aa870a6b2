"""The ASGI application: which path is answered by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
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
    from collections.abc import Awaitable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from resolvers.services import Services
    from server.settings import Settings

#: The path of the API.
GRAPHQL = "/graphql"
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
        WebSocketRoute(GRAPHQL, Sockets(schema, services, settings, streams)),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/.well-known/jwks.json", jwks),
        *hosted_routes(settings),
    ]
    if not settings.production:
        routes += explorer_routes()
    others = Starlette(routes=routes)
    others.router.redirect_slashes = False  # to wherever the request's `Host` says
    app = _cross_origin(settings, Front(Endpoint(schema, services, settings, streams), others))
    return SecurityHeaders(app, security_headers(settings))


class Front:
    """Hands a request to `/graphql` to its endpoint, and all else to Starlette's router.

    What Starlette puts around a route (a router, and two middlewares for errors, which the endpoint lets
    none of out) is held by each request that waits for a hash: 3 KiB.

    Args:
        graphql: answers HTTP at `/graphql`.
        others: answers the rest, sockets among them.
    """

    def __init__(self, graphql: ASGIApp, others: ASGIApp) -> None:
        self._graphql = graphql
        self._others = others

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request, or carries one socket."""
        is_graphql = scope["type"] == "http" and scope["path"] == GRAPHQL
        return (self._graphql if is_graphql else self._others)(scope, receive, send)


def _cross_origin(settings: Settings, app: ASGIApp) -> ASGIApp:
    """What lets front ends of other origins in: by name, without cookies, since Rekey has none."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=["POST"],
        allow_headers=["Authorization", "X-Api-Key"],
        expose_headers=["Retry-After", "X-Request-Id"],
    )
