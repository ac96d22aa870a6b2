"""The root fields over the real use cases: what goes in, what comes out, and what stays hidden."""

from pathlib import Path
from typing import Any

import pytest

from credentials.secret import Secret
from tests.graphql_world import NEW, OLD, ORIGIN, TOP, World, administrator, codes, mutate, query, run

USER = """id lockedAt samlUser roles chatAccounts { kind jid jidPassword }
    sessions { isCurrent address } password { passwordExpiration }"""
SESSION = f"accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt user {{ {USER} }}"


def test_sign_in_shows_users_their_own(tmp_path: Path) -> None:
    """Tokens, the XMPP passwords (R7), the current session; `me` says the same, and refreshing goes on."""

    async def body(world: World) -> None:
        await world.add_user("ann", password=OLD)
        given = {"login": "ann@example.org", "password": OLD}
        first = await mutate(world, "signIn", given, SESSION)
        done = await mutate(world, "refreshSession", {"refreshToken": first["refreshToken"]}, SESSION)
        for user in (first["user"], done["user"]):
            assert [one["jidPassword"] for one in user["chatAccounts"]] == ["im-ann", "tel-ann"]
            assert user["sessions"] == [{"isCurrent": True, "address": ORIGIN.address}]
            assert user["password"] == {"passwordExpiration": 2_147_483_647}
        me = await query(world, f"{{ me {{ {USER} }} }}", Secret(done["accessToken"]))
        assert me["me"] == user

    run(tmp_path, body)


def test_problems_come_as_union_members(tmp_path: Path) -> None:
    """A wrong password and a wrong token are answers, not errors."""

    async def body(world: World) -> None:
        wrong = await mutate(world, "signIn", {"login": "nobody", "password": OLD})
        assert (wrong["__typename"], wrong["code"]) == ("InvalidCredentials", "INVALID_CREDENTIALS")
        refused: dict[str, dict[str, Any]] = {
            "refreshSession": {"refreshToken": "x"},
            "resetPassword": {"proof": {"token": "A" * 43}, "newPassword": NEW},
            "activateSystem": {"pbxId": "PBX-none", "activationCode": "1234"},
            "confirmSystemActivation": {"pbxId": "PBX-none", "password": "x"},
        }
        for name, given in refused.items():
            assert (await mutate(world, name, given))["__typename"] == "InvalidToken"

    run(tmp_path, body)


def test_sessions_are_ended_by_their_owner(tmp_path: Path) -> None:
    """`revokeSession` ends one's own, another's is NotFound, `signOut` ends the caller's."""

    async def body(world: World) -> None:
        ann = await world.add_user("ann")
        bearer, _ = await world.sign_in(ann)
        _, other = await world.sign_in(ann)
        _, foreign = await world.sign_in(await world.add_user("bob"))
        done = await mutate(world, "revokeSession", {"sessionId": other.id}, bearer=bearer)
        assert done["__typename"] == "RevokeSessionSuccess"
        missed = await mutate(world, "revokeSession", {"sessionId": foreign.id}, bearer=bearer)
        assert missed["code"] == "NOT_FOUND"
        answer = await world.ask(f"mutation {{ signOut {{ {TOP} }} }}", bearer)
        assert answer.data
        assert answer.data["signOut"]["success"] is True
        assert codes(await world.ask("{ me { id } }", bearer)) == ["UNAUTHENTICATED"]

    run(tmp_path, body)


CHANGED = f"revokedSessions deliveries {{ kind state userId }} user {{ {USER} }}"


