"""Input paths: where a value lies, however deep, and how it is dropped."""

import asyncio

import pytest
import strawberry
from strawberry.types.base import get_object_definition
from strawberry.types.maybe import Some

from schema.inputs.opened import Input
from schema.inputs.selectors import UserSelector
from schema.paths import InputPath, compile_path


@strawberry.input
class Inner:
    """Holds a selector."""

    the_user: strawberry.Maybe[UserSelector | None]


@strawberry.input
class Outer:
    """Holds what holds a selector."""

    inner: strawberry.Maybe[Inner | None]


async def field(data: Input[Outer]) -> bool:
    """Whether something is left of the input."""
    return data.inner is not None


@strawberry.type
class Query:
    """One field."""

    field: bool = strawberry.field(resolver=field)


@pytest.fixture
def path() -> InputPath:
    """The path to a selector two levels down."""
    return compile_path(get_object_definition(Query, strict=True).fields[0], "input.inner.theUser")


def test_a_path_is_compiled_to_python_names(path: InputPath) -> None:
    """The names of the SDL are found again in Python, the argument's alias too."""
    assert path.steps == ("data", "inner", "the_user")
    assert path.leaf.python_name == "the_user"
    answer = asyncio.run(strawberry.Schema(Query).execute("{ field(input: {inner: {theUser: null}}) }"))
    assert answer.data == {"field": True}


def test_a_value_is_read_and_dropped(path: InputPath) -> None:
    """What was given is read through every `Some`; afterwards it is gone and nothing else."""
    selector = UserSelector(id=Some(strawberry.ID("u1")), username=None, email_address=None)
    inner = Inner(the_user=Some(selector))
    kwargs: dict[str, object] = {"data": Outer(inner=Some(inner))}
    assert path.read(kwargs) is selector
    path.drop(kwargs)
    assert path.read(kwargs) is None
    assert inner.the_user is None


@pytest.mark.parametrize(
    "inner", [None, Some(None), Some(Inner(the_user=None)), Some(Inner(the_user=Some(None)))]
)
def test_a_value_that_was_not_given_is_none(path: InputPath, inner: Some[Inner | None] | None) -> None:
    """Left out or null, at any level: None is read, and dropping it does nothing."""
    kwargs: dict[str, object] = {"data": Outer(inner=inner)}
    assert path.read(kwargs) is None
    path.drop(kwargs)
    assert path.read(kwargs) is None
