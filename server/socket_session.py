"""One accepted socket, from its first message to its close (graphql-transport-ws)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import orjson
from starlette.websockets import WebSocketDisconnect

from schema.errors import BAD_USER_INPUT, SESSION_REVOKED, UNAUTHENTICATED
from server.masking import internal, refusal
from server.socket_messages import Complete, Init, Ping, Subscribe, Violation, read_message
from server.subscribing import follow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.websockets import WebSocket
    from strawberry.http import GraphQLRequestData
    from strawberry.schema import BaseSchema

    from credentials.secret import Secret
    from schema.context import Context
    from server.socket_messages import Message
    from server.streams import Place

#: Seconds until `connection_init`: a round trip on the worst of networks.
INIT_SECONDS = 5.0
#: Subscriptions of one socket: more than one page shows at a time.
MOST_OPERATIONS = 50
#: How a socket closes once its caller is nobody any more, by the code that ended one of its operations.
CLOSES = {SESSION_REVOKED: (4403, "Session revoked"), UNAUTHENTICATED: (4401, "Unauthorized")}


class Session:
    """One socket's messages, in and out.

    Args:
        websocket: accepted.
        schema: what its operations run on.
        new_context: what one operation carries, with a request id of its own.
        place: told whether any operation runs.
    """

    def __init__(
        self,
        websocket: WebSocket,
        schema: BaseSchema,
        new_context: Callable[[Secret | None], Context],
        place: Place,
    ) -> None:
        self._websocket = websocket
        self._schema = schema
        self._new_context = new_context
        self._place = place
        self._bearer: Secret | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._is_closed = False

    async def open(self, seconds: float, is_known: Callable[[Context], Awaitable[bool]]) -> None:
        """Waits for `connection_init`, looks its bearer up and acknowledges it.

        Raises:
            Violation: it did not come in time, was another message, or speaks for nobody.
        """
        try:
            async with asyncio.timeout(seconds):
                self._bearer = await self._read_init()
        except TimeoutError:
            raise Violation(4408, "Connection initialisation timeout") from None
        if not await is_known(self._new_context(self._bearer)):
            raise Violation(4403, "Forbidden")
        await self._send({"type": "connection_ack"})

    async def serve(self) -> None:
        """Answers messages until the socket is closed.

        Raises:
            Violation: the client broke the protocol.
            WebSocketDisconnect: it is closed.
        """
        while True:
            match await self._read():
                case Init():
                    raise Violation(4429, "Too many initialisation requests")
                case Subscribe(operation_id, operation):
                    await self._begin(operation_id, operation)
                case Complete(operation_id):
                    await self._end(operation_id)
                case Ping():
                    await self._send({"type": "pong"})

    async def close(self, code: int, reason: str) -> None:
        """Closes the socket, unless it is closed."""
        async with self._sending:
            if not self._is_closed:
                self._is_closed = True
                with suppress(WebSocketDisconnect):  # the peer was faster
                    await self._websocket.close(code, reason)

    async def end(self) -> None:
        """Ends every operation and waits until its generators are closed."""
        for operation_id in list(self._operations):
            await self._end(operation_id)

    async def _read_init(self) -> Secret | None:
        while True:
            match await self._read():
                case Init(bearer):
                    return bearer
                case Subscribe():
                    raise Violation(4401, "Unauthorized")
                case Ping():
                    await self._send({"type": "pong"})

    async def _read(self) -> Message:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received["code"])
        return read_message(received.get("text"))

    async def _send(self, message: dict[str, Any]) -> None:
        text = orjson.dumps(message).decode()
        async with self._sending:
            if not self._is_closed:
                try:
                    await self._websocket.send_text(text)
                except WebSocketDisconnect:
                    self._is_closed = True
                    raise

    async def _begin(self, operation_id: str, operation: GraphQLRequestData) -> None:
        if operation_id in self._operations:
            raise Violation(4409, "Subscriber already exists")
        context = self._new_context(self._bearer)
        if len(self._operations) >= MOST_OPERATIONS:
            text = f"A socket carries {MOST_OPERATIONS} subscriptions at most."
            await self._fail(operation_id, refusal(BAD_USER_INPUT, text, context.origin.request_id))
            return
        self._place.work()
        carried = self._carry(operation_id, operation, context)
        self._operations[operation_id] = asyncio.create_task(carried, name="subscription")

    async def _end(self, operation_id: str) -> None:
        task = self._forget(operation_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _forget(self, operation_id: str) -> asyncio.Task[None] | None:
        task = self._operations.pop(operation_id, None)
        if not self._operations:
            self._place.rest()
        return task

    async def _carry(self, operation_id: str, operation: GraphQLRequestData, context: Context) -> None:
        try:
            await self._follow(operation_id, operation, context)
        except WebSocketDisconnect:
            pass  # the reading side is told too, and ends everything
        except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
            await self._fail(operation_id, internal(defect, context.origin.request_id))

    async def _follow(self, operation_id: str, operation: GraphQLRequestData, context: Context) -> None:
        async with aclosing(follow(self._schema, operation, context)) as steps:
            async for step in steps:
                if step.is_end:
                    await self._fail(operation_id, step.payload)
                    for code in step.codes:
                        if code in CLOSES:
                            await self.close(*CLOSES[code])
                    return
                await self._send({"id": operation_id, "type": "next", "payload": step.payload})
        self._forget(operation_id)
        await self._send({"id": operation_id, "type": "complete"})

    async def _fail(self, operation_id: str, answer: dict[str, Any]) -> None:
        # Forgotten first: who reads this may use the id again.
        self._forget(operation_id)
        await self._send({"id": operation_id, "type": "error", "payload": answer["errors"]})
