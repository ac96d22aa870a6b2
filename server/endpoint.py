"""GraphQL over HTTP: what comes in is read strictly, what goes out says no more than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.context import Context
from server.answers import refuse, request_error_status, respond
from server.explorer import explorer_page
from server.hang_up import HangUp
from server.incoming import origin_of, read_bearer
from server.masking import NO_SUBSCRIPTION, internal, mask, no_operation
from server.negotiation import EVENT_STREAM, NOT_ACCEPTABLE, answer_type, takes_events
from server.operation import BadRequest, read_operation
from server.sse import EventStream
from server.streams import Place
from server.subscribing import follow, has_one_answer
from store.stretch import take_turns

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from strawberry.http import GraphQLRequestData
    from strawberry.schema import BaseSchema
    from strawberry.types import ExecutionResult

    from resolvers.services import Services
    from server.settings import Settings
    from server.streams import Streams

ANSWERED = frozenset({OperationType.QUERY, OperationType.MUTATION})
NOT_STREAMED = f"A subscription is asked for with Accept: {EVENT_STREAM}, or over a WebSocket."


class Endpoint:
    """`/graphql` over HTTP.

    Args:
        schema: the guarded schema.
        services: what the use cases need.
        settings: the operator's.
        streams: where subscriptions count.
    """

    def __init__(self, schema: BaseSchema, services: Services, settings: Settings, streams: Streams) -> None:
        self._schema = schema
        self._services = services
        self._settings = settings
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every answer carries its id and is kept by nobody."""
        request = Request(scope, receive)
        scope["rekey.request_id"] = request_id = self._services.chance.new_id()
        with HangUp(scope) as client:
            try:
                read = await self._read(request)
                response = read if isinstance(read, Response) else await self._run(request, read)
            except ClientDisconnect:
                return  # it hung up before its body was whole: nobody is there to be answered
            except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
                response = respond(request, 500, internal(defect, request_id))
        if client.happened:
            return
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)

    async def _read(self, request: Request) -> GraphQLRequestData | Response:
        """The operation, or why it is none."""
        if request.method == "GET" and not self._settings.production and _wants_page(request):
            return explorer_page()
        if request.method != "POST":
            return refuse(request, 405, "GraphQL is asked by POST here.", {"Allow": "POST"})
        accept = request.headers.get("accept")
        if answer_type(accept) is None and not takes_events(accept):
            return refuse(request, 406, NOT_ACCEPTABLE)
        try:
            return await read_operation(request)
        except BadRequest as error:
            return refuse(request, error.status, str(error))

    async def _run(self, request: Request, operation: GraphQLRequestData) -> Response:
        accept = request.headers.get("accept")
        if answer_type(accept) is None:
            return await self._stream(request, operation)
        context = self._context(request)
        await take_turns()  # to be run is another stretch than to be read
        try:
            result = await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=ANSWERED,
                operation_extensions=operation.extensions,
            )
        except CannotGetOperationTypeError:
            return respond(request, request_error_status(request), no_operation())
        except InvalidOperationTypeError:
            if takes_events(accept):
                return await self._stream(request, operation)
            return refuse(request, 406, NOT_STREAMED)
        return _answer(request, context, result)

    async def _stream(self, request: Request, operation: GraphQLRequestData) -> Response:
        if await has_one_answer(self._schema, operation):
            return refuse(request, 406, NO_SUBSCRIPTION)
        place = self._streams.take()
        if not isinstance(place, Place):
            return refuse(request, place, "There are too many streams.")
        context = self._context(request)
        steps = follow(self._schema, operation, context)
        return EventStream(steps, place, self._streams.stopping, context.origin.request_id)

    def _context(self, request: Request) -> Context:
        """What the request carries; nobody is believed yet."""
        origin = origin_of(request, self._settings, request.scope["rekey.request_id"])
        return Context(self._services, origin, read_bearer(request.headers.get("authorization")))


def _answer(request: Request, context: Context, result: ExecutionResult) -> Response:
    """Masks the errors; a request that never ran has no `data` (GraphQL over HTTP, "Status Codes")."""
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [mask(error, context.origin.request_id) for error in result.errors]
    ran = result.data is not None or any(error.path for error in result.errors or ())
    if ran:
        body["data"] = result.data
    headers = _retry_after(result.data, context.waits)
    return respond(request, 200 if ran else request_error_status(request), body, headers)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _retry_after(data: dict[str, Any] | None, waits: dict[str | int, int | None]) -> dict[str, str]:
    """RFC 9110, 10.2.3, where one field is the whole answer and tells its caller to wait."""
    match list(data or ()):
        case [name] if name in waits:
            return {"Retry-After": str(waits[name])}
    return {}
