"""The schema as a whole: its SDL, its descriptions, and that it starts only when every field is guarded."""

import asyncio
import importlib.metadata
import subprocess
import sys
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryObjectDefinition

import schema as schema_package
from schema import build_schema, print_sdl
from schema.binding import bind_guards, guard_of, root_fields
from schema.context import Context, Info
from schema.guards import AdminOnly, Guard, Public, SelfOnly
from schema.inputs.opened import Input
from schema.inputs.reset import ResetProof
from schema.inputs.selectors import UserSelector
from schema.mutation.sign_in import SignInInput
from schema.paths import GuardError, bare
from schema.sensitive import Sensitive
from schema.token_guard import Admission, TokenAuth, TokenPurpose

ROOT = Path(__file__).resolve().parent.parent
CORE = build_schema()._schema  # noqa: SLF001  graphql-core's own schema is what introspection shows


def test_schema_graphql_is_the_printed_schema() -> None:
    """`schema.graphql` holds what the code says: after a change, `make schema` writes it anew."""
    assert (ROOT / "schema.graphql").read_text() == print_sdl()


def test_the_package_prints_its_sdl() -> None:
    """`python -m schema` prints the SDL and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "schema"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == print_sdl()
    assert not done.stderr


def test_a_second_schema_is_the_same() -> None:
    """Building the schema again changes nothing: a guard is shown once."""
    assert print_sdl() == print_sdl()


def described(type_: GraphQLNamedType) -> list[tuple[str, str | None]]:
    """Every part of a type with its description."""
    parts = [(type_.name, type_.description)]
    if isinstance(type_, GraphQLEnumType):
        parts += [(f"{type_.name}.{name}", value.description) for name, value in type_.values.items()]
    if isinstance(type_, GraphQLInputObjectType):
        parts += [(f"{type_.name}.{name}", field.description) for name, field in type_.fields.items()]
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            parts.append((f"{type_.name}.{name}", field.description))
            parts += [(f"{type_.name}.{name}({arg})", one.description) for arg, one in field.args.items()]
    return parts


def test_everything_is_described() -> None:
    """Every type, field, argument, enum value and directive says in a sentence what it is."""
    parts = [
        part
        for type_ in CORE.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
        for part in described(type_)
    ]
    for directive in CORE.directives:
        if not is_specified_directive(directive):
            parts.append((f"@{directive.name}", directive.description))
            parts += [(f"@{directive.name}({arg})", one.description) for arg, one in directive.args.items()]
    assert len(parts) > 400
    assert [name for name, description in parts if not description or description[-1] not in ".:}"] == []


def test_introspection_knows_the_guards() -> None:
    """The directives of the SDL are in the schema that introspection shows."""
    assert {"public", "selfOnly", "adminOnly", "tokenAuth", "sensitive"} <= {
        directive.name for directive in CORE.directives
    }


def test_every_result_is_an_outcome() -> None:
    """Every member of every result union implements Outcome, so that a script can always ask for it."""
    outcome = CORE.type_map["Outcome"]
    assert isinstance(outcome, GraphQLInterfaceType)
    unions = [type_ for type_ in CORE.type_map.values() if isinstance(type_, GraphQLUnionType)]
    assert len(unions) == 19
    for union in unions:
        assert union.name.endswith("Result")
        for member in union.types:
            assert outcome in member.interfaces


def test_every_root_field_has_one_guard() -> None:
    """Queries, mutations and subscriptions are all guarded."""
    fields = root_fields(build_schema())
    assert len(fields) == 33
    assert all(isinstance(guard_of(field), Guard) for field in fields)


def test_secrets_are_marked() -> None:
    """Every text that is named for a secret carries `@sensitive`, on the way in and out."""
    words = ("password", "token", "code", "apiKey", "temporaryPassword")
    unmarked = []
    for type_ in CORE.type_map.values():
        definition = type_.extensions.get("strawberry-definition")
        if not isinstance(definition, StrawberryObjectDefinition):
            continue
        for field in definition.fields:
            directives = [type(directive) for directive in field.directives]
            if bare(field.type) is str and field.name.endswith(words) and Sensitive not in directives:
                unmarked.append(f"{type_.name}.{field.name}")
    assert unmarked == ["FieldProblem.code"]  # a problem's code


def test_a_secret_does_not_show_in_a_repr() -> None:
    """What an input or an answer holds is printed without its secrets, in a traceback's locals for one.

    Planted: `secret_field` without `repr = False`; seen to fail.
    """
    given = SignInInput(login="ann", password="hunter2")  # noqa: S106  a word of the test
    assert repr(given) == "SignInInput(login='ann')"
    assert given.password == "hunter2"  # noqa: S105  the same


async def admit_all(_context: Context, _given: object) -> Admission:
    """Admits every secret; the file is a stand-in for a place in the queue: it is closed in the end."""
    return BytesIO()


@strawberry.input
class Given:
    """An input with a secret, a selector, and a text that is neither."""

    user: strawberry.Maybe[UserSelector | None]
    proof: ResetProof
    text: str
    secret: str = strawberry.field(directives=[Sensitive()])


async def yes(data: Input[Given], plain: int = 1) -> bool:
    """Says that it was reached."""
    return data.text == "" and plain == 1


def schema_with(*extensions: FieldExtension) -> strawberry.Schema:
    """A schema whose one field has these extensions."""

    @strawberry.type
    class Query:
        field: bool = strawberry.field(resolver=yes, extensions=list(extensions))

    return strawberry.Schema(Query)


class Other(FieldExtension):
    """An extension that is no guard."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[bool]], source: object, info: Info, **kwargs: object
    ) -> bool:
        """Passes on."""
        return await next_(source, info, **kwargs)