def test_change_password_hands_back_no_secret(tmp_path: Path) -> None:
    """Every session is gone, the world is told, and neither token nor `jidPassword` is returned (R7).

    Planted: the owner's view in the answer; seen to fail.
    """

    async def body(world: World) -> None:
        user = await world.add_user("ann", password=OLD)
        bearer, _ = await world.sign_in(user)
        given = {
            "user": {"username": "ann"},
            "oldPassword": OLD,
            "newPassword": NEW,
            "repeatNewPassword": NEW,
        }
        done = await mutate(world, "changePassword", given, CHANGED, bearer)
        assert (done["revokedSessions"], done["user"]["sessions"]) == (1, [])
        assert {one["jidPassword"] for one in done["user"]["chatAccounts"]} == {None}
        assert {one["userId"] for one in done["deliveries"]} == {user.id}
        expired = {"username": "ann", "oldPassword": NEW, "newPassword": OLD, "repeatNewPassword": OLD}
        done = await mutate(world, "changeExpiredPassword", expired, CHANGED)
        assert done["user"]["id"] == user.id
        refused = await mutate(world, "changeExpiredPassword", expired | {"repeatNewPassword": NEW})
        assert refused["code"] == "INVALID_INPUT"

    run(tmp_path, body)


RESET = """temporaryPassword temporaryPasswordExpiresAt unlocked revokedSessions
    user { lockedAt } deliveries { kind }"""


def test_an_administrator_resets_in_three_ways(tmp_path: Path) -> None:
    """T1 C3: a temporary password is shown once, a given one never; each way says what is next."""

    async def body(world: World) -> None:
        await world.add_user("ann", password=OLD)
        _, admin = await administrator(world)
        who = {"user": {"username": "ann"}}
        mailed = await mutate(world, "adminResetPassword", who | {"sendMail": True}, RESET, admin)
        assert mailed["temporaryPassword"] is None
        for more in ({}, {"requireChange": False}):
            given = await mutate(world, "adminResetPassword", who | {"newPassword": NEW} | more, RESET, admin)
            assert (given["temporaryPassword"], given["temporaryPasswordExpiresAt"] is None) == (
                None,
                bool(more),
            )
        made = await mutate(world, "adminResetPassword", who, RESET, admin)
        assert made["temporaryPassword"]
        assert len({one["message"] for one in (mailed, given, made)}) == 3
        proof = {"temporaryPassword": made["temporaryPassword"]}
        place = {"latitude": 48.1, "longitude": 11.6}
        new = {"proof": proof, "emailAddress": "ann@example.org", "newPassword": OLD, "location": place}
        name = await mutate(world, "resetPassword", new | {"newPassword": "ann@example.org"})
        assert name["code"] == "PASSWORD_REJECTED"
        reset = await mutate(world, "resetPassword", new, "systemUserId revokedSessions deliveries { kind }")
        assert reset["systemUserId"] == 1
        events = await query(world, "{ auditEvents(first: 9) { edges { node { kind latitude } } } }", admin)
        assert {"kind": "PASSWORD_RESET", "latitude": 48.1} in [
            e["node"] for e in events["auditEvents"]["edges"]
        ]
        unknown = await mutate(world, "adminResetPassword", {"user": {"id": "nobody"}}, bearer=admin)
        assert unknown["code"] == "USER_NOT_FOUND"

    run(tmp_path, body)


def test_a_reset_is_requested_alike_for_everyone(tmp_path: Path) -> None:
    """A known and an unknown address get the same answer; half a place is refused."""

    async def body(world: World) -> None:
        await world.add_user("ann", password=OLD)
        known = await mutate(
            world, "requestPasswordReset", {"emailAddress": "ann@example.org", "locale": "en_US"}
        )
        unknown = await mutate(
            world, "requestPasswordReset", {"emailAddress": "x@example.org", "apiKey": None}
        )
        assert known == unknown
        beyond = {"emailAddress": "x@example.org", "location": {"latitude": 91, "longitude": 0}}
        assert (await mutate(world, "requestPasswordReset", beyond))["code"] == "INVALID_INPUT"

    run(tmp_path, body)


