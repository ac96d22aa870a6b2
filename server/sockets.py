"""`/graphql` over WebSocket: subscriptions alone, by graphql-transport-ws."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from resolvers.authenticate import authenticate
from schema.context import Context
from schema.errors import FORBIDDEN
from server.handshake import refuse_handshake
from server.incoming import origin_of
from server.masking import internal, refusal
from server.socket_messages import PROTOCOL, Violation
from server.socket_session import INIT_SECONDS, Session
from server.streams import FULL, Place

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from strawberry.schema import BaseSchema

    from credentials.secret import Secret
    from resolvers.services import Services
    from server.settings import Settings
    from server.streams import Streams

#: RFC 6455, 7.4.1: the server cannot go on; the client may come again.
INTERNAL_ERROR = 1011
#: IANA's registry of close codes: the server has no room now; the client may come again.
TRY_AGAIN_LATER = 1013


class Sockets:
    """The WebSockets on `/graphql`.

    Args:
        schema: the guarded schema.
        services: what the use cases need.
        settings: the operator's.
        streams: where they count.
        init_seconds: how long a socket may be silent about who opens it.
    """

    def __init__(
        self,
        schema: BaseSchema,
        services: Services,
        settings: Settings,
        streams: Streams,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        self._schema = schema
        self._services = services
        self._settings = settings
        self._streams = streams
        self._init_seconds = init_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carries one socket from its handshake to its end."""
        websocket = WebSocket(scope, receive, send)
        await websocket.receive()
        request_id = self._services.chance.new_id()
        refused = refuse_handshake(websocket, self._settings)
        if refused is not None:
            await _deny(websocket, *refused, request_id)
            return
        place = self._streams.take(origin_of(websocket, self._settings, request_id).network)
        if not isinstance(place, Place):
            text = "There are too many sockets." if place == FULL else "Too many sockets wait for you."
            await _deny(websocket, place, text, request_id)
            return
        try:
            await websocket.accept(PROTOCOL, [(b"x-request-id", request_id.encode())])
            await self._carry(websocket, place, request_id)
        finally:
            place.free()

    async def _carry(self, websocket: WebSocket, place: Place, request_id: str) -> None:
        def new_context(bearer: Secret | None) -> Context:
            origin = origin_of(websocket, self._settings, self._services.chance.new_id())
            return Context(self._services, origin, bearer)

        session = Session(websocket, self._schema, new_context, place)
        try:
            await self._converse(session, place)
        except WebSocketDisconnect:
            return  # nobody is there to be told
        except Violation as violation:
            await session.close(violation.code, violation.reason)
        except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
            internal(defect, request_id)
            await session.close(INTERNAL_ERROR, "Internal error")
        finally:
            await session.end()

    async def _converse(self, session: Session, place: Place) -> None:
        try:
            async with asyncio.timeout(None) as end:
                place.may_be_ended(lambda: end.reschedule(0))
                await session.open(self._init_seconds, self._is_known)
                place.proven()
                await session.serve()
        except TimeoutError:
            raise Violation(TRY_AGAIN_LATER, "Another needs this place") from None
        finally:
            place.may_not_be_ended()

    async def _is_known(self, context: Context) -> bool:
        return await authenticate(self._services, context.origin, context.bearer) is not None


async def _deny(websocket: WebSocket, status: int, text: str, request_id: str) -> None:
    headers = {"X-Request-Id": request_id, "Cache-Control": "no-store"}
    answer = JSONResponse(refusal(FORBIDDEN, text, request_id), status, headers)
    await websocket.send_denial_response(answer)
