"""The whole application, asked by HTTP in this process: what a client sees."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from httpx import ASGITransport

from server.app import create_app
from server.negotiation import JSON
from server.settings import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from credentials.secret import Secret
    from resolvers.services import Services
    from server.settings import Settings
    from tests.world import World

#: An address for documentation (RFC 5737).
CLIENT = ("192.0.2.1", 50_000)
PRODUCTION = {
    "REKEY_PRODUCTION": "true",
    "REKEY_DATA_DIR": "/var/lib/rekey",
    "REKEY_PUBLIC_URL": "https://rekey.example.org",
    "REKEY_MAIL_URL": "smtp://rekey:hunter2@mail.example.org:587",
    "REKEY_MAIL_FROM": "Rekey <rekey@example.org>",
    "REKEY_TRUSTED_PROXIES": "none",
}


async def _resume() -> None:
    """Suspends the caller: Python 3.11 traces no line behind an exception that was thrown into its await.

    Without it coverage would miss what a test does after a fault of the database, until it waits again.
    """
    await asyncio.sleep(0)


@dataclass
class Api:
    """A client of the application."""

    http: httpx.AsyncClient

    async def post(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        token: Secret | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Sends one operation; a header's name is written with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token.reveal()}"
        body: dict[str, Any] = {"query": document}
        if variables is not None:
            body["variables"] = variables
        # As ASCII: half of a character, which tests send too, has no UTF-8.
        content = json.dumps(body)
        answer = await self.http.post("/graphql", content=content, headers={"content-type": JSON, **sent})
        await _resume()
        return answer

    async def get(self, path: str) -> httpx.Response:
        """Reads another path."""
        answer = await self.http.get(path)
        await _resume()
        return answer

    async def call(
        self, document: str, variables: Mapping[str, Any] | None = None, token: Secret | None = None
    ) -> dict[str, Any]:
        """The answer to one operation."""
        answer: dict[str, Any] = (await self.post(document, variables, token)).json()
        return answer


def settings_for(**environment: str) -> Settings:
    """Settings as a process with this environment would have them."""
    return load(environment, None)


@asynccontextmanager
async def open_api(world: World, services: Services | None = None, **environment: str) -> AsyncIterator[Api]:
    """A client of an application on the world's services (or on others), under such settings."""
    app = create_app(settings_for(**environment), services or world.services)
    transport = ASGITransport(app=app, client=CLIENT)
    async with httpx.AsyncClient(transport=transport, base_url="http://rekey.test") as http:
        yield Api(http)


def codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]
