"""Documents that were valid before are neither parsed nor validated again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLError, parse

from schema import build_schema
from server.known_documents import LONGEST, MOST_CHARACTERS, KnownDocuments, Recognise
from server.operation_choice import OperationChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode

pytestmark = pytest.mark.anyio

VALID = "{ serviceInfo { name } }"


class Counted(KnownDocuments):
    """Counts what is found."""

    hits = 0

    def find(self, text: str) -> DocumentNode | None:
        """As the base; counts."""
        found = super().find(text)
        self.hits += found is not None
        return found


async def run(known: KnownDocuments, text: str, name: str | None = None) -> list[GraphQLError] | None:
    """The errors of an operation, as the application runs it."""
    schema = build_schema([OperationChoice, partial(Recognise, known)])
    return (await schema.execute(text, operation_name=name)).errors


async def test_the_second_time_is_recognised() -> None:
    """A valid document is found when it comes again, with the same answer."""
    known = Counted()
    assert [await run(known, VALID) for _ in range(3)] == [None, None, None]
    assert known.hits == 2


@pytest.mark.parametrize(
    "text", ["{ serviceInfo { nope } }", "{ serviceInfo {", '{ __type(name: "User") { name } }']
)
async def test_the_invalid_and_the_talkative_are_not_kept(text: str) -> None:
    """A document that is refused is refused again; one that holds a text is never kept.

    Planted: without the look for a quotation mark; seen to fail.
    """
    known = Counted()
    first, second = await run(known, text), await run(known, text)
    assert (first is None) == (second is None)
    assert known.hits == 0


async def test_what_another_extension_refuses_stays_refused() -> None:
    """A known document of two operations still needs the name of one.

    Planted: setting the errors whatever stood there; seen to fail.
    """
    known, text = Counted(), "query A { serviceInfo { name } } query B { serviceInfo { version } }"
    assert await run(known, text, "A") is None
    assert await run(known, text)
    assert known.hits == 1


def texts() -> Iterator[str]:
    """Different documents, each nearly as long as is kept."""
    for number in range(100):
        yield f"query Q{number} {{ serviceInfo {{ name {'name ' * (LONGEST // 6)} }} }}"


def test_memory_is_bounded() -> None:
    """The oldest go when there are too many; too long a one is not kept at all."""
    known, document = KnownDocuments(), parse(VALID)
    for text in texts():
        known.keep(text, document)
        known.keep(text, document)
    kept = [text for text in texts() if known.find(text)]
    assert 0 < sum(map(len, kept)) <= MOST_CHARACTERS
    assert kept == list(texts())[-len(kept) :]
    known.keep("#" * (LONGEST + 1), document)
    assert known.find("#" * (LONGEST + 1)) is None


def test_the_one_in_use_stays() -> None:
    """What is asked for again and again outlives what was asked for once."""
    known, document = KnownDocuments(), parse(VALID)
    known.keep(VALID, document)
    for text in texts():
        known.keep(text, document)
        assert known.find(VALID) is document
