"""Every error code and hostile text, over real HTTP: typed answers, never INTERNAL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from credentials.model import Role
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from schema import print_sdl
from tests.api import codes, open_api
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCHEMA: GraphQLSchema = build_schema(print_sdl())
#: What a text may hold by mistake or malice; the longest that fits the body with the rest.
HOSTILE = ["\ud800", "\0", "", "\u202e\n{", "x" * 60_000]
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


def _operation(case: Case, number: int, sent: object) -> tuple[str, dict[str, Any]]:
    kind = case.field.args[case.argument].type
    document = f"{case.kind} ($v: {kind}) {{ {case.name}({case.argument}: $v) {{ __typename }} }}"
    return document, {"v": _with(kind, _fitting(kind, "", number), case.path, sent)}


async def test_every_text_of_the_schema_is_tried() -> None:
    """The cases come from the SDL: these are among them."""
    tried = {(case.name, *case.path) for case in CASES}
    assert tried >= {
        ("signIn", "password"),
        ("resetPassword", "proof", "code"),
        ("users",),
        ("createUser", "preferences"),
        ("updateUser", "user", "emailAddress"),
        ("createApiKey", "expiresAt"),
    }


@pytest.mark.parametrize("text", HOSTILE, ids=["surrogate", "NUL", "empty", "controls", "long"])
async def test_no_text_is_a_defect(world: World, text: str) -> None:
    """An administrator sends it as every text of every query and mutation: no answer is INTERNAL.

    Planted: resolvers.selectors.storable giving the text back; seen to fail.
    """
    await world.admin()
    await world.user()
    await world.system(pbx_id="exchange")
    token = (await world.signed_in("root")).access_token
    async with open_api(world) as api:
        for number, case in enumerate(CASES):
            for sent in [text, {text[:99]: [text]}] if case.scalar == "JSON" else [text]:
                answer = await api.post(*_operation(case, number, sent), token)
                assert answer.status_code == 200, (case.name, case.path, answer.text)
                assert "INTERNAL" not in codes(answer.json()), (case.name, case.path)
        assert (await api.call("{ me { username } }", None, token))["data"] == {"me": {"username": "root"}}


@ON_SQLITE
@pytest.mark.parametrize("literal", ["9" * 30, "1e400", "9" * 5000, "$v", "{a: $v}", "[[$v]]", "-0", "1.5"])
async def test_no_json_literal_is_a_defect(world: World, literal: str) -> None:
    """Numbers beyond every range, and half of a character in a variable inside a JSON value."""
    await world.admin()
    token = (await world.signed_in("root")).access_token
    variable = "($v: String!)" if "$v" in literal else ""
    document = (
        f'mutation {variable} {{ createUser(input: {{username: "a", emailAddress: "a@example.org", '
        f"preferences: {{x: {literal}}}}}) {{ __typename }} }}"
    )
    async with open_api(world) as api:
        answer = await api.call(document, {"v": "\ud800"} if variable else None, token)
        assert "INTERNAL" not in codes(answer), answer
        listed = await api.call("{ users { edges { node { preferences } } } }", None, token)
        assert "errors" not in listed


async def test_deep_values_are_no_defect(world: World) -> None:
    """A JSON value as deep as the body lets it be is stored and shown again, or refused."""
    await world.admin()
    token = (await world.signed_in("root")).access_token
    document = (
        'mutation ($v: JSON!) { createUser(input: {username: "a", emailAddress: "a@example.org", '
        "preferences: $v}) { __typename } }"
    )
    async with open_api(world) as api:
        for depth in (100, 250, 300, 500, 900):
            value: dict[str, Any] = {}
            for _ in range(depth):
                value = {"x": value}
            answer = await api.call(document, {"v": value}, token)
            assert "INTERNAL" not in codes(answer), (depth, answer)
        assert "errors" not in await api.call("{ users { edges { node { preferences } } } }", None, token)


async def _key(world: World, role: Role) -> Secret:
    made = await create_api_key(world.services, origin(), OPERATOR, "portal", role, None)
    assert isinstance(made, ApiKeyCreated), made
    return made.api_key


@ON_SQLITE
async def test_every_refusal_of_a_caller_has_its_code(world: World) -> None:
    """Nobody, somebody else, and an administrator who signed in too long ago are told apart."""
    await world.admin()
    await world.user()
    mary = (await world.signed_in()).access_token
    root = (await world.signed_in("root")).access_token
    make_key = 'mutation { createApiKey(input: {name: "portal", role: USER}) { __typename } }'
    async with open_api(world) as api:
        assert codes(await api.call(make_key)) == ["UNAUTHENTICATED"]
        assert codes(await api.call(make_key, None, mary)) == ["FORBIDDEN"]
        assert codes(await api.call(make_key, None, await _key(world, Role.ADMIN))) == ["FORBIDDEN"]
        assert codes(await api.call("{ users(first: 0) { totalCount } }", None, root)) == ["BAD_USER_INPUT"]
        world.chance.forward(timedelta(minutes=14))
        fresh = (await world.signed_in("root")).access_token
        world.chance.forward(timedelta(minutes=14))
        assert "errors" not in await api.call(make_key, None, fresh)
    old = world.with_rules(admin_reauth_age=timedelta(minutes=10))
    async with open_api(world, old) as api:
        assert codes(await api.call(make_key, None, fresh)) == ["REAUTHENTICATION_REQUIRED"]


@ON_SQLITE
async def test_the_application_is_named_once(world: World) -> None:
    """T2: apiKey and the X-Api-Key header may agree; two different ones are INVALID_INPUT."""
    key = (await _key(world, Role.USER)).reveal()
    document = (
        'mutation ($k: String) { requestPasswordReset(input: {emailAddress: "a@example.org", apiKey: $k}) '
        "{ __typename ... on Problem { code fields { field code } } } }"
    )
    async with open_api(world) as api:
        agree = await api.post(document, {"k": key}, x_api_key=key)
        assert agree.json()["data"]["requestPasswordReset"]["__typename"] == "RequestPasswordResetSuccess"
        differ = await api.post(document, {"k": key}, x_api_key="other")
        refused = differ.json()["data"]["requestPasswordReset"]
    assert refused["code"] == "INVALID_INPUT"
    assert refused["fields"] == [{"field": "apiKey", "code": "DIFFERS"}]
    assert key not in differ.text


@ON_SQLITE
async def test_a_required_key_is_required(world: World) -> None:
    """T2: without a live key the public reset mutations are UNAUTHENTICATED, and with one they are not."""
    services = world.with_rules(require_api_key=True)
    key = (await _key(world, Role.USER)).reveal()
    reset = f'mutation {{ resetPassword(input: {{proof: {{token: "x"}}, newPassword: "{NEW_PASSWORD}"}}) '
    async with open_api(world, services) as api:
        for document in (
            'mutation { requestPasswordReset(input: {emailAddress: "a@example.org"}) { __typename } }',
            reset + "{ __typename } }",
        ):
            assert codes((await api.post(document)).json()) == ["UNAUTHENTICATED"]
            assert codes((await api.post(document, x_api_key="wrong")).json()) == ["UNAUTHENTICATED"]
            assert "errors" not in (await api.post(document, x_api_key=key)).json()
