"""Every text that the schema takes: each argument and each input's member that a caller writes freely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from schema import print_sdl
from tests.world import NEW_PASSWORD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: GraphQLSchema = build_schema(print_sdl())
#: What is sent where it is not the field under test: by the field's name, else by its type.
FITTING: dict[str, Any] = {
    "login": "root",
    "password": PASSWORD,
    "oldPassword": PASSWORD,
    "newPassword": NEW_PASSWORD,
    "repeatNewPassword": NEW_PASSWORD,
    "role": "USER",
    "UserSelector": {"username": "mary"},
    "SystemSelector": {"pbxId": "exchange"},
    "ResetProof": {"token": "fitting"},
}


class Case(NamedTuple):
    """One text of one root field: its argument, its path there, and its scalar."""

    kind: str
    name: str
    field: GraphQLField
    argument: str
    path: tuple[str, ...]
    scalar: str


def _texts(kind: Any) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ANN401  any type
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from (((name, *path), scalar) for path, scalar in _texts(field.type))
    elif isinstance(named, GraphQLScalarType) and named.name in ("String", "ID", "DateTime", "JSON"):
        yield (), named.name


def _cases() -> Iterator[Case]:
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            for argument, given in field.args.items():
                for path, scalar in _texts(given.type):
                    yield Case(kind, name, field, argument, path, scalar)


CASES = list(_cases())


def _fitting(kind: Any, name: str, number: int) -> Any:  # noqa: ANN401  any type, any JSON value
    """What fits, a name being another for each case."""
    named = get_named_type(kind)
    known = FITTING.get(name, FITTING.get(named.name))
    if known is not None:
        return known
    if isinstance(named, GraphQLInputObjectType):
        return {
            each: _fitting(field.type, each, number)
            for each, field in named.fields.items()
            if isinstance(field.type, GraphQLNonNull) and field.default_value is None
        }
    return f"fitting-{number}@example.org" if name == "emailAddress" else f"fitting-{number}"


def _with(kind: Any, value: Any, path: tuple[str, ...], sent: object) -> Any:  # noqa: ANN401  any JSON value
    if not path:
        return sent
    named = get_named_type(kind)
    assert isinstance(named, GraphQLInputObjectType)
    inner = named.fields[path[0]].type
    kept = {} if named.is_one_of else value
    return {**kept, path[0]: _with(inner, kept.get(path[0]) or {}, path[1:], sent)}


def operation(case: Case, number: int, sent: object) -> tuple[str, dict[str, Any]]:
    """A document that sends this as the one text, and its variables; `number` makes its names its own."""
    kind = case.field.args[case.argument].type
    document = f"{case.kind} ($v: {kind}) {{ {case.name}({case.argument}: $v) {{ __typename }} }}"
    return document, {"v": _with(kind, _fitting(kind, "", number), case.path, sent)}
