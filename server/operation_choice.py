"""Which operation of a document runs: the only one, or the one that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLError, OperationDefinitionNode

from schema.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator


class OperationChoice(Rule):
    """Refuses a document of several operations where none is named (GraphQL, 6.1 `GetOperation`).

    Strawberry runs the first one.
    """

    def begin(self) -> None:
        """Notes whether the request names one: once the document is parsed, the first one's name is said."""
        self._is_named = self.execution_context.operation_name is not None

    def on_validate(self) -> Iterator[None]:
        """Refuses before anything is validated."""
        document = self.execution_context.graphql_document
        definitions = () if document is None else document.definitions
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        if len(operations) > 1 and not self._is_named:
            self.execution_context.pre_execution_errors = [GraphQLError("Name an operation.", operations)]
        yield
