"""The explorer: its files over HTTP, its example operations, and the page in a real Chromium."""

import asyncio
import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import strawberry
import uvicorn
from graphql import (
    FieldNode,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    build_schema,
    is_input_type,
    parse,
    type_from_ast,
    validate,
)
from graphql.utilities import coerce_input_value
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.explorer import OWN_NAMES, PAGES, explorer_is_fetched, explorer_page, explorer_routes
from server.explorer_files import FETCHED_NAMES, VENDOR
from tests.browser import Browser, chromium, missing_explorer
from tests.requirements import require

SDL = Path(__file__).parent.parent / "schema.graphql"
OPERATIONS = (PAGES / "operations.graphql").read_text(encoding="utf-8")
ROOM = 20_000  # milliseconds for what takes a second on an idle machine


@strawberry.type
class Person:
    """Who is signed in."""

    username: str


@strawberry.type
class Entry:
    """What a sign-in returns, as far as the page knows of it."""

    access_token: str


@strawberry.type
class Query:
    """As much of the API as the page needs to run one operation."""

    @strawberry.field
    def me(self, info: strawberry.Info[dict[str, str | None]]) -> Person:
        """Answers with the bearer that arrived."""
        return Person(username=f"saw {info.context['authorization']}")


@strawberry.type
class Mutation:
    """As much of the API as the page needs to receive a token."""

    @strawberry.mutation
    def sign_in(self, login: str) -> Entry:
        """Answers with a token made of the login name."""
        return Entry(access_token=f"token-of-{login}")


def make_app(vendor: Path, bodies: list[bytes]) -> Starlette:
    """The explorer beside a small GraphQL endpoint that keeps the bodies it was sent."""
    schema = strawberry.Schema(query=Query, mutation=Mutation)

    def page(_: Request) -> Response:
        return explorer_page(vendor)

    async def answer(request: Request) -> Response:
        body = await request.body()
        bodies.append(body)
        asked = json.loads(body)
        if asked.get("operationName") == "Broken":
            return PlainTextResponse("Too large", status_code=413)
        result = await schema.execute(
            asked["query"],
            asked.get("variables"),
            {"authorization": request.headers.get("authorization")},
            operation_name=asked.get("operationName"),
        )
        return JSONResponse({"data": result.data})

    graphql = [Route("/graphql", page, methods=["GET"]), Route("/graphql", answer, methods=["POST"])]
    return Starlette(routes=[*explorer_routes(vendor), *graphql])


@contextlib.contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serves ``app`` by uvicorn on a free port of 127.0.0.1 and gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, ws="none", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def ask(vendor: Path, path: str) -> httpx.Response:
    """One GET to the app, in process."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(vendor, []))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(once())


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """A vendor folder that has a file under each fetched name."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    for name in FETCHED_NAMES:
        (folder / name).write_text(f"/* {name} */", encoding="utf-8")
    return folder


def examples() -> list[OperationDefinitionNode]:
    """Every operation of operations.graphql."""
    definitions = parse(OPERATIONS).definitions
    return [each for each in definitions if isinstance(each, OperationDefinitionNode)]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema that the printed SDL describes."""
    return build_schema(SDL.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("graphiql.min.js", "text/javascript; charset=utf-8"),
        ("graphiql.min.css", "text/css; charset=utf-8"),
        ("LICENSE-react", "text/plain; charset=utf-8"),
        ("explorer.js", "text/javascript; charset=utf-8"),
        ("explorer.css", "text/css; charset=utf-8"),
        ("operations.graphql", "application/graphql; charset=utf-8"),
        ("variables.json", "application/json"),
    ],
)
def test_files_have_their_types(vendor: Path, name: str, kind: str) -> None:
    """Each file is served under its own type, which no browser may guess anew."""
    answer = ask(vendor, f"/explorer/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" in answer.headers


def test_every_known_file_is_served(vendor: Path) -> None:
    """All own and all fetched files are to be had."""
    assert {ask(vendor, f"/explorer/{name}").status_code for name in OWN_NAMES | FETCHED_NAMES} == {200}


@pytest.mark.parametrize(
    "path",
    ["index.html", "vendor", "..%2f..%2fexplorer.py", "%2e%2e/explorer.py", "vendor/graphiql.min.js", "x"],
)
def test_nothing_else_is_served(vendor: Path, path: str) -> None:
    """A name that is not known is 404, whatever lies on the disk under it."""
    assert ask(vendor, f"/explorer/{path}").status_code == 404


def test_page_is_strict(vendor: Path) -> None:
    """The page lets nothing in but what this server sends, and may not be framed."""
    answer = ask(vendor, "/graphql")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_page_needs_nothing_inline() -> None:
    """Every script and style of both pages is a file of its own that the routes know."""
    for page in ("index.html", "missing.html"):
        text = (PAGES / page).read_text(encoding="utf-8")
        assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", text)
        assert set(re.findall(r'"/explorer/([^"]+)"', text)) <= OWN_NAMES | FETCHED_NAMES


def test_missing_files_are_said(vendor: Path) -> None:
    """Where one fetched file is missing, the page and the file's own address name `make explorer`."""
    assert explorer_is_fetched(vendor)
    (vendor / "graphiql.min.js").unlink()
    assert not explorer_is_fetched(vendor)
    page, file = ask(vendor, "/graphql"), ask(vendor, "/explorer/graphiql.min.js")
    assert (page.status_code, file.status_code) == (503, 404)
    assert "make explorer" in page.text
    assert "make explorer" in file.text


