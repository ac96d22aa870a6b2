"""Who may ask what the schema is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import parse

from credentials.model import Role
from server.introspection import is_introspection
from server.negotiation import GRAPHQL_JSON
from store.opening import embedded_path
from tests.api import PRODUCTION, codes, open_api

if TYPE_CHECKING:
    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKS = [
    "{ __schema { types { name } } }",
    '{ __type(name: "User") { name } }',
    "query ($n: String!) { a: __type(name: $n) { name } }",
    "{ ...F } fragment F on Query { __schema { types { name } } }",
    "{ ... { ... on Query { __schema { types { name } } } } }",
    "query A { serviceInfo { name } } query B { __schema { types { name } } }",
]
HARMLESS = [
    "{ __typename }",
    "{ serviceInfo { __typename name } }",
    "{ __schema: serviceInfo { name } }",
    "query __type { serviceInfo { name } } # __schema",
]


@ON_SQLITE
@pytest.mark.parametrize("document", ASKS)
async def test_in_production_introspection_is_for_administrators(world: World, document: str) -> None:
    """Nobody, a user, and a key of a user's rights are refused alike; an administrator and their key are not.

    Whoever asked before: a document that an administrator sent is known and refused nevertheless.
    Planted: an empty list of errors taken for a decision, the first operation alone; seen to fail.
    """
    await world.admin()
    admin = (await world.signed_in("root")).access_token
    key = await world.made_key(await world.caller("root"))
    await world.user()
    mary = (await world.signed_in()).access_token
    name = "A" if "query A" in document else None
    body = {"query": document, "variables": {"n": "User"}, "operationName": name}
    async with open_api(world, None, **PRODUCTION) as api:

        async def ask(token: Secret | None) -> tuple[int, list[str]]:
            headers = {"accept": GRAPHQL_JSON}
            if token is not None:
                headers["authorization"] = f"Bearer {token.reveal()}"
            answer = await api.http.post("/graphql", json=body, headers=headers)
            return answer.status_code, codes(answer.json())

        for caller in (None, admin, key, None, mary, admin):
            refused = caller in (None, mary)
            assert await ask(caller) == ((400, ["GRAPHQL_VALIDATION_FAILED"]) if refused else (200, []))


@ON_SQLITE
@pytest.mark.parametrize("document", HARMLESS)
async def test_what_only_looks_like_it_is_answered(world: World, document: str) -> None:
    """`__typename`, an alias, a name and a comment ask for nothing."""
    async with open_api(world, None, **PRODUCTION) as api:
        assert "errors" not in await api.call(document)


@ON_SQLITE
async def test_a_demoted_administrator_is_refused(world: World) -> None:
    """The rights are those that are stored now, whatever the token says."""
    await world.admin()
    await world.admin("other")
    token = (await world.signed_in("root")).access_token
    async with open_api(world, None, **PRODUCTION) as api:
        assert "errors" not in await api.call(ASKS[0], None, token)
        await world.change("root", turn=False, is_admin=False, roles=[Role.USER])
        assert codes(await api.call(ASKS[0], None, token)) == ["GRAPHQL_VALIDATION_FAILED"]


@ON_SQLITE
async def test_in_development_anyone_may_ask(world: World) -> None:
    """The explorer needs it before anybody has signed in."""
    async with open_api(world) as api:
        for document in ASKS[:2]:
            assert "errors" not in await api.call(document)


@ON_SQLITE
async def test_without_the_database_nobody_passes(world: World, database_url: Secret) -> None:
    """Where the rights cannot be read, the answer is INTERNAL and not the schema."""
    await world.admin()
    token = (await world.signed_in("root")).access_token
    path = embedded_path(database_url)
    assert path is not None
    away = path.with_suffix(".away")
    async with open_api(world, None, **PRODUCTION) as api:
        path.rename(away)
        answer = await api.call(ASKS[0], None, token)
        away.rename(path)
        assert codes(answer) == ["INTERNAL"]
        assert "data" not in answer


def test_a_document_without_operations_asks_nothing() -> None:
    """A definition of a type is no question."""
    assert not is_introspection(parse("type A { b: Int }"))
