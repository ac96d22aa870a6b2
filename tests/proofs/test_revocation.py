"""A session that is ended is dead at once in every process, and stays so (ASVS 7.4.1)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import open_api
from tests.conftest import DATABASES
from tests.proofs.client import QUICK, Client, clients
from tests.servers import server_process
from tests.world import NEW_PASSWORD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from credentials.secret import Secret
    from tests.servers import RunningServer
    from tests.world import World

pytestmark = pytest.mark.anyio

OLD = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"
#: Changes and sign-ins, each in the second of the one before. The databases do not differ here.
ROUNDS_ON = {"sqlite": 200, "postgresql": 20}
WHO = {"user": {"username": "mary"}}


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, databases: Callable[[str], AbstractContextManager[Secret]]
) -> Iterator[dict[str, Any]]:
    """The settings of servers on one database, of either kind."""
    with databases(request.param) as url:
        yield QUICK | {"REKEY_DATABASE_URL": url.reveal(), "REKEY_RELAY": "false"}


async def test_what_one_process_ends_is_dead_in_all_at_once_and_after_kill_9(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    """However one of four processes ends a session, its tokens open nothing in any, nor after a restart.

    Planted: a process keeps the sessions that it has read; seen to fail.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(server_process(tmp_path / "0", **settings))]
        settings |= {"REKEY_DATA_DIR": str(servers[0].folder / "var")}
        servers += [
            stack.enter_context(server_process(tmp_path / name, **settings)) for name in ("1", "2", "3")
        ]
        dead = await end_sessions(servers)
        for server in servers:
            server.kill()
    with server_process(tmp_path / "1", **settings) as server:
        await all_dead(server, dead)


async def end_sessions(servers: list[RunningServer]) -> list[tuple[str, str]]:
    """Ends sessions in every way by the first process: each is seen dead by all four; the tokens of all."""
    dead = []
    async with clients(*(server.url for server in servers)) as every:
        here = every[0]
        admin = await here.bearer(servers[0].admin_username, servers[0].admin_password)
        given = {"username": "mary", "emailAddress": "mary@example.org", "password": OLD}
        assert (await here.do("createUser", given, bearer=admin)).is_success
        for name, how, who in ways(admin):
            bearer, refresh = await signed_in(every[1])
            assert [await each.me(bearer) for each in every] == ["mary"] * 4
            assert (await here.do(name, how, bearer=who or bearer)).is_success
            for each in every:
                await refused(each, bearer, refresh)
            dead.append((bearer, refresh))
    return dead


def ways(admin: str) -> list[tuple[str, dict[str, Any] | None, str | None]]:
    """What ends a session, and by whom: None for its owner."""
    return [
        ("signOut", None, None),
        ("revokeUserSessions", WHO, admin),
        ("updateUser", WHO | {"roles": ["GUEST"]}, admin),
        ("updateUser", WHO | {"emailAddress": "mary.new@example.org"}, admin),
        ("changePassword", {"oldPassword": OLD, "newPassword": NEW}, None),
    ]


async def signed_in(client: Client) -> tuple[str, str]:
    """Signs mary in: her access and her refresh token."""
    done = await client.sign_in("mary", OLD)
    return done["accessToken"], done["refreshToken"]


async def refused(client: Client, bearer: str, refresh: str) -> None:
    """The tokens of a dead session are refused, however they are spelt."""
    for spelling in (bearer, f"{bearer}=", f" {bearer}"):
        assert await client.me(spelling) == "UNAUTHENTICATED"
    assert (await client.do("refreshSession", {"refreshToken": refresh})).kind == "InvalidToken"


async def all_dead(server: RunningServer, tokens: list[tuple[str, str]]) -> None:
    """After the restart nothing has come back."""
    async with clients(server.url) as (client,):
        for bearer, refresh in tokens:
            await refused(client, bearer, refresh)


async def test_two_hundred_changes_in_one_second(world: World, request: pytest.FixtureRequest) -> None:
    """ASVS 7.4.3: on a clock that stands each change kills the token of before, and the next one lives.

    Planted: a session dead only once the clock has moved on; seen to fail.
    """
    await world.user()
    old, new = PASSWORD, NEW_PASSWORD
    async with open_api(world) as api:
        client = Client(api.http)
        bearer = await client.bearer("mary", old)
        for _ in range(ROUNDS_ON[request.node.callspec.params["database_url"]]):
            given = {"oldPassword": old, "newPassword": new}
            assert (await client.do("changePassword", given, bearer=bearer)).is_success
            assert await client.me(bearer) == "UNAUTHENTICATED"
            bearer = await client.bearer("mary", new)
            assert await client.me(bearer) == "mary"
            old, new = new, old