def test_examples_fit_the_schema(schema: GraphQLSchema) -> None:
    """Every example operation is valid against the printed SDL.

    Planted: a field of `Me` misspelt; seen to fail.
    """
    assert validate(schema, parse(OPERATIONS)) == []


def test_examples_leave_no_field_out(schema: GraphQLSchema) -> None:
    """Every query and mutation of the API has an example."""
    roots = (field for each in examples() for field in each.selection_set.selections)
    shown = {field.name.value for field in roots if isinstance(field, FieldNode)}
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    assert shown == schema.query_type.fields.keys() | schema.mutation_type.fields.keys()


def test_variables_fit_the_schema(schema: GraphQLSchema) -> None:
    """Each value that the Variables panel begins with has its variable's type; what is required has one."""
    values = json.loads((PAGES / "variables.json").read_text(encoding="utf-8"))
    seen = set()
    for each in examples():
        for variable in each.variable_definitions or ():
            name = variable.variable.name.value
            kind = type_from_ast(schema, variable.type)
            assert is_input_type(kind)
            if name in values:
                seen.add(name)
                coerce_input_value(values[name], kind)
            else:
                assert not isinstance(variable.type, NonNullTypeNode), name
    assert seen == values.keys()


def test_secrets_stand_in_variables() -> None:
    """No example carries a text in the document: what a user types goes into the Variables panel."""
    assert '"' not in re.sub(r"#.*", "", OPERATIONS)


DOCUMENT = """
query Other { me { username } }
fragment Name on Person { username }
query Mine { me { ...Name } }
mutation In($login: String!) { signIn(login: $login) { accessToken } }
query Broken { me { username } }
"""


def run_operation(page: Page, name: str, answer: str) -> None:
    """Picks the operation ``name`` from the play button's menu and waits until ``answer`` is shown."""
    page.get_by_role("button", name="Execute query (Ctrl-Enter)").click()
    page.get_by_role("menuitem", name=name, exact=True).click()
    expect(page.locator(".graphiql-response")).to_contain_text(answer, timeout=ROOM)


def paste(page: Page, panel: str, text: str) -> None:
    """Replaces the whole text of one of GraphiQL's editors."""
    editor = page.locator(f"section[aria-label='{panel}'] .CodeMirror").first
    editor.evaluate("(box, text) => box.CodeMirror.setValue(text)", text)
    page.wait_for_timeout(300)  # GraphiQL reads an editor 100 ms after its last change


def open_explorer(browser: Browser, address: str) -> Page:
    """Opens the page, waits for the editor, and sees the examples in it."""
    browser.page.goto(f"{address}/graphql")
    expect(browser.page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible(timeout=ROOM)
    expect(browser.page.locator(".graphiql-query-editor")).to_contain_text("mutation SignIn", timeout=ROOM)
    expect(browser.page.locator("section[aria-label='Variables']").first).to_contain_text('"login": ""')
    expect(browser.page.locator(".graphiql-tab-button")).to_have_count(OPERATIONS.count("\n# ---- "))
    return browser.page


def test_in_chromium(tmp_path: Path) -> None:
    """In a real browser an operation's answer is shown; nothing leaves the machine or outlives the page.

    Planted: a style attribute in index.html, and an image from another host; each seen to fail.
    """
    require(missing_explorer())
    bodies: list[bytes] = []
    with serving(make_app(VENDOR, bodies)) as address, chromium(tmp_path / "profile") as browser:
        page = open_explorer(browser, address)
        paste(page, "Query Editor", DOCUMENT)
        paste(page, "Variables", '{"login": "ada", "newPassword": "of another operation"}')
        run_operation(page, "Mine", "saw None")
        sent = json.loads(bodies[-1])
        assert sent["query"].split("\n\n") == [DOCUMENT.splitlines()[3], DOCUMENT.splitlines()[2]]
        assert sent["variables"] == {}
        run_operation(page, "In", "token-of-ada")
        assert json.loads(bodies[-1])["variables"] == {"login": "ada"}
        run_operation(page, "Mine", "saw Bearer token-of-ada")
        page.screenshot(path=tmp_path / "explorer.png")
        for name in ("Open settings dialog", "Open short keys dialog"):
            page.get_by_role("button", name=name).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.evaluate("Object.keys(localStorage)") == []
        assert browser.complaints == []
        run_operation(page, "Broken", "HTTP 413: Too large")
        assert browser.foreign_requests() == []


def test_missing_page_in_chromium(tmp_path: Path) -> None:
    """The page that names `make explorer` shows without a complaint."""
    with serving(make_app(tmp_path, [])) as address, chromium(tmp_path / "profile") as browser:
        browser.page.goto(f"{address}/graphql")
        expect(browser.page.locator("main")).to_contain_text("make explorer")
        assert not [line for line in browser.complaints if "503" not in line]
        assert browser.foreign_requests() == []
