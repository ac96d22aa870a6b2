"""One subscription, whatever carries it: each result with its errors masked, and how it ended."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.errors import Denied
from server.masking import mask

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from strawberry.http import GraphQLRequestData
    from strawberry.schema import BaseSchema
    from strawberry.types import ExecutionResult

    from schema.context import Context


@dataclass(frozen=True, slots=True)
class Step:
    """What a subscription says next.

    Attributes:
        payload: `data`, and `errors` where there are some.
        is_end: it failed, at its start or later; `payload` has the errors alone and nothing follows.
    """

    payload: dict[str, Any]
    is_end: bool

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [error["extensions"]["code"] for error in self.payload.get("errors", ())]


async def has_one_answer(schema: BaseSchema, operation: GraphQLRequestData) -> bool:
    """Whether it is a query or a mutation; False too where that cannot be told. Nothing runs."""
    try:
        # No kind is allowed: all it does is to tell the kind.
        await schema.execute(
            operation.query,
            operation_name=operation.operation_name,
            allowed_operation_types=(),
            operation_extensions=operation.extensions,
        )
    except InvalidOperationTypeError as error:
        return error.operation_type is not OperationType.SUBSCRIPTION
    except CannotGetOperationTypeError:
        return False
    return False  # it cannot be parsed, or is not looked at


async def follow(
    schema: BaseSchema, operation: GraphQLRequestData, context: Context
) -> AsyncGenerator[Step, None]:
    """Runs a subscription; any other operation is refused and not run.

    To be closed by cancelling the task that waits for the next step and awaiting it: that closes the
    generators behind it, innermost first.
    """
    results = await schema.subscribe(
        operation.query,
        variable_values=operation.variables,
        context_value=context,
        operation_name=operation.operation_name,
        operation_extensions=operation.extensions,
    )
    try:
        async with aclosing(results):
            async for result in results:
                yield _step(result, context.origin.request_id)
                # Neither a source that is never empty nor a peer that takes all of it keeps others waiting.
                await asyncio.sleep(0)
    except Denied as denied:  # it was refused before it was parsed
        yield Step({"errors": [mask(denied, context.origin.request_id)]}, is_end=True)


def _step(result: ExecutionResult, request_id: str) -> Step:
    errors = [mask(error, request_id) for error in result.errors or ()]
    # What the source raised has no path; what a field of one event raised has one, and the next may be well.
    is_end = isinstance(result, PreExecutionError) or (
        result.data is None and not any(error.path for error in result.errors or ())
    )
    if is_end:
        return Step({"errors": errors}, is_end=True)
    payload: dict[str, Any] = {"data": result.data}
    if errors:
        payload["errors"] = errors
    return Step(payload, is_end=False)
