"""The document gate."""

from __future__ import annotations

from dataclasses import fields

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, get_introspection_query, parse, specified_rules
from hypothesis import example, given
from hypothesis import strategies as st

from schema import build_schema
from schema.errors import Denied
from server.gate import (
    DOCUMENT_REFUSED,
    LIMITS,
    MOST_FAULTS,
    MOST_LINES,
    MOST_TOKENS,
    Gate,
    faults_of,
    parser_limit,
    why_refused,
)
from server.gate_measure import Size
from server.hosted_documents import hosted_documents
from server.known_documents import KnownDocuments, Recognise
from server.masking import mask
from server.operation_choice import OperationChoice

pytestmark = pytest.mark.anyio

SCHEMA = build_schema([OperationChoice, Gate])
#: As clients send it: with everything that may be asked for.
INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)


def many(text: str, times: int) -> str:
    """A selection of so many of these."""
    return "{ " + f"{text} " * times + "}"


def exactly(limit: str, most: int) -> str:
    """A document that has so many of what a limit counts, and little of all else."""
    return {
        "definitions": " ".join(f"query Q{number} {{ a }}" for number in range(most)),
        "depth": "{ a " * most + "}" * most,
        "fields": f"{{ ...A ...A }} fragment A on Query {many('a', most // 2)}",
        "aliases": many("a: a", most),
        "directives": f"{{ a }} fragment A on Query {'@a ' * most} {{ a }}",
        "spreads": many("... { a }", most),
        "repeats": many("a { b }", most + 1),
    }[limit]


@pytest.mark.parametrize("limit", [each.name for each in fields(Size)])
def test_each_limit_is_kept_to_the_last(limit: str) -> None:
    """What a limit allows passes; one more (of fields, two) is refused, by the limit's name and figure.

    Planted: >= for >; seen to fail.
    """
    most = getattr(LIMITS, limit)
    assert why_refused(parse(exactly(limit, most))) is None
    reason = why_refused(parse(exactly(limit, most + 2 if limit == "fields" else most + 1)))
    assert reason is not None
    assert f" {most} " in reason
    assert reason.startswith("The document is too large: ")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_are_bounded(end: str) -> None:
    """However empty: to say where errors are, all were read again for each, 30 in a third of a second.

    Planted: not counted; seen to fail.
    """
    most = MOST_LINES // len(end)
    assert why_refused(parse("{ a }" + end * most)) is None
    assert "2,000 lines" in (why_refused(parse("{ a }" + end * (most + 1))) or "")


@pytest.mark.parametrize(
    "text",
    [
        "mutation { a b }",
        "mutation { a: a b: a }",
        "mutation { ...F } fragment F on Mutation { a }",
        "mutation { ... { a } }",
        "mutation { ... on Mutation { a b } }",
        "mutation A { a } mutation B { a b }",
        "query Q { a } mutation M { a b }",
        "subscription { a b }",
        "subscription { ...F } fragment F on Subscription { a }",
    ],
)
def test_a_mutation_has_one_root_field(text: str) -> None:
    """Several guesses in one request, under whatever disguise, are refused together.

    Planted: one fragment taken for one field, and only the first operation; seen to fail.
    """
    assert (why_refused(parse(text)) or "").endswith("one field at its root, in no fragment.")


@pytest.mark.parametrize(
    "text", ["mutation { a }", "mutation { x: a { ...F } } fragment F on A { b c }", "{ a b c ... { d } }"]
)
def test_one_root_field_passes(text: str) -> None:
    """One field under any name, with fragments below it; a query may have several."""
    assert why_refused(parse(text)) is None


@pytest.mark.parametrize("text", [INTROSPECTION, get_introspection_query(), *hosted_documents()])
def test_what_clients_send_passes(text: str) -> None:
    """The introspection query and the documents of our own pages keep every limit, and are valid."""
    document = parse(text, max_tokens=MOST_TOKENS)
    assert faults_of(document, SCHEMA._schema, tuple(specified_rules)) == []  # noqa: SLF001  as the gate does


async def faults(text: str) -> list[str]:
    """The codes of an operation's errors, as the endpoint masks them."""
    result = await SCHEMA.execute(text)
    return [mask(error, "id")["extensions"]["code"] for error in result.errors or ()]


