"""The mark of what is secret, and the fields that carry it."""

from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.schema_directive import Location

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField


@strawberry.schema_directive(
    locations=[Location.INPUT_FIELD_DEFINITION, Location.FIELD_DEFINITION],
    description="The value is a secret: never logged, traced, echoed or cached.",
)
class Sensitive:
    """Marks an input or an output that carries a secret."""


def secret_field(description: str) -> Any:  # noqa: ANN401  as strawberry.field: the annotation says the type
    """A field with `@sensitive`, which the `repr` of its input or answer leaves out."""
    field: StrawberryField = strawberry.field(description=description, directives=[Sensitive()])
    field.repr = False
    return field
