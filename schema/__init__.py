"""The GraphQL face: guards, types, one field for each use case."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql.execution.executor import Executor as GraphQLExecutor
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema_directive import StrawberrySchemaDirective
from strawberry.types import ExecutionContext

from schema.binding import bind_guards
from schema.mutation import Mutation
from schema.query import Query
from schema.rules import Rule, Rules
from schema.scalars import SCALARS
from schema.subscription import Subscription


class Executor(StrawberryGraphQLCoreExecutionContext):
    """An executor that looks for no names to suggest where variables do not fit.

    Strawberry leaves that on. Nobody would see them, and fifty searches took 40 ms.
    """

    # Python keeps up to thirty attributes of an object without a dictionary of its own, which takes 1 KiB;
    # graphql-core and Strawberry have 32.
    __slots__ = ("groups", "operation_extensions", "streams", "tasks")

    @classmethod
    def build(cls, *args: Any, **given: Any) -> list[GraphQLError] | GraphQLExecutor[Any]:
        """Reads the variables; a list of errors where they do not fit."""
        return super().build(*args, **given | {"hide_suggestions": True})

    def build_response(self, data: dict[str, Any] | None) -> Any:  # noqa: ANN401  as graphql-core
        """Answers, and holds itself no more.

        It would stay until Python looks for garbage, and the variables with it: passwords, as they were sent.
        """
        answer = super().build_response(data)
        self.async_helpers = None  # type: ignore[assignment]  # its own methods
        return answer


class Schema(strawberry.Schema):
    """A schema that logs nothing by itself.

    Strawberry's own log would repeat the document and what was sent, inline passwords included; the
    endpoint logs what it masks.
    """

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leaves the errors to the endpoint."""
        del errors, execution_context

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> Rules:
        """Runs the rules of an operation."""
        return Rules(execution_context, extensions)

    def describe_directives(self) -> None:
        """Gives the arguments of our directives their descriptions, which Strawberry leaves out."""
        for directive in self._schema.directives:
            definition = directive.extensions.get("strawberry-definition")
            if isinstance(definition, StrawberrySchemaDirective):
                for field in definition.fields:
                    name = self.config.name_converter.get_graphql_name(field)
                    directive.args[name].description = field.description


def build_schema(extensions: Sequence[Callable[[], Rule]] = ()) -> Schema:
    """Builds the schema and binds every guard.

    Args:
        extensions: What the server runs around each operation, such as its limits and caches.

    Raises:
        GuardError: A root field is not guarded as it must be; the server does not start.
    """
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=extensions,
        execution_context_class=Executor,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
    schema.describe_directives()
    bind_guards(schema)
    return schema


def print_sdl() -> str:
    """The schema in GraphQL's definition language, types in alphabetical order: `schema.graphql`."""
    return build_schema().as_str() + "\n"
