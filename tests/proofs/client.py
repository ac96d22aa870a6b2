"""A client of running servers: it asks over HTTP, and reads the mails that they write."""

from __future__ import annotations

import asyncio
import email.policy
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

#: Seconds. A loaded machine may be slow; only a test that fails waits so long.
PATIENCE = 30.0
#: Settings of servers that neither guess how guessable a password is nor measure coverage: both take time,
#: and tests of what processes do together are about neither.
QUICK = {"REKEY_PASSWORD_MIN_GUESSABILITY": "0", "COVERAGE_PROCESS_CONFIG": ""}
#: Mutations whose success is not named after them.
_NAMED_ELSEWHERE = {"refreshSession": "SignInSuccess", "changeExpiredPassword": "ChangePasswordSuccess"}
_TOKEN = re.compile(r"#token=([A-Za-z0-9_-]{43})")
_CODE = re.compile(r"^\s*([0-9A-Z]{3}-[0-9A-Z]{3})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What came: the member of the union or the code in `errors`, and the fields that were chosen."""

    kind: str
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  a field of any type
        """One field of a success."""
        assert name in self.fields, self
        return self.fields[name]

    @property
    def is_success(self) -> bool:
        """Whether it was done."""
        return self.kind.endswith("Success")


class Client:
    """Asks one server."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(
        self, document: str, variables: object = None, bearer: str | None = None
    ) -> dict[str, Any]:
        """The JSON that answers one operation."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        body = {"query": document, "variables": variables}
        answer: dict[str, Any] = (await self.http.post("/graphql", json=body, headers=headers)).json()
        return answer

    async def do(
        self, name: str, given: dict[str, Any] | None = None, chosen: str = "", bearer: str | None = None
    ) -> Answer:
        """Runs one mutation; `chosen` are the fields of its success."""
        kind = name[0].upper() + name[1:]
        declared, passed = (f"($input: {kind}Input!)", "(input: $input)") if given is not None else ("", "")
        success = _NAMED_ELSEWHERE.get(name, f"{kind}Success")
        fields = f"... on {success} {{ {chosen} }}" if chosen else ""
        document = f"mutation {declared} {{ {name}{passed} {{ __typename {fields} }} }}"
        answer = await self.post(document, None if given is None else {"input": given}, bearer)
        if "errors" in answer:
            return Answer(answer["errors"][0]["extensions"]["code"], answer["errors"][0])
        return Answer(answer["data"][name]["__typename"], answer["data"][name])

    async def me(self, bearer: str) -> str:
        """The username behind a bearer, or the code of the refusal."""
        answer = await self.post("{ me { username } }", bearer=bearer)
        if "errors" in answer:
            return str(answer["errors"][0]["extensions"]["code"])
        return str(answer["data"]["me"]["username"])

    async def sign_in(self, login: str, password: str) -> Answer:
        """Signs in: the tokens."""
        return await self.do("signIn", {"login": login, "password": password}, "accessToken refreshToken")

    async def bearer(self, login: str, password: str) -> str:
        """Signs in, which must succeed: the access token."""
        return str((await self.sign_in(login, password))["accessToken"])

    async def events(self, bearer: str, kind: str, **about: str) -> int:
        """How many successful events of this kind the audit has about a `userId` or `systemId`."""
        ((name, value),) = about.items()
        wanted = "{ edges { node { kind success } } }"
        document = f"query($id: ID) {{ auditEvents(first: 200, {name}: $id) {wanted} }}"
        answer = await self.post(document, {"id": value}, bearer)
        nodes = [edge["node"] for edge in answer["data"]["auditEvents"]["edges"]]
        return sum(node == {"kind": kind, "success": True} for node in nodes)


@asynccontextmanager
async def clients(*urls: str) -> AsyncIterator[list[Client]]:
    """A client for each of these servers."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=PATIENCE)) for url in urls
        ]
        yield [Client(http) for http in opened]


@dataclass(frozen=True)
class ResetMail:
    """What a reset mail brought."""

    token: str
    code: str


async def reset_mails(mailbox: Path, *addresses: str) -> dict[str, ResetMail]:
    """Waits until each of these addresses has a reset mail, and gives them by address."""
    async with asyncio.timeout(PATIENCE):
        # Looked for again and again: another process writes them.
        found = dict[str, ResetMail]()
        while not found.keys() >= set(addresses):
            await asyncio.sleep(0.05)
            found = dict(read_reset_mails(mailbox))
    return found


def read_reset_mails(mailbox: Path) -> list[tuple[str, ResetMail]]:
    """The reset mails that are there now, each with its address; a folder that is not there has none."""
    found = []
    for file in mailbox.glob("*.eml"):
        mail = BytesParser(policy=email.policy.default).parsebytes(file.read_bytes())
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        found += [
            (str(mail["To"].addresses[0].addr_spec), ResetMail(token, code))
            for token, code in zip(_TOKEN.findall(text), _CODE.findall(text), strict=False)
        ]
    return found
