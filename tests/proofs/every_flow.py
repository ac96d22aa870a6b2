"""Every flow over HTTP, the right ones and the wrong ones, and each secret that was in them."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.proofs.client import Answer, reset_mails

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proofs.client import Client

#: Digits of an activation code that does not stand somewhere by chance.
DIGITS = 16
TOKENS = "accessToken refreshToken user { chatAccounts { jidPassword } }"
MARY = "mary@secrets.example"


class Flows:
    """Goes through the flows as the first administrator and as mary.

    `secrets` are by what they are; every password is a new one and holds characters that JSON, URLs and
    UTF-8 each write in their own way. `mailed` may stand in mails.
    """

    def __init__(self, client: Client, mailbox: Path, admin: tuple[str, str]) -> None:
        self._client = client
        self._mailbox = mailbox
        self._admin, first = admin
        self._numbers = count(1)
        self.secrets = {"the first administrator's password": first}
        self.mailed: dict[str, str] = {}

    async def run(self) -> None:
        """Goes through all of them, in an order in which each works."""
        bearer = await self._signed_in(self._admin, self.secrets["the first administrator's password"])
        password = await self._users(bearer)
        await self._sessions(password)
        await self._changes(password)
        await self._resets(bearer)
        await self._systems(bearer)
        await self._api_keys(bearer)
        await self._mistakes(bearer)

    def _new(self, what: str) -> str:
        """A new secret of this kind."""
        name = f"{what} {next(self._numbers)}"
        self.secrets[name] = f'Zwölf/Boxkämpfer "jagen" {name} & Viktor+quer'
        return self.secrets[name]

    def _keep(self, what: str, secret: str) -> str:
        self.secrets[f"{what} {next(self._numbers)}"] = secret
        return secret

    async def _do(
        self, name: str, given: dict[str, Any], chosen: str = "", bearer: str | None = None
    ) -> Answer:
        answer = await self._client.do(name, given, chosen, bearer)
        assert answer.is_success, answer
        return answer

    async def _refused(self, name: str, given: dict[str, Any], bearer: str | None = None) -> None:
        assert not (await self._client.do(name, given, "", bearer)).is_success

    async def _signed_in(self, login: str, password: str) -> str:
        done = await self._do("signIn", {"login": login, "password": password}, TOKENS)
        return self._tokens(done)

    def _tokens(self, done: Answer) -> str:
        self._keep("refresh token", done["refreshToken"])
        for account in done["user"]["chatAccounts"]:
            self._keep("JID password", account["jidPassword"])
        return self._keep("access token", done["accessToken"])

    async def _users(self, bearer: str) -> str:
        password = self._new("password")
        given = {"username": "mary", "emailAddress": MARY}
        given |= {"jidIm": "mary-im@localhost", "jidTel": "mary-tel@localhost"}
        await self._do("createUser", given | {"password": password}, "", bearer)
        rejected = self._new("rejected password mary")
        await self._refused("createUser", given | {"username": "ann", "password": rejected}, bearer)
        return password

    async def _sessions(self, password: str) -> None:
        done = await self._do("signIn", {"login": "mary", "password": password}, TOKENS)
        bearer = self._tokens(done)
        refreshed = await self._do("refreshSession", {"refreshToken": done["refreshToken"]}, TOKENS)
        self._tokens(refreshed)
        assert await self._client.me(bearer) == "mary"
        assert (await self._client.do("signOut", bearer=bearer)).is_success
        assert await self._client.me(bearer) == "UNAUTHENTICATED"
        await self._refused("refreshSession", {"refreshToken": refreshed["refreshToken"]})
        await self._refused("signIn", {"login": "mary", "password": self._new("wrong password")})
        await self._refused("signIn", {"login": self._new("typed login"), "password": self._new("stray")})

    async def _changes(self, old: str) -> None:
        bearer, new = await self._signed_in("mary", old), self._new("password")
        wrong = {"oldPassword": self._new("wrong old password"), "newPassword": self._new("unused password")}
        await self._refused("changePassword", wrong, bearer)
        differs = {"oldPassword": old, "newPassword": new, "repeatNewPassword": self._new("repetition")}
        await self._refused("changePassword", differs, bearer)
        await self._do("changePassword", {"oldPassword": old, "newPassword": new}, "", bearer)
        newer = self._new("password")
        given = {"username": "mary", "oldPassword": new, "newPassword": newer, "repeatNewPassword": newer}
        await self._do("changeExpiredPassword", given)

    async def _resets(self, bearer: str) -> None:
        await self._do("requestPasswordReset", {"emailAddress": self._new("typed address")})
        token = await self._mailed_proof("token")
        for proof in ({"token": token[:-4] + "AAAA"}, {"token": token}, {"token": token}):
            given = {"proof": proof, "newPassword": self._new("password")}
            await self._client.do("resetPassword", given | {"apiKey": self._new("unknown API key")})
        code = await self._mailed_proof("code")
        given = {"proof": {"code": code}, "emailAddress": MARY, "newPassword": self._new("password")}
        await self._do("resetPassword", given)
        who = {"user": {"username": "mary"}}
        made = await self._do("adminResetPassword", who, "temporaryPassword", bearer)
        temporary = self._keep("temporary password", made["temporaryPassword"])
        proof = {"temporaryPassword": temporary}
        given = {"proof": proof, "emailAddress": MARY, "newPassword": self._new("password")}
        await self._do("resetPassword", given)
        await self._do("adminResetPassword", who | {"newPassword": self._new("password set")}, "", bearer)
        await self._do("adminResetPassword", who | {"sendMail": True}, "", bearer)

    async def _mailed_proof(self, kind: str) -> str:
        await asyncio.to_thread(self._empty_mailbox)
        await self._do("requestPasswordReset", {"emailAddress": MARY})
        mail = (await reset_mails(self._mailbox, MARY))[MARY]
        self.mailed[f"mailed token {next(self._numbers)}"] = mail.token
        self.mailed[f"mailed code {next(self._numbers)}"] = mail.code
        return str(getattr(mail, kind))

    def _empty_mailbox(self) -> None:
        for file in self._mailbox.glob("*.eml"):
            file.rename(file.with_suffix(".read"))

    async def _systems(self, bearer: str) -> None:
        asked = {"name": "exchange", "codeDigits": DIGITS}
        made = await self._do("createSystem", asked, "system { id pbxId } activationCode", bearer)
        code, pbx_id = self._keep("activation code", made["activationCode"]), made["system"]["pbxId"]
        await self._refused("activateSystem", {"pbxId": pbx_id, "activationCode": code[::-1]})
        given = {"pbxId": pbx_id, "activationCode": code}
        active = await self._do("activateSystem", given, "jidPbxagentPassword")
        password = self._keep("system's password", active["jidPbxagentPassword"])
        await self._refused("confirmSystemActivation", {"pbxId": pbx_id, "password": self._new("wrong")})
        await self._do("confirmSystemActivation", {"pbxId": pbx_id, "password": password})
        again = {"systemId": made["system"]["id"], "codeDigits": DIGITS}
        reset = await self._do("resetSystemPassword", again, "activationCode", bearer)
        self._keep("activation code", reset["activationCode"])

    async def _api_keys(self, bearer: str) -> None:
        for role in ("ADMIN", "USER"):
            made = await self._do("createApiKey", {"name": "portal", "role": role}, "id apiKey", bearer)
            key = self._keep("API key", made["apiKey"])
            assert await self._client.me(key) == "FORBIDDEN"
            nobody = {"emailAddress": "nobody@secrets.example"}
            await self._do("requestPasswordReset", nobody | {"apiKey": key})
            self._client.http.headers["X-Api-Key"] = key
            await self._do("requestPasswordReset", nobody)
            del self._client.http.headers["X-Api-Key"]
            await self._do("revokeApiKey", {"id": made["id"]}, "", bearer)
            assert await self._client.me(key) == "UNAUTHENTICATED"

    async def _mistakes(self, bearer: str) -> None:
        """Secrets where none belongs: what a client that is broken, or a person in haste, sends."""
        stray = [json.dumps(self._new("misplaced")) for _ in range(6)]
        documents = [
            f"mutation {{ signIn(input: {{ login: {stray[0]}, pasword: {stray[1]} }}) {{ __typename }} }}",
            f"mutation {{ signIn(input: {stray[2]}) {{ __typename }} }}",
            f"{{ me {{ username }} }} {stray[3]}",
            f"query({stray[4]}",
            f"{{ users(first: {stray[5]}) {{ __typename }} }}",
        ]
        for document in documents:
            assert "errors" in await self._client.post(document, bearer=bearer)
        typed = {"login": "mary", "password": [self._new("listed")]}
        await self._refused("signIn", typed)
        await self._refused("updateUser", {"user": {"username": self._new("selector")}}, bearer)
        assert await self._client.me(self._new("bearer").encode().hex()) == "UNAUTHENTICATED"
        headers = {"X-Api-Key": f"rk_{self._keep('header', 'an-api-key-that-nobody-ever-made')}"}
        await self._client.http.post("/graphql", content=f"{{{stray[0]}".encode(), headers=headers)
