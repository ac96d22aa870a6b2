"""What somebody without any secret can make the database keep."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from credentials.buckets import Buckets
from resolvers.throttled import record_throttled
from store.columns import metadata
from tests.api import open_api
from tests.direct import direct

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio

#: A call of each public field, in which `{n}` is another name, token or number each time.
GUESSES = {
    "signIn": '{login: "{n}", password: "wrong horse battery"}',
    "refreshSession": '{refreshToken: "{token}"}',
    "changeExpiredPassword": (
        '{username: "{n}", oldPassword: "wrong horse battery", newPassword: "eleven quiet rivers wander", '
        'repeatNewPassword: "eleven quiet rivers wander"}'
    ),
    "requestPasswordReset": '{emailAddress: "{n}@example.org"}',
    "resetPassword": (
        '{proof: {code: "ABC-DEF"}, emailAddress: "{n}@example.org", '
        'newPassword: "eleven quiet rivers wander"}'
    ),
    "activateSystem": '{pbxId: "{n}", activationCode: "1234"}',
    "confirmSystemActivation": '{pbxId: "{n}", password: "wrong"}',
}
#: What a network may fail at once here, and calls of which each names somebody else.
BURST = 20
CALLS = 90
#: For each failure a count of the name from there, one of the name, and a line of the audit; for each wish a
#: count, a line, a sealed address and an effect. A few are the network's own.
MOST_ROWS = 4 * BURST + 5
ANSWERS = {"InvalidCredentials", "InvalidToken", "RequestPasswordResetSuccess", "TooManyAttempts"}


async def rows(url: Secret) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Connection) -> dict[str, int]:
        tables = metadata.sorted_tables
        return {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    return await direct(url, count)


def guess_at(world: World, field: str, name: str) -> str:
    """The input of a call that names somebody else each time."""
    token = world.services.refresh_tokens.make(name, 1, 1).reveal()
    return GUESSES[field].replace("{n}", name).replace("{token}", token)


@pytest.mark.parametrize("field", sorted(GUESSES))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_network_leaves_few_rows(world: World, database_url: Secret, field: str) -> None:
    """Whoever names somebody else each time leaves a few rows for each call that is not told to wait."""
    services = replace(world.services, buckets=Buckets(rate=0.001, burst=BURST))
    async with open_api(world, services) as api:
        before = sum((await rows(database_url)).values())
        for number in range(CALLS):
            guess = guess_at(world, field, f"n{number}")
            answer = await api.call(f"mutation {{ {field}(input: {guess}) {{ __typename }} }}")
            assert answer["data"][field]["__typename"] in ANSWERS
    assert answer["data"][field]["__typename"] == "TooManyAttempts"
    assert sum((await rows(database_url)).values()) - before <= MOST_ROWS


@pytest.mark.parametrize("field", sorted(GUESSES))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refusal_to_wait_leaves_no_row(world: World, database_url: Secret, field: str) -> None:
    """However often it is asked for: a line of the audit a minute says how many there were."""
    guess = guess_at(world, field, "mary")
    services = replace(world.services, buckets=Buckets(rate=0.001, burst=BURST))
    async with open_api(world, services) as api:
        document = f"mutation {{ {field}(input: {guess}) {{ __typename }} }}"
        for _ in range(25):
            answer = await api.call(document)
        before = await rows(database_url)
        for _ in range(25):
            answer = await api.call(document)
            assert answer["data"][field]["__typename"] == "TooManyAttempts"
        assert await rows(database_url) == before
        await record_throttled(services)
    after = await rows(database_url)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "events": 1
    }
