"""GraphQL over HTTP: what comes in is read strictly, what goes out says no more than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.asgi import GraphQL
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.context import Context
from server.answers import refuse, request_error_status, respond
from server.explorer import explorer_page
from server.hang_up import HangUp
from server.incoming import origin_of, read_bearer
from server.masking import NO_SUBSCRIPTION, internal, mask, no_operation
from server.negotiation import EVENT_STREAM, NOT_ACCEPTABLE, answer_type, takes_events
from server.operation import BadRequest, BoundedRequest, read_operation
from server.sse import EventStream
from server.streams import Place
from server.subscribing import follow, has_one_answer
from store.stretch import take_turns

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket
    from strawberry.http import GraphQLRequestData
    from strawberry.http.base import BaseRequestProtocol
    from strawberry.schema import BaseSchema
    from strawberry.types import ExecutionResult

    from resolvers.services import Services
    from server.settings import Settings
    from server.streams import Streams

ANSWERED = frozenset({OperationType.QUERY, OperationType.MUTATION})
NOT_STREAMED = f"A subscription is asked for with Accept: {EVENT_STREAM}, or over a WebSocket."


class Endpoint(GraphQL[Context, None]):
    """`/graphql`.

    Args:
        schema: the guarded schema.
        services: what the use cases need.
        settings: the operator's.
        streams: where subscriptions count.
    """

    request_adapter_class = BoundedRequest

    def __init__(self, schema: BaseSchema, services: Services, settings: Settings, streams: Streams) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=False, subscription_protocols=())
        self._services = services
        self._settings = settings
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every answer carries its id and is kept by nobody."""
        request = Request(scope, receive)
        scope["rekey.request_id"] = request_id = self._services.chance.new_id()
        with HangUp(scope) as client:
            try:
                response = await self._answer(request)
            except ClientDisconnect:
                return  # it hung up before its body was whole: nobody is there to be answered
            except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
                response = respond(request, 500, internal(defect, request_id))
        if client.happened:
            return
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "GET" and not self._settings.production and _wants_page(request):
            return explorer_page()
        if request.method != "POST":
            return refuse(request, 405, "GraphQL is asked by POST here.", {"Allow": "POST"})
        accept = request.headers.get("accept")
        if answer_type(accept) is None and not takes_events(accept):
            return refuse(request, 406, NOT_ACCEPTABLE)
        try:
            request.scope["rekey.operation"] = await read_operation(BoundedRequest(request))
        except BadRequest as error:
            return refuse(request, error.status, str(error))
        return await self._run(request)

    async def _run(self, request: Request) -> Response:
        accept = request.headers.get("accept")
        if answer_type(accept) is None:
            return await self._stream(request)
        try:
            return await self.run(request)
        except CannotGetOperationTypeError:
            return respond(request, request_error_status(request), no_operation())
        except InvalidOperationTypeError:
            return await self._stream(request) if takes_events(accept) else refuse(request, 406, NOT_STREAMED)

    async def _stream(self, request: Request) -> Response:
        operation = request.scope["rekey.operation"]
        if await has_one_answer(self.schema, operation):
            return refuse(request, 406, NO_SUBSCRIPTION)
        place = self._streams.take()
        if not isinstance(place, Place):
            return refuse(request, place, "There are too many streams.")
        context = await self.get_context(request, Response())
        steps = follow(self.schema, operation, context)
        return EventStream(steps, place, self._streams.stopping, context.origin.request_id)

    async def parse_http_body(self, request: Any) -> GraphQLRequestData:  # noqa: ANN401  Strawberry's adapter
        """The operation that was read before."""
        operation: GraphQLRequestData = request._request.scope["rekey.operation"]  # noqa: SLF001  our adapter
        return operation

    async def execute_operation(
        self,
        request: Request,
        request_adapter: Any,  # noqa: ANN401  Strawberry's adapter
        request_data: Any,  # noqa: ANN401  one operation; batches are refused
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult:
        """Runs what has one answer.

        Raises:
            CannotGetOperationTypeError: the document has no such operation.
            InvalidOperationTypeError: it is a subscription, which Strawberry would run into a wrong answer.
        """
        del request_adapter, root_value, sub_response
        request.scope["rekey.waits"] = context.waits
        await take_turns()  # to be run is another stretch than to be read
        return await self.schema.execute(
            request_data.query,
            variable_values=request_data.variables,
            context_value=context,
            operation_name=request_data.operation_name,
            allowed_operation_types=ANSWERED,
            operation_extensions=request_data.extensions,
        )

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """What the request carries; nobody is believed yet."""
        del response
        origin = origin_of(request, self._settings, request.scope["rekey.request_id"])
        return Context(self._services, origin, read_bearer(request.headers.get("authorization")))

    async def process_result(self, request: Request, result: ExecutionResult) -> Any:  # noqa: ANN401  ours
        """Masks the errors; a request that never ran has no `data` (GraphQL over HTTP, "Status Codes")."""
        request_id = request.scope["rekey.request_id"]
        body: dict[str, Any] = {}
        if result.errors:
            body["errors"] = [mask(error, request_id) for error in result.errors]
        ran = result.data is not None or any(error.path for error in result.errors or ())
        if ran:
            body["data"] = result.data
        headers = _retry_after(result.data, request.scope["rekey.waits"])
        return respond(request, 200 if ran else request_error_status(request), body, headers)

    def create_response(self, response_data: Any, sub_response: Response) -> Response:  # noqa: ANN401  ours
        """The response is whole by now."""
        del sub_response
        answer: Response = response_data
        return answer

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Never: the explorer is ours."""
        del request
        return False


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _retry_after(data: dict[str, Any] | None, waits: dict[str | int, int | None]) -> dict[str, str]:
    """RFC 9110, 10.2.3, where one field is the whole answer and tells its caller to wait."""
    match list(data or ()):
        case [name] if name in waits:
            return {"Retry-After": str(waits[name])}
    return {}
