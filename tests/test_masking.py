"""What `errors` says: our own texts, whatever was sent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    NameNode,
    OperationDefinitionNode,
    SourceLocation,
    parse,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType
from structlog.testing import capture_logs

from server.gate import MOST_FAULTS
from server.masking import INTERNAL, NO_OPERATION, NO_SUBSCRIPTION, internal, mask, no_operation, refusal
from store.faults import StoreUnavailable
from tests.api import Api, codes, open_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import World

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Letters only, so that it can stand anywhere; long enough not to be in a text by chance.
SECRETS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=24).map("Zq".__add__)
#: Where a secret may be put by mistake, in the document itself; SECRET is replaced.
DOCUMENTS = [
    'mutation { signIn(input: {login: "mary", SECRET: "SECRET"}) { __typename } }',
    'mutation { signIn(input: {login: "mary", password: SECRET}) { __typename } }',
    "mutation { signIn(input: SECRET) { __typename } }",
    'mutation { signIn(input: "SECRET") { __typename } }',
    'mutation { signIn(input: ["SECRET"]) { __typename } }',
    'mutation { signIn(SECRET: "SECRET") { __typename } }',
    'mutation { SECRET(input: {password: "SECRET"}) { __typename } }',
    'mutation { signIn(input: {login: "mary", password: "SECRET") { __typename } }',
    'mutation { signIn(input: {login: "mary", password: "SECRET}) { __typename } }',
    'mutation { signIn(input: {login: "mary", password: ["SECRET"]}) { __typename } }',
    'mutation { signIn(input: {login: "mary", password: {a: {b: "SECRET"}}}) { __typename } }',
    'mutation { signIn(input: {login: "mary", login: "SECRET", password: "SECRET"}) { __typename } }',
    'mutation { signIn(input: {login: "mary"}) @SECRET { __typename } }',
    'mutation { signIn(input: {login: "mary", password: $SECRET}) { __typename } }',
    'mutation ($x: SECRET) { signIn(input: {login: "mary", password: $x}) { __typename } }',
    "mutation ($x: SECRET) { signOut { __typename } }",
    'mutation ($x: Int = "SECRET") { signOut { __typename } }',
    "mutation { signOut { ... on SECRET { message } } }",
    "mutation { signOut { ...SECRET } }",
    "fragment SECRET on Mutation { signOut { __typename } }",
    'query { user(by: {username: "SECRET", emailAddress: "SECRET"}) { id } }',
    'query { user(by: {SECRET: "SECRET"}) { id } }',
    'query { users(first: "SECRET") { totalCount } }',
    "query { systems(status: SECRET) { totalCount } }",
    'query { systems(status: "SECRET") { totalCount } }',
    'query { users(after: "SECRET") { totalCount } }',
    "SECRET",
    '"SECRET"',
    "query SECRET { SECRET } query SECRET { SECRET }",
]
#: The same in variables: the operation, and what `v` is made of the secret.
VARIABLES: list[tuple[str, Any]] = [
    ("mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }", {"login": "m", "SECRET": "SECRET"}),
    (
        "mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }",
        {"login": "m", "password": ["SECRET"]},
    ),
    ("mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }", {"password": "SECRET"}),
    ("mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }", "SECRET"),
    ("mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }", ["SECRET"]),
    (
        "mutation ($v: SignInInput!) { signIn(input: $v) { __typename } }",
        {"SECRET": [{"SECRET": ["SECRET"]}]},
    ),
    ("mutation ($v: [SignInInput!]!) { signIn(input: $v) { __typename } }", "SECRET"),
    ("query ($v: UserSelector!) { user(by: $v) { id } }", {"username": "SECRET", "emailAddress": "SECRET"}),
    ("query ($v: UserSelector!) { user(by: $v) { id } }", {"username": None, "emailAddress": "SECRET"}),
    ("query ($v: UserSelector!) { user(by: $v) { id } }", {"SECRET": "SECRET"}),
    ("query ($v: UserSelector!) { user(by: $v) { id } }", {}),
    ("query ($v: SystemStatus) { systems(status: $v) { totalCount } }", "SECRET"),
    ("query ($v: Int!) { users(first: $v) { totalCount } }", "SECRET"),
    ("query ($v: Int!) { users(first: $v) { totalCount } }", 2**53),
    ("query ($v: String) { users(after: $v) { totalCount } }", {"SECRET": 1}),
    ("mutation ($v: DateTime) { updateUser(input: {passwordExpiresAt: $v}) { __typename } }", "SECRET"),
    ("query ($w: Int) { serviceInfo { name } }", "SECRET"),
]


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """A client of the application."""
    async with open_api(world) as opened:
        yield opened


def _filled(template: Any, secret: str) -> Any:  # noqa: ANN401  any JSON value
    match template:
        case str():
            return template.replace("SECRET", secret)
        case list():
            return [_filled(each, secret) for each in template]
        case dict():
            return {_filled(name, secret): _filled(each, secret) for name, each in template.items()}
    return template


async def _answers(api: Api, secret: str, index: int) -> str:
    if index < len(DOCUMENTS):
        answer = await api.call(_filled(DOCUMENTS[index], secret))
    else:
        document, value = VARIABLES[index - len(DOCUMENTS)]
        answer = await api.call(document, {"v": _filled(value, secret)})
    assert answer["errors"]
    assert INTERNAL not in codes(answer)
    return str(answer)


@pytest.mark.anyio
@ON_SQLITE
@pytest.mark.parametrize("index", range(len(DOCUMENTS) + len(VARIABLES)))
async def test_nothing_that_was_sent_is_repeated(
    api: Api, index: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A secret in a wrong place is neither in the answer nor in any log at DEBUG, and is no defect.

    Planted: error.message for our text; strawberry.Schema.process_errors (it logs); each seen to fail.
    """
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        answer = await _answers(api, "Zqhuntertwohunter", index)
    for shown in (answer, str(logged), caplog.text, *capfd.readouterr()):
        assert "Zqhuntertwohunter" not in shown


