"""Who hangs up is no longer worked for: the request is cancelled, and its place in the hashing queue is free.

What is being written is written to its end all the same, and an attempt that was counted stays counted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from starlette.types import Scope

_NAME = "rekey.hang_up"


class HangUp:
    """The block in which a task answers a request; `happened` says that the client went away meanwhile.

    Args:
        scope: the request's, where the connection finds it.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self.happened = False

    def __enter__(self) -> Self:
        self._scope[_NAME] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        del self._scope[_NAME]
        return self.happened and kind is asyncio.CancelledError

    def cancel(self) -> None:
        """Ends the block: nobody is there to be answered."""
        self.happened = True
        self._task.cancel()


def hang_up(scope: Mapping[str, object]) -> None:
    """Tells a request's block, if it has one under way, that the client has gone."""
    block = scope.get(_NAME)
    if isinstance(block, HangUp):
        block.cancel()
