"""Which operation of a document runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.masking import NO_OPERATION
from tests.api import open_api

if TYPE_CHECKING:
    from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
TWO = "query A { serviceInfo { name } } query B { passwordPolicy { minLength } }"


async def _answer(world: World, query: str, name: str | None) -> dict[str, Any]:
    async with open_api(world) as api:
        sent = await api.http.post("/graphql", json={"query": query, "operationName": name})
        answer: dict[str, Any] = sent.json()
        return answer


async def test_the_named_one_runs(world: World) -> None:
    """Of two operations the one that is named runs; a single one needs no name."""
    assert "serviceInfo" in (await _answer(world, TWO, "A"))["data"]
    assert "passwordPolicy" in (await _answer(world, TWO, "B"))["data"]
    assert "serviceInfo" in (await _answer(world, "{ serviceInfo { name } }", None))["data"]
    assert "serviceInfo" in (await _answer(world, "query A { serviceInfo { name } }", None))["data"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (TWO, None),
        (TWO, "hunter2"),
        (TWO, ""),
        ("{ serviceInfo { name } }", "hunter2"),
        ("{ serviceInfo { name } } { passwordPolicy { minLength } }", None),
        ("fragment F on ServiceInfo { name }", None),
    ],
)
async def test_none_runs_where_none_is_chosen(world: World, query: str, name: str | None) -> None:
    """Several without a name, and a name that there is not, are refused, and the name is not repeated.

    Planted: without OperationChoice the first of two ran; seen to fail.
    """
    answer = await _answer(world, query, name)
    assert "data" not in answer
    assert {error["message"] for error in answer["errors"]} == {NO_OPERATION}
    assert "hunter2" not in str(answer)