def token_auth(path: str) -> TokenAuth:
    """A guard whose secret lies at `path`."""
    return TokenAuth(token=path, purpose=TokenPurpose.PASSWORD_RESET, admit=admit_all)


def named(guards: list[FieldExtension]) -> str:
    """The same name in every test process: what a guard is, and the path that it checks."""
    return " ".join(
        f"{type(guard).__name__}:{getattr(guard, 'subject', None) or getattr(guard, 'token', '')}"
        for guard in guards
    )


@pytest.mark.parametrize(
    "guards",
    [
        [Public()],
        [AdminOnly()],
        [SelfOnly()],
        [SelfOnly(subject="input.user")],
        [token_auth("input.secret")],
        [token_auth("input.proof")],
        [token_auth("input.proof.token")],
        [Other(), Public()],
    ],
    ids=named,
)
def test_a_field_that_is_guarded_starts(guards: list[FieldExtension]) -> None:
    """One guard, listed last, whose path names what it guards."""
    bind_guards(schema_with(*guards))


@pytest.mark.parametrize(
    "guards",
    [
        [],
        [Other()],
        [Public(), AdminOnly()],
        [Public(), Other()],  # Other would run before the guard
        [SelfOnly(subject="input.nobody")],
        [SelfOnly(subject="input.user.nobody")],
        [SelfOnly(subject="nothing.user")],
        [SelfOnly(subject="input")],
        [SelfOnly(subject="plain.user")],
        [SelfOnly(subject="input.text")],  # not a selector
        [token_auth("input.text")],  # not a secret
        [token_auth("input.user")],  # a choice of what is no secret
        [token_auth("input.proof.nothing")],
        [token_auth("")],
    ],
    ids=named,
)
def test_a_field_that_is_not_guarded_stops_the_start(guards: list[FieldExtension]) -> None:
    """No guard, several, one that is not first to run, or a path that names nothing to guard.

    Planted: `guard_of` without the check of the place, and `bind` of TokenAuth left out; seen to fail.
    """
    with pytest.raises(GuardError):
        bind_guards(schema_with(*guards))


@pytest.mark.parametrize("guards", [[Other(), Public()], [token_auth("input.secret")]], ids=named)
def test_a_bound_field_answers(guards: list[FieldExtension]) -> None:
    """What starts also runs: the body is reached through its guard."""
    schema = schema_with(*guards)
    bind_guards(schema)
    context = SimpleNamespace(passes={})
    document = '{ field(input: {text: "", secret: "s", proof: {token: "t"}}) }'
    assert asyncio.run(schema.execute(document, context_value=context)).data == {"field": True}


def test_a_guard_belongs_to_one_field() -> None:
    """A guard that two fields share would check the path of one for both: it stops the start."""
    guard = Public()

    @strawberry.type
    class Query:
        one: bool = strawberry.field(resolver=yes, extensions=[guard])
        two: bool = strawberry.field(resolver=yes, extensions=[guard])

    with pytest.raises(GuardError, match="belongs to one field"):
        bind_guards(strawberry.Schema(Query))


def test_the_schema_comes_from_this_repository() -> None:
    """No installed package of the same name is found first."""
    assert Path(schema_package.__file__ or "").parent == ROOT / "schema"
    assert importlib.metadata.version("strawberry-graphql")
