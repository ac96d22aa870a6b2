"""A subscription as a stream of server-sent events, one for each request.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "Distinct connections mode".
What is wrong with the document, or with the caller, is told in the stream, as that protocol asks for: a
`next` with the errors, then `complete`. Only what is no GraphQL request at all gets a status of its own.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import StreamingResponse

from server.masking import internal
from server.negotiation import EVENT_STREAM

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from starlette.types import Receive, Scope, Send

    from server.streams import Place
    from server.subscribing import Step

#: HTML, 9.2.7 advises a comment "every 15 seconds or so": proxies cut a silent connection, and who is gone is
#: found out by sending.
KEEP_ALIVE_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would wait for a page of events


class EventStream(StreamingResponse):
    """The answer to one subscription.

    Ends with `complete` where the subscription has ended. Where the process drains it ends without: the
    client knows that there is more, and asks again.

    Args:
        steps: the subscription, not begun.
        place: freed at the end.
        stopping: set when the process drains.
        request_id: for the log.
        keep_alive_seconds: how long it may be silent.
    """

    def __init__(
        self,
        steps: AsyncGenerator[Step, None],
        place: Place,
        stopping: asyncio.Event,
        request_id: str,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        super().__init__((), headers=_HEADERS, media_type=EVENT_STREAM)
        self._steps = steps
        self._place = place
        self._stopping = stopping
        self._request_id = request_id
        self._keep_alive_seconds = keep_alive_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends events until the subscription ends, the client is gone or the process drains."""
        del scope
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            await send(start)
            parts = (self._pump(send), _until_gone(receive), self._stopping.wait())
            tasks = [asyncio.ensure_future(part) for part in parts]
            try:
                while not await _first_of(tasks, self._keep_alive_seconds):
                    await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
        finally:
            self._place.free()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, send: Send) -> None:
        try:
            async with aclosing(self._steps):
                async for step in self._steps:
                    await _event(send, "next", step.payload)
        except Exception as defect:  # noqa: BLE001  whatever it is, the text is ours and the log has the id
            await _event(send, "next", internal(defect, self._request_id))
        await _event(send, "complete", None)


async def _event(send: Send, name: str, payload: dict[str, Any] | None) -> None:
    data = b"" if payload is None else orjson.dumps(payload)
    body = b"event: %s\ndata: %s\n\n" % (name.encode(), data)
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    await receive()  # the body was read before: all that can come is the end


async def _first_of(tasks: Sequence[asyncio.Future[Any]], seconds: float) -> bool:
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)
