"""GraphQL over HTTP: what comes in is read strictly, what goes out says no more than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from cross_web import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.asgi import GraphQL

from credentials.secret import Secret
from resolvers.services import Origin
from schema.context import Context
from schema.errors import BAD_USER_INPUT
from server.client_address import client_address
from server.explorer import explorer_page
from server.masking import internal, mask, no_operation, refusal
from server.negotiation import JSON, NOT_ACCEPTABLE, answer_type
from server.operation import BadRequest, BoundedRequest, read_operation

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket
    from strawberry.http import GraphQLRequestData
    from strawberry.http.base import BaseRequestProtocol
    from strawberry.schema import BaseSchema
    from strawberry.types import ExecutionResult

    from resolvers.services import Services
    from server.settings import Settings

#: Longer than any access token (4 KiB) or API key: the rest is nobody's.
MAX_BEARER = 4096


class Endpoint(GraphQL[Context, None]):
    """`/graphql`.

    Args:
        schema: the guarded schema.
        services: what the use cases need.
        settings: the operator's.
    """

    request_adapter_class = BoundedRequest

    def __init__(self, schema: BaseSchema, services: Services, settings: Settings) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=False, subscription_protocols=())
        self._services = services
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every answer carries its id and is kept by nobody."""
        request = Request(scope, receive)
        scope["rekey.request_id"] = request_id = self._services.chance.new_id()
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return  # it hung up before its body was whole: nobody is there to be answered
        except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
            response = _response(request, 500, internal(defect, request_id))
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "GET" and not self._settings.production and _wants_page(request):
            return explorer_page()
        if request.method != "POST":
            return _refuse(request, 405, "GraphQL is asked by POST here.", {"Allow": "POST"})
        if answer_type(request.headers.get("accept")) is None:
            return _refuse(request, 406, NOT_ACCEPTABLE)
        try:
            return await self.run(request)
        except BadRequest as error:
            return _refuse(request, error.status, str(error))
        except HTTPException:
            # Strawberry's, about the operation's name or kind; its text repeats the name.
            return _response(request, _request_error_status(request), no_operation())

    async def parse_http_body(self, request: Any) -> GraphQLRequestData:  # noqa: ANN401  Strawberry's adapter
        """Reads one operation.

        Raises:
            BadRequest: there is none.
        """
        return await read_operation(request)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """What the request carries; nobody is believed yet."""
        del response
        key = request.headers.get("x-api-key")
        origin = Origin(
            request_id=request.scope["rekey.request_id"],
            address=client_address(request, self._settings.trusted_proxies, self._settings.forwarded_header),
            user_agent=request.headers.get("user-agent"),
            api_key=None if key is None else Secret(key),
        )
        return Context(self._services, origin, _bearer(request.headers.get("authorization")))

    async def process_result(self, request: Request, result: ExecutionResult) -> Any:  # noqa: ANN401  ours
        """Masks the errors; a request that never ran has no `data` (GraphQL over HTTP, "Status Codes")."""
        request_id = request.scope["rekey.request_id"]
        body: dict[str, Any] = {}
        if result.errors:
            body["errors"] = [mask(error, request_id) for error in result.errors]
        ran = result.data is not None or any(error.path for error in result.errors or ())
        if ran:
            body["data"] = result.data
        return _response(request, 200 if ran else _request_error_status(request), body)

    def create_response(self, response_data: Any, sub_response: Response) -> Response:  # noqa: ANN401  ours
        """The response is whole by now."""
        del sub_response
        answer: Response = response_data
        return answer

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Never: the explorer is ours."""
        del request
        return False


def _refuse(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    body = refusal(BAD_USER_INPUT, message, request.scope["rekey.request_id"])
    return _response(request, status, body, headers)


def _response(
    request: Request, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    kind = answer_type(request.headers.get("accept")) or JSON
    return Response(orjson.dumps(body), status, headers, media_type=f"{kind}; charset=utf-8")


def _request_error_status(request: Request) -> int:
    """A well-formed request that cannot run: 200 in the media type that clients of old expect it in."""
    return 200 if answer_type(request.headers.get("accept")) == JSON else 400


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _bearer(header: str | None) -> Secret | None:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > MAX_BEARER:
        return None
    return Secret(token.strip())