@pytest.mark.parametrize(
    "text",
    [
        "{ serviceInfo { " + "name " * MOST_TOKENS + "} }",
        "#\n" * (MOST_TOKENS + 1) + "{ serviceInfo { name } }",
        "{a" * 5000,
        "{ users(search: " + "[" * 500 + "]" * 500 + ") { totalCount } }",
        exactly("depth", 21),
        "mutation { a: signOut { __typename } b: signOut { __typename } }",
    ],
)
async def test_what_is_too_large_is_refused_by_one_code(text: str) -> None:
    """Whether the parser or the walk finds it: DOCUMENT_REFUSED, and nothing of the document in the text.

    Planted: no bound on the parser's tokens; seen to fail.
    """
    result = await SCHEMA.execute(text)
    assert result.data is None
    assert result.errors
    (error,) = result.errors
    entry = mask(error, "id")
    assert entry["extensions"]["code"] == DOCUMENT_REFUSED
    assert entry["message"].startswith("The document is ")
    assert "signOut" not in entry["message"]


async def test_the_gate_comes_before_the_rules() -> None:
    """What breaks a limit is not validated: it has no other fault."""
    assert await faults(many("nothing { x }", 400)) == [DOCUMENT_REFUSED]


async def test_few_faults_are_told() -> None:
    """The work for a document of faults ends after some of them."""
    told = await faults(many("nothing", 100))
    assert told == ["GRAPHQL_VALIDATION_FAILED"] * (MOST_FAULTS + 1)


async def test_no_names_are_sought_that_were_meant() -> None:
    """Neither for what a document misspells nor for its variables.

    Planted: Strawberry's own executor; seen to fail.
    """
    members = "mutation { updateUser(input: {emailAdres: 1}) { __typename } }"
    variables = "mutation ($i: UpdateUserInput!) { updateUser(input: $i) { __typename } }"
    for text, given_ in (("{ mee { id } }", None), (members, None), (variables, {"i": {"emailAdres": 1}})):
        result = await SCHEMA.execute(text, given_)
        assert result.errors
        assert "Did you mean" not in str(result.errors)


async def test_strawberrys_own_rules_are_kept() -> None:
    """What is `@oneOf` and what may be left out but not be null is checked, as without the gate.

    Planted: graphql-core's rules alone; seen to fail.
    """
    both = '{ user(by: {id: "a", username: "b"}) { id } }'
    null = 'mutation { updateUser(input: {user: {id: "a"}, username: null}) { __typename } }'
    assert await faults(both) == ["GRAPHQL_VALIDATION_FAILED"]
    assert await faults(null) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_what_another_refused_is_left_alone() -> None:
    """A document of two operations, none of them named, has its own answer."""
    assert await faults("query A { nothing } query B { nothing }") == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_known_document_is_not_measured_again() -> None:
    """What is known is neither measured nor validated: one that could not pass runs, were it known.

    Planted: a gate that looks whatever was decided before; seen to fail.
    """
    known, text = KnownDocuments(), many("a", 600)
    schema = build_schema([lambda: Recognise(known), Gate])
    assert (await schema.execute(text)).errors
    known.keep(text, parse(text))
    assert (await schema.execute(text)).errors is None


async def test_a_name_without_documents_is_refused() -> None:
    """An operation that only names its document is told that none are kept."""
    result = await SCHEMA.execute(None)
    assert result.errors
    (error,) = result.errors
    assert isinstance(error, Denied)
    assert error.extensions == {"code": "BAD_USER_INPUT"}


def test_only_a_limit_is_one() -> None:
    """An ordinary slip is no broken limit."""
    with pytest.raises(GraphQLSyntaxError) as slip:
        parse("{")
    assert parser_limit(slip.value) is None


PIECES = [
    "{",
    "}",
    "a",
    "b: a",
    "...",
    "... on Q",
    "...F",
    "query",
    "mutation",
    "fragment F on Q",
    "@a",
    "(b: 1)",
]


@example("{ a }")
@given(
    st.lists(st.sampled_from(PIECES)).map(" ".join)
    | st.text(alphabet='{}()[]:!$@.#"\\ \nab_1,|&=', max_size=300)
)
def test_no_text_breaks_it(text: str) -> None:
    """Whatever can be parsed is measured; whatever cannot is a fault of the document."""
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLError:
        return
    why_refused(document)
