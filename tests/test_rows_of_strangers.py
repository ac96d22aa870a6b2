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
    "refreshSession": '{refreshToken: "{n}.1.x"}',
    "changeExpiredPassword": (
        '{username: "{n}", oldPassword: "wrong horse battery", newPassword: "purple monkey dishwasher", '
        'newPasswordConfirmation: "purple monkey dishwasher"}'
    ),
    "requestPasswordReset": '{emailAddress: "{n}@example.org"}',
    "resetPassword": (
        '{proof: {code: {code: "ABC-DEF", emailAddress: "{n}@example.org"}}, '
        'newPassword: "eleven quiet rivers"}'
    ),
    "activateSystem": '{pbxId: "{n}", activationCode: "1234"}',
    "confirmSystemActivation": '{pbxId: "{n}", password: "wrong"}',
}
#: Twice the names that a network may fail on in an hour.
CALLS = 60
#: Rows that they leave, over all tables: a count and a line of the audit for each name, and a few of the
#: network's own.
MOST_ROWS = CALLS + 10
#: A wish is not refused so early: a count, a line, a sealed address and an effect for each.
MOST_ROWS_OF_WISHES = 4 * CALLS + 1
ANSWERS = {"InvalidCredentials", "InvalidToken", "RequestPasswordResetSuccess", "TooManyAttempts"}


async def rows(url: Secret) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Connection) -> dict[str, int]:
        tables = metadata.sorted_tables
        return {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    return await direct(url, count)


@pytest.mark.parametrize("field", sorted(GUESSES))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_network_leaves_few_rows(world: World, database_url: Secret, field: str) -> None:
    """Guesses at ever new names: what they leave is bounded, and a refusal to wait leaves nothing.

    Planted: names that a network fails on not counted; seen to fail.
    """
    async with open_api(world) as api:
        before = sum((await rows(database_url)).values())
        for number in range(CALLS):
            guess = GUESSES[field].replace("{n}", f"n{number}")
            answer = await api.call(f"mutation {{ {field}(input: {guess}) {{ __typename }} }}")
            assert answer["data"][field]["__typename"] in ANSWERS
    left = sum((await rows(database_url)).values()) - before
    assert left <= (MOST_ROWS_OF_WISHES if field == "requestPasswordReset" else MOST_ROWS)


@pytest.mark.parametrize("field", sorted(GUESSES))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refusal_to_wait_leaves_no_row(world: World, database_url: Secret, field: str) -> None:
    """However often it is asked for: a line of the audit a minute says how many there were.

    Planted: the refusal recorded; seen to fail.
    """
    guess = GUESSES[field].replace("{n}", "mary")
    services = replace(world.services, buckets=Buckets(rate=0.001, burst=20))
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
