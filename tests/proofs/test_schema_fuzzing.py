"""Documents that schemathesis makes from the schema, right ones and wrong ones, to a running server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import StringValueNode, Visitor, parse, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, graphql
from schemathesis.core.result import Ok

from schema import print_sdl
from tests.proofs.strangers import PROXIED, Strangers, stranger
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphql import Node
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from tests.servers import RunningServer

    Operations = dict[str, APIOperation[Any, Any, Any, Any]]

#: For each root field: enough to meet each of its arguments, few enough for a suite of minutes.
EXAMPLES = 10
#: Libraries below, and the words of their traces; what an error says may hold none.
FOREIGN = (
    *("strawberry", "graphql-core", "graphql.", "starlette", "uvicorn", "sqlalchemy", "sqlite", "asyncpg"),
    *("argon2", "pyjwt", "python", "traceback", '.py"', "exception", "0x7f"),
)
#: What is shorter stands in our own words by chance.
LONG_ENOUGH = 6
#: Where an answer speaks in words of its own: all below these names.
TOLD = ("errors", "message", "heading", "meta", "fields", "lastError")

for scalar in ("DateTime", "JSON", "EpochSeconds"):
    graphql.scalar(scalar, st.text(max_size=30).map(graphql.nodes.String) | st.just(graphql.nodes.Null))
MODES = [GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def operations(number: int) -> Operations:
    """Every root field but the subscriptions, of each @oneOf input one member: several would be refused."""

    def one_of(found: re.Match[str]) -> str:
        members = re.findall(r"^  (\w+): (\w+)", found[2], re.MULTILINE)
        name, kind = members[number % len(members)]
        return f"input {found[1]} {{ {name}: {kind}! }}"

    sdl = re.sub(r"input (\w+) @oneOf \{(.*?)\n\}", one_of, print_sdl(), flags=re.DOTALL)
    found = [each.ok() for each in graphql.from_file(sdl).get_all_operations() if isinstance(each, Ok)]
    return {operation.label: operation for operation in found}


#: No @oneOf here has more members.
OPERATIONS = [operations(number) for number in range(3)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server in development, with its log at debug."""
    folder: Path = tmp_path_factory.mktemp("fuzzing")
    with server_process(folder, **PROXIED, REKEY_LOG_LEVEL="debug") as running:
        yield running


@pytest.fixture(scope="module")
def strangers(server: RunningServer) -> Iterator[Strangers]:
    """Who signs the administrator in."""
    asking = Strangers(server)
    yield asking
    asking.close()


@pytest.mark.parametrize("label", OPERATIONS[0])
def test_no_document_breaks_it(server: RunningServer, strangers: Strangers, label: str) -> None:
    """Each answer is JSON below 500 without INTERNAL; no error names a library or repeats what was sent.

    Planted: graphql-core's own texts in `errors`; an assertion on an empty text; each seen to fail.
    """
    bearers = [None, strangers.signed_in()]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), st.sampled_from(OPERATIONS), st.sampled_from(MODES), st.sampled_from(bearers))
    def ask(data: st.DataObject, chosen: Operations, mode: GenerationMode, bearer: str | None) -> None:
        case = data.draw(chosen[label].as_strategy(generation_mode=mode))
        headers = {"x-forwarded-for": stranger()}
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        answer = case.call(base_url=f"{server.url}/graphql", headers=headers)
        assert answer.status_code < 500
        check(answer.json(), case)

    ask()


def check(answer: dict[str, Any], case: Case[Any]) -> None:
    """Looks at all that an answer says in words of its own."""
    assert answer.keys() <= {"data", "errors"}
    assert "INTERNAL" not in [error["extensions"]["code"] for error in answer.get("errors", ())]
    told = json.dumps(list(words(answer)), ensure_ascii=False).lower()
    assert [name for name in FOREIGN if name in told] == []
    assert [text for text in sent(case) if text.lower() in told] == []


def words(answer: object) -> Iterator[object]:
    """What stands below the names where errors and refusals are told."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name in TOLD:
                yield value
            else:
                yield from words(value)
    elif isinstance(answer, list):
        for each in answer:
            yield from words(each)


class Texts(Visitor):
    """Gathers the texts of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Keeps one that is long enough to be told from our own words."""
        if len(node.value) >= LONG_ENOUGH:
            self.found.add(node.value)


def sent(case: Case[Any]) -> set[str]:
    """The texts in a document that was sent."""
    texts = Texts()
    document: Node = parse(str(case.body))
    visit(document, texts)
    return texts.found
