"""`schema.Executor`, which runs one operation."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest

from schema import Executor, build_schema

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Python does not look for garbage: what is held by itself alone stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("document", ["{ __typename }", "query ($a: Int!) { __typename @skip(if: $a) }"])
def test_an_operation_leaves_nothing_behind(document: str) -> None:
    """What was sent with it, passwords too, is gone with its answer, whether it ran or not.

    Planted: graphql-core's own answer, which leaves the executor in a circle with its methods; seen to fail.
    """
    schema = build_schema()
    answer = asyncio.run(schema.execute(document, {"a": "a secret"}))
    assert (answer.errors is None) == (document == "{ __typename }")
    assert [each for each in gc.get_objects() if isinstance(each, Executor)] == []
