"""`rekey serve`, in processes of its own."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from server.cli.answering import Refused
from server.cli.opening import Desk
from server.cli.server_process import announcement, first_administrator
from server.explorer import explorer_is_fetched
from tests.commands import Rekey
from tests.overload import overloaded
from tests.servers import PATIENCE, RunningServer, server_process, start
from tests.test_cli import PRODUCTION
from tests.world import OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer
    from tests.world import World

SIGN_IN = """mutation ($input: SignInInput!) {
  signIn(input: $input) { __typename ... on SignInSuccess { user { username roles } } }
}"""


def sign_in(server: RunningServer, username: str, password: str) -> object:
    """What `signIn` answers over HTTP."""
    body = {"query": SIGN_IN, "variables": {"input": {"login": username, "password": password}}}
    return httpx.post(f"{server.url}/graphql", json=body, timeout=PATIENCE).json()["data"]["signIn"]


def test_a_start_serves_and_a_second_reuses_it(tmp_path: Path) -> None:
    """The first start makes an administrator whose password signs in; the second keeps them; both drain.

    The port is announced in one line when it answers, and SIGTERM ends the process with status 0.
    Planted: uvicorn's own `handle_exit`, which dies of the signal; GraphiQL announced without its files; each
    seen to fail.
    """
    with server_process(tmp_path) as first:
        assert httpx.get(f"{first.url}/readyz", timeout=PATIENCE).json()["status"] == "ok"
        username, password = first.admin_username, first.admin_password
        admin = {"username": "admin", "roles": ["ADMIN"]}
        assert sign_in(first, username, password) == {"__typename": "SignInSuccess", "user": admin}
        assert first.output().count("Rekey on http") == 1
        assert ("GraphiQL: " in first.output()) == explorer_is_fetched()
    assert password not in first.log()
    with server_process(tmp_path) as second:
        assert (second.admin_username, second.admin_password) == ("", "")
        assert sign_in(second, username, password) == {"__typename": "SignInSuccess", "user": admin}


def test_graphiql_is_announced_where_it_is_served() -> None:
    """Its line comes before the one that says that the port answers."""
    url = "http://127.0.0.1:8000"
    assert announcement(url, graphiql=True) == [f"GraphiQL: {url}/graphql", f"Rekey on {url}"]
    assert announcement(url, graphiql=False) == [f"Rekey on {url}"]


def test_two_starts_at_once_make_one_administrator(tmp_path: Path) -> None:
    """Of two servers that are started on the same new folder, both serve and one made the administrator."""
    shared = {"REKEY_DATA_DIR": str(tmp_path / "var")}
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    servers = [start(folder, **shared) for folder in folders]
    try:
        for server in servers:
            server.wait_until_ready()
        passwords = [server.admin_password for server in servers if server.admin_password]
        assert len(passwords) == 1
        assert [server.stop() for server in servers] == [0, 0]
    finally:
        for server in servers:
            server.kill()


def test_serve_prints_one_object(tmp_path: Path) -> None:
    """With --json the address and, once, the administrator are one object, when the port answers."""
    server = start(tmp_path, "--json", "--host", "::1")
    try:
        while not server.output().endswith("\n"):
            assert server.process.poll() is None, server.log()
        said = json.loads(server.output())
        assert said["url"].startswith("http://[::1]:")
        assert said["username"] == "admin"
        assert len(said["password"]) == 19
        assert server.stop() == 0
    finally:
        server.kill()


def test_in_production_serve_makes_nothing(tmp_path: Path) -> None:
    """Without `rekey init` it is refused; with it, it serves and prints no secret, and no GraphiQL."""
    settings = {**PRODUCTION, "REKEY_RELAY": "false", "REKEY_DATA_DIR": str(tmp_path / "var")}
    rekey = Rekey(tmp_path, settings)
    assert rekey.refused("serve", "--port", "0") == "BAD_SETTINGS"
    assert not (tmp_path / "var").exists()
    named = ("--username", "root", "--email", "root@example.org")
    rekey.ok("init", *named, "--password-stdin", typed=PASSWORD)
    with server_process(tmp_path, workers=1, **settings) as server:
        assert server.output() == f"Rekey on {server.url}\n"
        assert httpx.get(f"{server.url}/readyz", timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    ("option", "settings"),
    [
        (("--host", "0.0.0.0"), {}),  # noqa: S104  it is refused
        (("--workers", "1024"), {"REKEY_ARGON2_MEMORY_KIB": "1048576", "REKEY_HASH_WORKERS": "1"}),
        ((), {"REKEY_METRICS_LISTEN": "127.0.0.1:9100"}),
        ((), {"REKEY_MAIL_URL": "smtp://mail.example.org:587?ca=/nowhere.pem"}),
        ((), {"REKEY_XMPP_URL": "xmpp://a%40b%40example.org:pw@localhost", "REKEY_XMPP_DOMAIN": "b"}),
    ],
)
def test_what_cannot_be_served_is_refused(
    tmp_path: Path, option: tuple[str, ...], settings: dict[str, str]
) -> None:
    """Another machine's host, too much memory, what cannot be used or is not done stop the start."""
    assert Rekey(tmp_path, settings).refused("serve", "--port", "0", *option) == "BAD_SETTINGS"
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    """The socket comes first: no administrator is made whose password nobody could use."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert Rekey(tmp_path, {}).refused("serve", "--port", port) == "BAD_SETTINGS"
    assert not list(tmp_path.iterdir())


def test_wrong_ports_and_workers_are_wrong_usage(tmp_path: Path) -> None:
    """A port beyond 65535 and no workers end with status 2."""
    rekey = Rekey(tmp_path, {})
    assert [rekey("serve", "--port", "65536").status, rekey("serve", "--workers", "0").status] == [2, 2]


@pytest.mark.anyio
async def test_a_busy_machine_makes_no_administrator(world: World) -> None:
    """Where the hashing queue is full the start is refused in the API's words."""
    with overloaded(world) as services, pytest.raises(Refused, match=r"^The service is busy\.") as caught:
        await first_administrator(Desk(services, origin(None), OPERATOR))
    assert caught.value.code == "OVERLOADED"


def test_postgresql_is_migrated_by_db_upgrade(tmp_path: Path, postgres: PostgresServer) -> None:
    """A new database on a server is refused in words that name `rekey db upgrade`, and served after it."""
    url = postgres.create_database("cli_upgrade")
    rekey = Rekey(tmp_path, {"REKEY_DATABASE_URL": url})
    assert rekey.refused("serve", "--port", "0") == "BAD_SETTINGS"
    assert "rekey db upgrade" in rekey("init").errors
    rekey.ok("db", "upgrade")
    with server_process(tmp_path, REKEY_DATABASE_URL=url) as server:
        assert sign_in(server, "admin", server.admin_password)
    postgres.drop_database("cli_upgrade")
