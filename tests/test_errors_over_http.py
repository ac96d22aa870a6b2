"""Every error code and hostile text, over real HTTP: typed answers, never INTERNAL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import Role
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from tests.api import codes, open_api
from tests.text_inputs import CASES, operation
from tests.world import NEW_PASSWORD, OPERATOR, origin

if TYPE_CHECKING:
    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: What a text may hold by mistake or malice; the longest that fits the body with the rest.
HOSTILE = ["\ud800", "\0", "", "\u202e\n{", "x" * 60_000]


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
                answer = await api.post(*operation(case, number, sent), token)
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