def test_a_system_is_created_activated_and_reset(tmp_path: Path) -> None:
    """The code opens the password, the password confirms it, and a reset starts over."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        code = "system { id pbxId status activationCodeExpiresAt } activationCode activationCodeExpiresAt"
        made = await mutate(world, "createSystem", {"name": "PBX", "codeDigits": 12}, code, admin)
        pbx = made["system"]["pbxId"]
        given = {"pbxId": pbx, "activationCode": made["activationCode"]}
        more = "jidPbxagent jidPbxagentPassword deliveries { systemId } system { status }"
        active = await mutate(world, "activateSystem", given, more)
        assert active["system"] == {"status": "ACTIVATING"}
        proof = {"pbxId": pbx, "password": active["jidPbxagentPassword"]}
        done = await mutate(world, "confirmSystemActivation", proof, "system { status }")
        assert done["system"] == {"status": "ACTIVATED"}
        reset = await mutate(
            world, "resetSystemPassword", {"systemId": made["system"]["id"]}, f"previousStatus {code}", admin
        )
        assert (reset["previousStatus"], reset["system"]["status"]) == ("ACTIVATED", "CREATED")
        lists = """query($by: SystemSelector!) {
            system(by: $by) { id } systems(status: CREATED) { totalCount edges { cursor } }
        }"""
        seen = await query(world, lists, admin, by={"pbxId": pbx})
        assert (seen["system"]["id"], seen["systems"]["totalCount"]) == (made["system"]["id"], 1)
        selector = {"system": {"id": made["system"]["id"]}}
        assert (await mutate(world, "deleteSystem", selector, bearer=admin))["success"]
        assert (await mutate(world, "deleteSystem", selector, bearer=admin))["code"] == "SYSTEM_NOT_FOUND"
        assert (await query(world, lists, admin, by={"pbxId": pbx}))["system"] is None

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"password": OLD}, "the password that was set"),
        ({}, "ask for a reset mail"),
        ({"identitySource": "SAML"}, "where they are managed"),
    ],
)
def test_a_created_user_is_told_how_to_sign_in(tmp_path: Path, given: dict[str, str], words: str) -> None:
    """The administrator reads what comes next for this user."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        new = {"username": "ann", "emailAddress": "ann@example.org", **given}
        assert words in (await mutate(world, "createUser", new, bearer=admin))["message"]

    run(tmp_path, body)


