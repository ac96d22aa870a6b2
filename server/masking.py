"""What `errors` says: a code and a text of our own. graphql-core's texts repeat what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
)
from graphql.language import print_ast
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from schema.errors import BAD_USER_INPUT, Denied
from server.gate import DOCUMENT_REFUSED, parser_limit
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"
NO_OPERATION = "The document has no operation that can be chosen so."
NO_SUBSCRIPTION = "Only subscriptions are streamed; ask by POST for an answer in JSON."

_log = structlog.get_logger()


def mask(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """One entry of `errors`: where it is, and what kind; never a value, a library's name or a trace."""
    code, message = _describe(error)
    extensions: dict[str, Any] = {"code": code}
    if code == INTERNAL:
        extensions["requestId"] = request_id
        path = None if error.path is None else ".".join(map(str, error.path))
        _log_defect(error.original_error or error, request_id, path)
    entry: dict[str, Any] = {"message": message, "extensions": extensions}
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        entry["path"] = list(error.path)
    return entry


def refusal(code: str, message: str, request_id: str | None = None) -> dict[str, Any]:
    """A whole answer for a request that never became an operation, or (without an id) was none at all."""
    extensions = {"code": code} if request_id is None else {"code": code, "requestId": request_id}
    return {"errors": [{"message": message, "extensions": extensions}]}


def internal(defect: Exception, request_id: str) -> dict[str, Any]:
    """A whole answer where the endpoint itself failed; the defect is in the log."""
    _log_defect(defect, request_id, None)
    return refusal(INTERNAL, "Internal error.", request_id)


def no_operation() -> dict[str, Any]:
    """A whole answer where `operationName` chooses nothing that may run."""
    return {"errors": [{"message": NO_OPERATION, "extensions": {"code": VALIDATION_FAILED}}]}


def _describe(error: GraphQLError) -> tuple[str, str]:
    cause = error if isinstance(error, Denied) else error.original_error
    if isinstance(cause, Denied):
        return str((cause.extensions or {})["code"]), cause.message
    if isinstance(error, GraphQLSyntaxError):
        limit = parser_limit(error)
        if limit is not None:
            return DOCUMENT_REFUSED, limit
        return PARSE_FAILED, f"The document cannot be parsed{_place(error)}."
    if error.path is not None:
        return _describe_field(cause)
    if cause is not None and not error.nodes:
        return _describe_kind(cause)
    return _describe_request(error, error.nodes or ())


def _describe_kind(cause: Exception) -> tuple[str, str]:
    if isinstance(cause, InvalidOperationTypeError):
        return BAD_USER_INPUT, NO_SUBSCRIPTION
    if isinstance(cause, CannotGetOperationTypeError):
        return VALIDATION_FAILED, NO_OPERATION
    return INTERNAL, "Internal error."


def _describe_field(cause: Exception | None) -> tuple[str, str]:
    # An argument that does not fit names its place in the document; a result that does not, names none.
    if isinstance(cause, GraphQLError) and cause.nodes:
        return BAD_USER_INPUT, "An argument of this field does not fit its type."
    return INTERNAL, "Internal error."


def _describe_request(error: GraphQLError, nodes: Sequence[object]) -> tuple[str, str]:
    if isinstance(error, ValidationAbortedError):
        return VALIDATION_FAILED, "The document has too many faults to be told."
    if not nodes:
        return BAD_USER_INPUT, "What was sent does not fit the types of the schema."
    match nodes:
        case [VariableDefinitionNode(variable=variable, type=kind)] if _was_coerced(error, variable):
            text = f"The variable ${variable.name.value} does not fit its type {print_ast(kind)}."
            return BAD_USER_INPUT, text
    if all(isinstance(node, OperationDefinitionNode) for node in nodes):
        return VALIDATION_FAILED, NO_OPERATION
    return VALIDATION_FAILED, f"The document does not fit the schema{_place(error)}."


def _was_coerced(error: GraphQLError, variable: VariableNode) -> bool:
    # Only after the whole validation is a value looked at: by then the type is one of the schema's.
    return not error.message.startswith(f"Variable '${variable.name.value}' is never used")


def _place(error: GraphQLError) -> str:
    if not error.locations:
        return ""
    first = error.locations[0]
    return f" at line {first.line}, column {first.column}"


def _log_defect(defect: Exception, request_id: str, path: str | None) -> None:
    if isinstance(defect, StoreUnavailable):
        _log.error("request.store_unavailable", request_id=request_id, path=path, reason=str(defect))
        return
    _log.error("request.defect", request_id=request_id, path=path, exc_info=defect)
