"""`/graphql` over HTTP: status codes, media types, headers, and what a client is told of a defect."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, NewType

import pytest
import strawberry
from sqlalchemy import text
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from credentials.kinds import EventKind
from credentials.secret import Secret
from schema import Schema
from server.endpoint import Endpoint
from server.incoming import MAX_BEARER
from server.negotiation import GRAPHQL_JSON, JSON
from server.operation import MAX_BODY
from server.streams import Streams
from server.tracebacks import show_defect
from store.opening import embedded_path
from tests.api import CLIENT, PRODUCTION, codes, open_api, settings_for
from tests.direct import direct
from tests.test_operation import is_refused
from tests.world import PASSWORD

if TYPE_CHECKING:
    from starlette.types import Message

    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ME = "{ me { id username } }"
SIGN_IN = "mutation ($i: SignInInput!) { signIn(input: $i) { __typename } }"


@ON_SQLITE
async def test_others_go_on_before_it_runs(world: World) -> None:
    """An operation that reads nothing gives others a turn as well. Planted: no turn given."""
    turn = asyncio.Event()
    async with open_api(world) as api:
        asyncio.get_running_loop().call_soon(turn.set)
        await api.http.post("/graphql", json={"query": "{ serviceInfo { name } }"})
        assert turn.is_set()


@ON_SQLITE
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"])
async def test_only_post_is_answered(world: World, method: str) -> None:
    """Another method gets 405 and is told which one there is."""
    async with open_api(world) as api:
        answer = await api.http.request(method, "/graphql", params={"query": "{ serviceInfo { name } }"})
        assert is_refused(answer, 405)
        assert answer.headers["allow"] == "POST"


@ON_SQLITE
@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/event-stream", "multipart/mixed", "application/json;q=0", "text/event-stream;q=0"],
)
async def test_an_answer_that_the_client_cannot_take_is_not_made(world: World, accept: str) -> None:
    """406, and nothing is run: only a subscription is an event stream."""
    await world.user()
    async with open_api(world) as api:
        variables = {"i": {"login": "mary", "password": PASSWORD}}
        assert is_refused(await api.post(SIGN_IN, variables, accept=accept), 406)
    assert await world.events(EventKind.SIGNED_IN) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("{", 400),
        ("{ nothing }", 400),
        ("query A { me { id } } query B { me { id } }", 400),
        ("query ($x: Int!) { users(first: $x) { totalCount } }", 400),
        ("{ serviceInfo { name } }", 200),
        ("{ me { id } }", 200),
        ("{ users { totalCount } }", 200),
    ],
)
async def test_the_status_is_what_the_media_type_asks_for(world: World, document: str, status: int) -> None:
    """By `application/json` all that is well-formed is 200; else what never ran is 400, without data."""
    async with open_api(world) as api:
        old = await api.post(document, accept=JSON)
        new = await api.post(document, accept=GRAPHQL_JSON)
        assert (old.status_code, new.status_code) == (200, status)
        assert new.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
        assert ("data" in new.json()) == (status == 200)
        assert old.json() == new.json()
        assert old.headers["cache-control"] == new.headers["cache-control"] == "no-store"
        assert old.headers["x-request-id"] != new.headers["x-request-id"]


@ON_SQLITE
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON, "*/*"])
async def test_a_subscription_has_no_single_answer(world: World, accept: str) -> None:
    """406, and the client is told how to ask.

    Planted: Strawberry's own kinds for POST, which let it run; seen to fail.
    """
    async with open_api(world) as api:
        answer = await api.post("subscription { x }", accept=accept)
        assert is_refused(answer, 406)
        assert "text/event-stream" in answer.text


@ON_SQLITE
async def test_a_part_that_failed_leaves_the_rest(world: World) -> None:
    """One field is refused, the other answered."""
    document = "{ serviceInfo { name } me { id } users(first: 0) { totalCount } }"
    async with open_api(world) as api:
        answer = await api.call("{ serviceInfo { name } me { id } }")
        assert answer["data"] == {"serviceInfo": {"name": "Rekey"}, "me": None}
        assert codes(answer) == ["UNAUTHENTICATED"]
        assert answer["errors"][0]["path"] == ["me"]
        assert (await api.call(document))["data"] is None


@ON_SQLITE
async def test_the_bearer_is_read_strictly(world: World) -> None:
    """One scheme, in any case, and a token of a length that one may have; everything else is nobody.

    Planted: no bound on the length; seen to fail.
    """
    await world.user()
    token = (await world.signed_in()).access_token.reveal()
    async with open_api(world) as api:
        for header in (f"Bearer {token}", f"bearer  {token} "):
            answer = (await api.post(ME, authorization=header)).json()
            assert answer["data"]["me"]["username"] == "mary"
        long = f"Bearer {' ' * MAX_BEARER}{token}"
        for header in (token, f"Basic {token}", "Bearer", f"Bearer {token}x", long):
            assert codes((await api.post(ME, authorization=header)).json()) == ["UNAUTHENTICATED"]


@ON_SQLITE
async def test_public_and_token_fields_ignore_a_dead_bearer(world: World) -> None:
    """Signing in, asking for a reset and reading the policy work for a front end with an old token."""
    await world.user()
    dead = Secret("dead")
    reset = 'mutation { resetPassword(input: {proof: {token: "x"}, newPassword: "' + PASSWORD + '"}) '
    async with open_api(world) as api:
        signed = await api.call(SIGN_IN, {"i": {"login": "mary", "password": PASSWORD}}, dead)
        assert signed["data"]["signIn"]["__typename"] == "SignInSuccess"
        for document in (
            "{ passwordPolicy { minLength } serviceInfo { name } }",
            'mutation { requestPasswordReset(input: {emailAddress: "a@example.org"}) { __typename } }',
            reset + "{ __typename } }",
            'mutation { refreshSession(input: {refreshToken: "x"}) { __typename } }',
            'mutation { activateSystem(input: {pbxId: "x", activationCode: "1234"}) { __typename } }',
        ):
            assert "errors" not in await api.call(document, None, dead)


@ON_SQLITE
async def test_a_browser_is_shown_the_explorer_in_development_only(world: World) -> None:
    """A page by GET in development; in production the method is refused."""
    async with open_api(world) as api:
        page = await api.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
        assert page.status_code in (200, 503)  # fetched, or the page that says how to fetch it
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-request-id"]
    async with open_api(world, None, **PRODUCTION) as api:
        answer = await api.http.get("/graphql", headers={"accept": "text/html"})
        assert is_refused(answer, 405)


@ON_SQLITE
async def test_where_a_request_comes_from_is_kept(world: World) -> None:
    """The audit has the answer's id, the peer's address and the client's name."""
    await world.user()
    async with open_api(world) as api:
        variables = {"i": {"login": "mary", "password": PASSWORD}}
        answer = await api.post(SIGN_IN, variables, user_agent="curl/8")
    event = (await world.events())[-1]
    assert event.request_id == answer.headers["x-request-id"]
    assert (event.address, event.user_agent) == (CLIENT[0], "curl/8")