@ON_SQLITE
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRETS, index=st.integers(0, len(DOCUMENTS) + len(VARIABLES) - 1))
@pytest.mark.anyio
async def test_no_secret_is_repeated(api: Api, secret: str, index: int) -> None:
    """Whatever the secret is, and wherever it stands, the answer does not hold it."""
    assert secret not in await _answers(api, secret, index)


@pytest.mark.anyio
@ON_SQLITE
@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{a" * 5000, None, "DOCUMENT_REFUSED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int) { serviceInfo { name } }", {"x": 1}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int!) { users(first: $x) { totalCount } }", {"x": "1"}, "BAD_USER_INPUT"),
        ("query ($x: Int!) { users(first: $x) { totalCount } }", {}, "BAD_USER_INPUT"),
        ("query ($x: Int) { users(first: $x) { totalCount } }", {"x": None}, "BAD_USER_INPUT"),
        ("query ($x: UserSelector!) { user(by: $x) { id } }", {"x": {}}, "BAD_USER_INPUT"),
        ("{ me { id } }", None, "UNAUTHENTICATED"),
    ],
)
async def test_each_kind_has_its_code(
    api: Api, document: str, variables: dict[str, Any] | None, code: str
) -> None:
    """What cannot be parsed, does not fit the schema, or does not fit a type is told apart."""
    assert codes(await api.call(document, variables)) == [code]


@pytest.mark.anyio
@ON_SQLITE
async def test_the_list_of_faults_ends(api: Api) -> None:
    """A document with more faults than are counted is told so after the first few."""
    answer = await api.call("{" + " x" * 100 + "}")
    assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"] * (MOST_FAULTS + 1)
    assert answer["errors"][-1]["message"] == "The document has too many faults to be told."


def test_a_place_is_told_where_there_is_one() -> None:
    """Line and column are the document's; an error without them says none."""
    document = parse("{ me }")
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    entry = mask(GraphQLError("hunter2", field), "id")
    assert entry["message"] == "The document does not fit the schema at line 1, column 3."
    assert entry["locations"] == [{"line": 1, "column": 3}]
    nowhere = mask(GraphQLError("hunter2", FieldNode(name=NameNode(value="x"))), "id")
    assert nowhere["message"] == "The document does not fit the schema."
    assert "locations" not in nowhere
    assert SourceLocation(1, 3) == GraphQLError("x", field).locations[0]  # type: ignore[index]  # it has one


@pytest.mark.parametrize(
    "error",
    [
        GraphQLError("hunter2", original_error=ValueError("hunter2")),
        GraphQLError("hunter2", path=["me"], original_error=ValueError("hunter2")),
        GraphQLError("hunter2", path=["me", 0], original_error=GraphQLError("hunter2")),
        GraphQLError("hunter2", path=["me"]),
    ],
)
def test_a_defect_is_masked_and_logged_with_its_request(error: GraphQLError) -> None:
    """The answer says INTERNAL and the request's id; the log has the id, the path and the exception.

    A result that does not fit its type is a defect too, though graphql-core says it like an argument's.
    """
    with capture_logs() as logged:
        entry = mask(error, "r1")
    assert entry["extensions"] == {"code": "INTERNAL", "requestId": "r1"}
    assert entry["message"] == "Internal error."
    (line,) = logged
    assert line["event"] == "request.defect"
    assert line["request_id"] == "r1"
    assert line["path"] == (None if error.path is None else ".".join(map(str, error.path)))
    assert line["exc_info"] is (error.original_error or error)


@pytest.mark.parametrize(
    ("cause", "code", "text"),
    [
        (InvalidOperationTypeError(OperationType.MUTATION), "BAD_USER_INPUT", NO_SUBSCRIPTION),
        (CannotGetOperationTypeError("hunter2"), "GRAPHQL_VALIDATION_FAILED", NO_OPERATION),
    ],
)
def test_what_is_not_streamed_is_no_defect(cause: Exception, code: str, text: str) -> None:
    """An operation of another kind, or none, has a text of ours, and nothing is logged."""
    with capture_logs() as logged:
        entry = mask(GraphQLError(str(cause), original_error=cause), "r1")
    assert entry == {"message": text, "extensions": {"code": code}}
    assert logged == []


def test_a_database_that_is_gone_is_logged_by_its_reason() -> None:
    """No frames are needed for what the operator has to mend."""
    with capture_logs() as logged:
        mask(GraphQLError("x", path=["me"], original_error=StoreUnavailable("gone")), "r1")
    assert [(line["event"], line["reason"]) for line in logged] == [("request.store_unavailable", "gone")]


def test_whole_answers() -> None:
    """A refusal, a failure of the endpoint, and a name that chooses nothing have the same form."""
    assert refusal("BAD_USER_INPUT", "No.", "r1") == {
        "errors": [{"message": "No.", "extensions": {"code": "BAD_USER_INPUT", "requestId": "r1"}}]
    }
    with capture_logs() as logged:
        assert internal(ValueError("hunter2"), "r1") == refusal("INTERNAL", "Internal error.", "r1")
    assert logged[0]["request_id"] == "r1"
    assert codes(no_operation()) == ["GRAPHQL_VALIDATION_FAILED"]
    assert NO_OPERATION in str(no_operation())
