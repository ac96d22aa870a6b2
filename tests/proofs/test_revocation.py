"""A session that is ended is dead at once in every process, and stays so (ASVS 7.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATABASES
from tests.proofs.client import QUICK, clients
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from credentials.secret import Secret
    from tests.proofs.client import Client
    from tests.servers import RunningServer

pytestmark = pytest.mark.anyio

OLD = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"
WHO = {"user": {"username": "mary"}}


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, databases: Callable[[str], AbstractContextManager[Secret]]
) -> Iterator[dict[str, Any]]:
    """The settings of two servers on one database, of either kind."""
    with databases(request.param) as url:
        yield QUICK | {"REKEY_DATABASE_URL": url.reveal(), "REKEY_RELAY": "false"}


async def test_what_one_process_ends_is_dead_in_the_other_at_once_and_after_kill_9(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    """However a session is ended, its tokens open nothing anywhere, in any spelling, also after a restart.

    Planted: a process keeps the sessions that it has read; seen to fail.
    """
    with server_process(tmp_path / "one", **settings) as one:
        settings |= {"REKEY_DATA_DIR": str(one.folder / "var")}
        with server_process(tmp_path / "two", **settings) as two:
            dead = await end_sessions(one, two)
            one.kill()
            two.kill()
    with server_process(tmp_path / "two", **settings) as two:
        await all_dead(two, dead)


async def end_sessions(one: RunningServer, two: RunningServer) -> list[tuple[str, str]]:
    """Ends sessions in every way by the first process: each is seen dead by the second; the tokens of all."""
    dead = []
    async with clients(one.url, two.url) as (here, there):
        admin = await here.bearer(one.admin_username, one.admin_password)
        given = {"username": "mary", "emailAddress": "mary@example.org", "password": OLD}
        assert (await here.do("createUser", given, bearer=admin)).is_success
        for name, how, who in ways(admin):
            bearer, refresh = await signed_in(there)
            assert await there.me(bearer) == "mary"
            assert (await here.do(name, how, bearer=who or bearer)).is_success
            await refused(there, bearer, refresh)
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