async def _break(world: World, database_url: Secret) -> None:
    """Changes a byte of a sealed XMPP password, as a bad disk does."""
    await world.user(jid_im="mary@localhost")
    broken = b"\0" * 60
    await direct(
        database_url,
        lambda connection: connection.execute(
            text("UPDATE xmpp_accounts SET sealed = :box"), {"box": broken}
        ),
    )


async def test_a_defect_is_masked_and_logged_once(
    world: World, database_url: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    """A row that was spoilt gives INTERNAL with the request's id and nothing of what went wrong.

    The log has one line with that id, and the frames without a value.
    """
    caplog.set_level(logging.DEBUG)
    await _break(world, database_url)
    token = (await world.signed_in()).access_token
    async with open_api(world) as api:
        with capture_logs() as logged:
            sent = await api.post("{ me { chatAccounts { jid jidPassword } } }", None, token)
    answer, request_id = sent.json(), sent.headers["x-request-id"]
    assert sent.status_code == 200
    assert answer["data"] == {"me": {"chatAccounts": [{"jid": "mary@localhost", "jidPassword": None}]}}
    (error,) = answer["errors"]
    assert error["message"] == "Internal error."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": request_id}
    (line,) = logged
    assert (line["event"], line["request_id"]) == ("request.defect", request_id)
    defect = line["exc_info"]
    shown = show_defect((type(defect), defect, defect.__traceback__))
    assert shown.endswith("SealBroken")
    for secret in (PASSWORD, token.reveal(), "mary"):
        assert secret not in shown + caplog.text


async def test_a_table_that_is_gone_is_internal(world: World, database_url: Secret) -> None:
    """No statement, no table and no driver is named; what does not need the table works."""
    admin = await world.admin()
    token = (await world.signed_in("root")).access_token
    assert admin.is_admin
    await direct(database_url, lambda connection: connection.execute(text("DROP TABLE api_keys")))
    async with open_api(world) as api:
        with capture_logs() as logged:
            sent = await api.post("{ apiKeys { edges { node { id } } } }", None, token)
        assert codes(sent.json()) == ["INTERNAL"]
        for name in ("api_keys", "SELECT", "sqlite", "asyncpg", "psycopg", "Traceback"):
            assert name not in sent.text
        assert [line["request_id"] for line in logged] == [sent.headers["x-request-id"]]
        assert (await api.call(ME, None, token))["data"]["me"]["username"] == "root"


@ON_SQLITE
async def test_a_database_that_is_away_is_internal_until_it_is_back(
    world: World, database_url: Secret
) -> None:
    """While the file is away every request that needs it is INTERNAL; the next one works."""
    await world.user()
    token = (await world.signed_in()).access_token
    path = embedded_path(database_url)
    assert path is not None
    away = path.with_suffix(".away")
    async with open_api(world) as api:
        path.rename(away)
        with capture_logs() as logged:
            assert codes(await api.call(ME, None, token)) == ["INTERNAL"]
            variables = {"i": {"login": "mary", "password": PASSWORD}}
            assert codes(await api.call(SIGN_IN, variables)) == ["INTERNAL"]
        assert {line["event"] for line in logged} == {"request.store_unavailable"}
        assert str(path) not in str(logged)
        away.rename(path)
        assert (await api.call(ME, None, token))["data"]["me"]["username"] == "mary"
        assert "errors" not in await api.call(SIGN_IN, variables)


Unwritable = NewType("Unwritable", int)


@strawberry.type
class Query:
    """A schema whose answer no JSON can hold."""

    @strawberry.field
    def number(self) -> Unwritable:
        """Beyond 64 bits."""
        return Unwritable(2**70)


UNWRITABLE = Schema(
    query=Query, config=StrawberryConfig(scalar_map={Unwritable: strawberry.scalar(name="Unwritable")})
)


async def _ask(endpoint: Endpoint, *messages: Message) -> list[Message]:
    """Runs the endpoint as a server would; `messages` are what comes in."""
    waiting, sent = list(messages), list[Any]()

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await endpoint(scope, receive, send)
    return sent


@ON_SQLITE
async def test_a_defect_of_the_endpoint_itself_is_masked_too(world: World) -> None:
    """An answer that cannot be written is 500 with our text, and logged with the id.

    Planted: without the last handler the server's own text went out; seen to fail.
    """
    endpoint = Endpoint(UNWRITABLE, world.services, settings_for(), Streams())
    with capture_logs() as logged:
        start, body = await _ask(
            endpoint, {"type": "http.request", "body": b'{"query": "{ number }"}', "more_body": False}
        )
    assert start["status"] == 500
    assert b'"Internal error."' in body["body"]
    assert logged[0]["request_id"].encode() in body["body"]


@ON_SQLITE
async def test_a_client_that_hangs_up_is_not_answered(world: World) -> None:
    """Half a body and then nobody: nothing is sent, nothing is logged."""
    endpoint = Endpoint(UNWRITABLE, world.services, settings_for(), Streams())
    with capture_logs() as logged:
        half: Message = {"type": "http.request", "body": b'{"query"', "more_body": True}
        assert await _ask(endpoint, half, {"type": "http.disconnect"}) == []
    assert logged == []


@ON_SQLITE
async def test_the_body_bound_is_the_contracts(world: World) -> None:
    """64 KiB."""
    del world
    assert MAX_BODY == 65_536
