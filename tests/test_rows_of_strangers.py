"""What somebody without any secret can make the database keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from credentials.kinds import EventKind
from resolvers.request_password_reset import MAILS_AT_ONCE, WISHES_A_NETWORK
from resolvers.throttled import record_throttled
from schema.throttled import KINDS
from store.columns import metadata
from tests.api import open_api
from tests.direct import direct

if TYPE_CHECKING:
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
CALLS = 330


async def rows(database_url: Secret) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Any) -> dict[str, int]:
        tables = metadata.sorted_tables
        return {each.name: connection.scalar(select(func.count()).select_from(each)) for each in tables}

    return await direct(database_url, count)


@pytest.mark.parametrize("field", [name for name in KINDS if name != "changePassword"])
async def test_x(world: World, database_url: Secret, field: str) -> None:
    async with open_api(world) as api:
        before = await rows(database_url)
        for number in range(CALLS):
            document = f"mutation {{ {field}(input: {GUESSES[field].replace('{n}', f'n{number}')}) {{ __typename ... on Problem {{ message }} }} }}"
            answer = await api.call(document)
            if number in (0, 50, CALLS-1): print(answer)
        after = await rows(database_url)
        print(field, {name: after[name] - before[name] for name in after if after[name] != before[name]})
