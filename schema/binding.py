"""The walk over the built schema that stops the start where a root field is not guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry.types.base import get_object_definition

from schema.guards import Guard
from schema.paths import GuardError

if TYPE_CHECKING:
    import strawberry
    from strawberry.types.field import StrawberryField


def root_fields(schema: strawberry.Schema) -> list[StrawberryField]:
    """Every field of Query, Mutation and Subscription."""
    roots = [root for root in (schema.query, schema.mutation, schema.subscription) if root is not None]
    return [field for root in roots for field in get_object_definition(root, strict=True).fields]


def guard_of(field: StrawberryField) -> Guard:
    """The one guard of a root field.

    Raises:
        GuardError: There is none, there are several, or something would run before it.
    """
    guards = [extension for extension in field.extensions if isinstance(extension, Guard)]
    if len(guards) != 1:
        message = f"{field.python_name}: a root field has exactly one guard, this has {len(guards)}."
        raise GuardError(message)
    if field.extensions[-1] is not guards[0]:
        message = f"{field.python_name}: the guard is listed last, so that it runs first."
        raise GuardError(message)
    return guards[0]


def bind_guards(schema: strawberry.Schema) -> None:
    """Binds the guard of every root field.

    Raises:
        GuardError: A field is not guarded as it must be; one guard serves two fields.
    """
    seen: list[Guard] = []
    for field in root_fields(schema):
        guard = guard_of(field)
        if any(guard is other for other in seen):
            message = f"{field.python_name}: a guard belongs to one field."
            raise GuardError(message)
        seen.append(guard)
        guard.bind(field)