def test_a_user_is_created_changed_and_deleted(tmp_path: Path) -> None:
    """What is left out stays, null empties; administrators see it all but the XMPP passwords."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        new = {
            "username": "ann",
            "emailAddress": "ann@example.org",
            "fullName": "Ann",
            "password": OLD,
            "permissions": {"AAA": {"AuthTypes": {"read": True}}},
            "supportUsername": "a1",
            "jidIm": "ann@localhost",
        }
        made = await mutate(
            world, "createUser", new, f"user {{ {USER} fullName supportUsername permissions }}", admin
        )
        assert made["user"]["permissions"] == new["permissions"]
        assert made["user"]["roles"] == ["USER"]
        taken = await mutate(world, "createUser", new, bearer=admin)
        assert taken["code"] == "ALREADY_EXISTS"
        who = {"user": {"id": made["user"]["id"]}}
        change = who | {"fullName": None, "roles": ["GUEST"], "passwordExpiresAt": "2026-11-20T11:00:00Z"}
        done = await mutate(world, "updateUser", change, f"user {{ {USER} fullName supportUsername }}", admin)
        assert (done["user"]["fullName"], done["user"]["supportUsername"]) == (None, "a1")
        assert (done["user"]["roles"], done["user"]["password"]) == (["GUEST"], {"passwordExpiration": 0})
        found = await query(
            world,
            f"query($by: UserSelector!) {{ user(by: $by) {{ {USER} }} }}",
            admin,
            by={"username": "ANN"},
        )
        assert {one["jidPassword"] for one in found["user"]["chatAccounts"]} == {None}
        ended = await mutate(world, "revokeUserSessions", who, "revokedSessions", admin)
        assert ended["revokedSessions"] == 0
        assert (await mutate(world, "deleteUser", who, bearer=admin))["success"]
        assert (await mutate(world, "deleteUser", who, bearer=admin))["code"] == "USER_NOT_FOUND"
        assert (await mutate(world, "revokeUserSessions", who, bearer=admin))["code"] == "USER_NOT_FOUND"
        assert (await mutate(world, "updateUser", change, bearer=admin))["code"] == "USER_NOT_FOUND"
        gone = await query(
            world, "query($by: UserSelector!) { user(by: $by) { id } }", admin, by={"id": "none"}
        )
        assert gone == {"user": None}

    run(tmp_path, body)


def test_an_api_key_is_made_used_and_revoked(tmp_path: Path) -> None:
    """The key itself is shown once and passes as a bearer until it is revoked."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        expiry = "2027-01-01T00:00:00+01:00"
        made = await mutate(
            world,
            "createApiKey",
            {"name": "ci", "role": "ADMIN", "expiresAt": expiry},
            "id apiKey expiresAt",
            admin,
        )
        assert made["expiresAt"] == "2026-12-31T23:00:00.000Z"
        lists = "{ apiKeys { edges { node { id name role createdBy revokedAt } } } }"
        key = Secret(made["apiKey"])
        seen = await query(world, lists, key)
        assert [edge["node"]["id"] for edge in seen["apiKeys"]["edges"]] == [made["id"]]
        denied = 'mutation { createApiKey(input: {name: "x", role: USER}) { __typename } }'
        assert codes(await world.ask(denied, key)) == ["FORBIDDEN"]
        refused = await mutate(world, "createApiKey", {"name": "x", "role": "GUEST"}, bearer=admin)
        assert refused["code"] == "INVALID_INPUT"
        assert (await mutate(world, "revokeApiKey", {"id": made["id"]}, bearer=admin))["success"]
        assert codes(await world.ask(lists, key)) == ["UNAUTHENTICATED"]
        assert (await mutate(world, "revokeApiKey", {"id": "none"}, bearer=admin))["code"] == "NOT_FOUND"

    run(tmp_path, body)


def test_a_race_that_is_lost_after_the_admission_is_answered(tmp_path: Path) -> None:
    """The row changes between look-up and use: the same `InvalidToken` as for any dead secret."""

    async def body(world: World) -> None:
        user = await world.add_user("ann", password=OLD)
        signed_in = await mutate(world, "signIn", {"login": "ann", "password": OLD}, "refreshToken")
        world.store.between = lambda unit: unit.users.delete(user.id)
        refused = await mutate(world, "refreshSession", {"refreshToken": signed_in["refreshToken"]})
        assert refused["code"] == "INVALID_TOKEN"
        _, admin = await administrator(world)
        code = "system { id pbxId } activationCode"
        made = await mutate(world, "createSystem", {"name": "one", "codeDigits": 12}, code, admin)
        pbx, row_id = made["system"]["pbxId"], made["system"]["id"]
        again = await mutate(world, "createSystem", {"name": "two", "pbxId": pbx}, bearer=admin)
        assert again["code"] == "ALREADY_EXISTS"
        given = {"pbxId": pbx, "activationCode": made["activationCode"]}
        active = await mutate(world, "activateSystem", given, "jidPbxagentPassword")
        world.store.between = lambda unit: unit.systems.delete(row_id)
        proof = {"pbxId": pbx, "password": active["jidPbxagentPassword"]}
        assert (await mutate(world, "confirmSystemActivation", proof))["code"] == "INVALID_TOKEN"
        gone = await mutate(world, "resetSystemPassword", {"systemId": row_id}, bearer=admin)
        assert gone["code"] == "SYSTEM_NOT_FOUND"
        made = await mutate(world, "createSystem", {"name": "one", "codeDigits": 12}, code, admin)
        row_id = made["system"]["id"]
        world.store.between = lambda unit: unit.systems.delete(row_id)
        given = {"pbxId": made["system"]["pbxId"], "activationCode": made["activationCode"]}
        assert (await mutate(world, "activateSystem", given))["code"] == "INVALID_TOKEN"

    run(tmp_path, body)
