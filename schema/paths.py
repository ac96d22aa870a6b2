"""Input paths as the SDL writes them (`input.user`), compiled once against the built schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.maybe import Some

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

_NAMES = NameConverter()


class GuardError(Exception):
    """A root field is not guarded as it must be; the server does not start."""


@dataclass(frozen=True, slots=True)
class InputPath:
    """Where a value lies in a field's keyword arguments. `leaf` is the input field that it ends in."""

    steps: tuple[str, ...]
    leaf: StrawberryField

    def read(self, kwargs: dict[str, object]) -> object:
        """The value there, or None where it, or anything above it, was not given."""
        holder = self._holder(kwargs)
        return None if holder is None else _opened(getattr(holder, self.steps[-1]))

    def drop(self, kwargs: dict[str, object]) -> None:
        """Sets the value to None, so that the field's body cannot use it."""
        holder = self._holder(kwargs)
        if holder is not None:
            setattr(holder, self.steps[-1], None)

    def _holder(self, kwargs: dict[str, object]) -> object:
        argument, *between = self.steps[:-1]
        value = kwargs[argument]
        for step in between:
            value = None if value is None else _opened(getattr(value, step))
        return value


def compile_path(field: StrawberryField, text: str) -> InputPath:
    """Finds the input field that a dotted GraphQL path names below a field's arguments.

    Raises:
        GuardError: It names none.
    """
    first, *rest = text.split(".")
    argument = next((one for one in field.arguments if _NAMES.get_graphql_name(one) == first), None)
    if argument is None or not rest:
        raise GuardError(_names_nothing(field, text))
    found: list[StrawberryField] = []
    type_: object = argument.type
    for name in rest:
        leaf = _input_field(type_, name)
        if leaf is None:
            raise GuardError(_names_nothing(field, text))
        found.append(leaf)
        type_ = leaf.type
    return InputPath((argument.python_name, *(leaf.python_name for leaf in found)), found[-1])


def bare(type_: object) -> object:
    """The named type inside lists, optionals and `Maybe`."""
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    return type_


def _input_field(type_: object, name: str) -> StrawberryField | None:
    definition = get_object_definition(bare(type_))
    if definition is None:
        return None
    return next((one for one in definition.fields if _NAMES.get_graphql_name(one) == name), None)


def _opened(value: object) -> object:
    return value.value if isinstance(value, Some) else value


def _names_nothing(field: StrawberryField, text: str) -> str:
    return f"{_NAMES.get_graphql_name(field)}: the path {text} names no input field."
