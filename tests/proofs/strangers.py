"""Requests that each come from a network of their own, so that no count holds the next one back."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx

from server.negotiation import JSON
from tests.proofs.client import PATIENCE, QUICK

if TYPE_CHECKING:
    from tests.servers import RunningServer

#: Settings of a server that believes what this machine, its proxy, says of where a request comes from.
PROXIED: dict[str, Any] = QUICK | {"REKEY_TRUSTED_PROXIES": "127.0.0.1", "REKEY_RELAY": "false"}
_NETWORKS = count(1)


def stranger() -> str:
    """An address in a network that was not seen yet (RFC 3849's are for documentation)."""
    number = next(_NETWORKS)
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1" if number >> 16 else f"2001:db8:{number:x}::1"


class Strangers:
    """Asks one server, each time from another network."""

    def __init__(self, server: RunningServer) -> None:
        self._http = httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)
        self._first = {"login": server.admin_username, "password": server.admin_password}
        self.admin = self.signed_in()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def post(
        self, document: str, variables: object = None, authorization: str | None = None
    ) -> httpx.Response:
        """Sends one operation; half of a character is written as JSON's escape."""
        headers = {b"content-type": JSON.encode(), b"x-forwarded-for": stranger().encode()}
        if authorization is not None:
            headers[b"authorization"] = authorization.encode("latin-1")
        body = json.dumps({"query": document, "variables": variables})
        return self._http.post("/graphql", content=body, headers=headers)

    def do(self, name: str, given: dict[str, Any], chosen: str, bearer: str | None = None) -> Any:  # noqa: ANN401  any JSON value
        """What a mutation that must succeed brings."""
        kind = name[0].upper() + name[1:]
        document = (
            f"mutation ($i: {kind}Input!) {{ {name}(input: $i) {{ ... on {kind}Success {{ {chosen} }} }} }}"
        )
        answer = self.post(document, {"i": given}, None if bearer is None else f"Bearer {bearer}").json()
        assert answer["data"][name], answer
        return answer["data"][name]

    def signed_in(self) -> str:
        """A new session of the first administrator's: its access token."""
        return str(self.do("signIn", self._first, "accessToken")["accessToken"])
