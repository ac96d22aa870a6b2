"""What an answer holds, whoever asks: enough for people and for programs, and nothing of the inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api import open_api
from tests.resets import strike
from tests.world import NEW_PASSWORD

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
RESET = """
mutation Reset($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    __typename
    ... on Outcome { success heading message }
    ... on ResetPasswordSuccess { systemUserId }
    ... on Problem { code meta fields { code field message meta } }
    ... on PasswordRejected { violations { rule message suggestion } }
  }
}
"""


async def test_a_reset_s_answer_says_what_was_done_or_what_is_wrong(world: World) -> None:
    """T4 O5: success, heading, message and systemUserId; a failure has code, meta and faults by field.

    Planted: the field of a fault left empty; seen to fail.
    """
    user = await world.user()
    struck = await strike(world, user)
    given = {"proof": {"token": struck.token.reveal()}, "newPassword": "x9 q"}
    async with open_api(world) as api:
        refused = (await api.call(RESET, {"input": given}))["data"]["resetPassword"]
        done = await api.post(RESET, {"input": given | {"newPassword": NEW_PASSWORD}})
    assert (refused["success"], refused["code"], refused["meta"]) == (False, "PASSWORD_REJECTED", {})
    (fault,) = refused["fields"]
    assert (fault["field"], fault["code"]) == ("newPassword", "MIN_LENGTH")
    assert fault["message"]
    assert "x9 q" not in str(refused)
    assert done.headers["content-type"].startswith("application/json")
    answer = done.json()["data"]["resetPassword"]
    assert (answer["success"], answer["systemUserId"]) == (True, user.system_user_id)
    assert answer["heading"]
    assert answer["message"]
